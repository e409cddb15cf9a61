// Stories of a simulated pair of balancers: what the real daemon does there, and what clients would meet.
import { describe, expect, test } from 'bun:test'
import { REMOVED } from '../../../src/balancer/pool.ts'
import type { SimulatedBalancer } from './balancer.ts'
import type { BalancersFault } from './fault.ts'
import { type Outcome, PAIR, type Plan, play, weightsOf } from './watched.ts'

const SORRY = [...PAIR, 'balancer.services.dns.sorry_server = ["192.0.2.99"]']
const FOREVER_MS = 900_000

/** Plays a plan that breaks no rule. */
async function sound(plan: Plan): Promise<Outcome> {
  const outcome = await play(plan)
  expect(outcome.rules).toEqual([])
  return outcome
}

/** What the kernel of a balancer has over UDP, of ns1, ns2 and ns3. */
function table({ world }: Outcome, balancer = 0): (number | null)[] {
  const { ipvs } = world.balancers[balancer] as SimulatedBalancer
  return ['dns.ns1', 'dns.ns2', 'dns.ns3'].map((name) => ipvs.weight('udp', name))
}

function holders({ world }: Outcome): string[] {
  return world.balancers.flatMap(({ holds, name }) => (holds.size > 0 ? [name] : []))
}

const crash = (server: number, forMs = FOREVER_MS): BalancersFault => ({
  kind: 'crash',
  server,
  forMs,
})

describe('a pair of balancers', () => {
  test('has all real servers in the pool, and the addresses on the first of them', async () => {
    const outcome = await sound({ settled: true })
    expect(table(outcome)).toEqual([100, 100, 100])
    expect(holders(outcome)).toEqual(['lb1'])
  })

  test('removes a real server that dies, and lets it back in quarters', async () => {
    const outcome = await sound({ faults: [[20_000, crash(0, 10_000)]] })
    for (const balancer of [0, 1]) {
      const weights = weightsOf(outcome, balancer, 'dns.ns1')
      expect(weights).toEqual([100, REMOVED, 25, 50, 75, 100])
    }
  })

  test('asks all when all have failed, unless somebody is sorry; their balancer has failed too', async () => {
    const faults = [0, 1, 2].map((server) => [20_000, crash(server)] as const)
    expect(table(await sound({ faults }))).toEqual([1, 1, 1])
    const outcome = await sound({ faults, toml: SORRY })
    expect(outcome.world.balancers[0]?.ipvs.isSorry('udp', 'dns')).toBe(true)
    expect(table(outcome)).toEqual([null, null, null])
  })

  test('cut off from all real servers, leaves the addresses to the other one', async () => {
    const cut = { kind: 'cut', balancer: 0, server: 'all', forMs: FOREVER_MS } as const
    const outcome = await sound({ faults: [[20_000, cut]] })
    expect(table(outcome, 0)).toEqual([1, 1, 1])
    expect(table(outcome, 1)).toEqual([100, 100, 100])
    expect(holders(outcome)).toEqual(['lb2'])
  })

  test('whose daemon is dead keeps its pool and loses the addresses', async () => {
    const death = { kind: 'daemon-death', balancer: 0, forMs: FOREVER_MS } as const
    const faults = [
      [20_000, death],
      [30_000, crash(0)],
    ] as const
    const outcome = await sound({ faults })
    expect(table(outcome, 0)).toEqual([100, 100, 100])
    expect(table(outcome, 1)).toEqual([null, 100, 100])
    expect(holders(outcome)).toEqual(['lb2'])
  })

  test('keeps an order over the daemon’s death, and over a host without power', async () => {
    const drain = { kind: 'drain', server: 1, forMs: FOREVER_MS } as const
    for (const fault of [
      { kind: 'daemon-death', balancer: 0, forMs: 1000 },
      { kind: 'power', balancer: 0, forMs: 1000 },
    ] as const) {
      const faults = [
        [20_000, drain],
        [30_000, fault],
      ] as const
      const outcome = await sound({ faults })
      expect(table(outcome)).toEqual([100, 0, 100])
      expect(weightsOf(outcome, 0, 'dns.ns2')).not.toContain(REMOVED)
    }
  })

  test('finds a virtual address that is missing on a real server where it asks for that', async () => {
    const lost = { kind: 'lost-virtual', server: 2, forMs: FOREVER_MS } as const
    const faults = [[20_000, lost]] as const
    expect(table(await sound({ faults }))).toEqual([100, 100, 100])
    const checked = [...PAIR, 'balancer.check_virtual = true', 'balancer.source = ["192.0.2.5"]']
    expect(table(await sound({ faults, toml: checked }))).toEqual([100, 100, null])
  })
})
