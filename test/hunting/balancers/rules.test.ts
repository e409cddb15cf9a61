// The rules about balancers are no decoration: each of them finds the bug that it is there for.
import { describe, expect, test } from 'bun:test'
import { REMOVED } from '../../../src/balancer/pool.ts'
import type { BackendStatus } from '../../../src/documents/status-document.ts'
import type { SimulatedBalancer } from './balancer.ts'
import type { BalancersEvent, BalancersWorld } from './balancers-world.ts'
import type { BalancersFault } from './fault.ts'
import type { Half } from './ipvs.ts'
import { type Plan, play } from './watched.ts'

const NS1 = 'dns.ns1'

async function broken(plan: Plan) {
  return (await play(plan)).rules
}

/** The first balancer's daemon writes a weight that the real one does not. */
function writes(weight: number | null, byDaemon = true) {
  return (world: BalancersWorld, say: (event: BalancersEvent) => void) =>
    say({ kind: 'weight', atMs: world.nowMs(), balancer: 0, backend: NS1, weight, byDaemon })
}

/** The kernel of the first balancer has other weights than keepalived's model gives it. */
function kernelHas(weigh: (half: Half, backend: string, has: number | null) => number | null) {
  return ({ balancers }: BalancersWorld) => {
    const { ipvs } = balancers[0] as SimulatedBalancer
    const honest = ipvs.weight
    const weight = (half: Half, backend: string) => weigh(half, backend, honest(half, backend))
    Object.assign(ipvs, { weight })
  }
}

/** The first balancer's daemon thinks otherwise of a real server. */
function thinks(status: Partial<BackendStatus>) {
  return ({ balancers }: BalancersWorld) => {
    const machine = (balancers[0] as SimulatedBalancer).machine as {
      statuses: () => readonly BackendStatus[]
    }
    const honest = machine.statuses
    machine.statuses = () =>
      honest().map((backendStatus) =>
        backendStatus.backend === NS1 ? { ...backendStatus, ...status } : backendStatus,
      )
  }
}

const CRASH: BalancersFault = { kind: 'crash', server: 0, forMs: 900_000 }
const DRAIN: BalancersFault = { kind: 'drain', server: 0, forMs: 900_000 }
const DEATH: BalancersFault = { kind: 'daemon-death', balancer: 0, forMs: 900_000 }

describe('around balancers', () => {
  test('what is there breaks no rule, whole or in trouble', async () => {
    expect(await broken({ settled: true })).toEqual([])
    for (const fault of [CRASH, DRAIN, DEATH])
      expect(await broken({ faults: [[20_000, fault]] })).toEqual([])
  })

  test('halves that differ for longer than one change takes are found', async () => {
    const run = kernelHas((half, backend, has) => (half === 'tcp' && backend === NS1 ? 7 : has))
    expect(await broken({ tamper: { atMs: 20_000, run } })).toContain('halves-differ')
  })

  test('a weight of somebody whom nobody has judged is found', async () => {
    const run = kernelHas((_half, _backend, has) => (has === null ? null : 100))
    const off = { kind: 'power', balancer: 0, forMs: 1000 } as const
    const faults = [
      [10_000, DEATH],
      [20_000, off],
    ] as const
    expect(await broken({ faults })).toEqual([])
    expect(await broken({ faults, tamper: { atMs: 19_000, run } })).toContain('unjudged-in-pool')
  })

  test('a weight before the first result is found, and a removal', async () => {
    for (const weight of [100, REMOVED, 0])
      expect(await broken({ tamper: { atMs: 2, run: writes(weight) }, untilMs: 4000 })).toContain(
        'weight-before-health',
      )
  })

  test('a weight that a dead daemon gives is found', async () => {
    const faults = [[20_000, DEATH]] as const
    const tamper = { atMs: 30_000, run: writes(0) }
    expect(await broken({ faults, tamper })).toContain('weight-without-daemon')
  })

  test('a dead real server that stays in the pool is found, and a drained one', async () => {
    const run = kernelHas((_, backend, has) => (backend === NS1 ? 100 : has))
    const tamper = { atMs: 19_000, run }
    expect(await broken({ faults: [[20_000, CRASH]], tamper })).toContain('dead-in-pool')
    const faults = [[20_000, DRAIN]] as const
    const early = { atMs: 30_000, run: writes(25) }
    expect(await broken({ faults, tamper: early })).toContain('drained-in-pool')
  })

  test('an order that is not obeyed is found', async () => {
    const run = ({ balancers }: BalancersWorld) => {
      const { machine } = balancers[0] as SimulatedBalancer
      // It is there, and the daemon is not told.
      const orders = machine.orders as Map<string, unknown>
      orders.set(NS1, { mode: 'drained' })
    }
    expect(await broken({ tamper: { atMs: 20_000, run } })).toContain('drained-in-pool')
  })

  test('a weight that is not the state’s is found', async () => {
    for (const serverState of ['failed', 'drained', 'degraded'] as const)
      expect(
        await broken({ tamper: { atMs: 20_000, run: thinks({ state: serverState }) } }),
      ).toContain('weight-belies-state')
    expect(await broken({ faults: [[20_000, CRASH]] })).toEqual([])
    const run = thinks({ state: 'healthy' })
    expect(await broken({ faults: [[20_000, CRASH]], tamper: { atMs: 40_000, run } })).toContain(
      'weight-belies-state',
    )
  })

  test('a return at once, a fall on the way and what is no quarter are found', async () => {
    const faults = [[20_000, CRASH]] as const
    for (const [weight, next] of [
      [100, null],
      [75, null],
      [33, null],
      [25, 24],
    ] as const) {
      const tamper = {
        atMs: 40_000,
        run(world: BalancersWorld, say: (event: BalancersEvent) => void) {
          writes(weight)(world, say)
          if (next !== null) writes(next)(world, say)
        },
      }
      expect(await broken({ faults, tamper, untilMs: 41_000 })).toContain('climb')
    }
  })

  test('a table that is not what the files say is found', async () => {
    const run = kernelHas(() => 55)
    expect(await broken({ tamper: { atMs: 20_000, run } })).toEqual(['stale-table'])
  })

  test('a file that stays missing is found, and one that the daemon removes', async () => {
    const lost = { atMs: 20_000, run: writes(null, false) }
    expect(await broken({ tamper: lost, untilMs: 21_000 })).not.toContain('file-missing')
    expect(await broken({ tamper: lost })).toContain('file-missing')
    const removed = { atMs: 20_000, run: writes(null) }
    expect(await broken({ tamper: removed, untilMs: 21_000 })).toContain('file-missing')
  })

  test('a pool that is empty although somebody could be in it is found', async () => {
    const run = kernelHas(() => 0)
    expect(await broken({ tamper: { atMs: 20_000, run } })).toContain('pool-emptied')
  })

  test('a balancer that takes too few real servers for enough is found', async () => {
    const faults = [0, 1, 2].map((server) => [20_000, { ...CRASH, server }] as const)
    expect(await broken({ faults })).toEqual([])
    const run = ({ balancers: [first] }: BalancersWorld) =>
      Object.assign(first as SimulatedBalancer, { priorities: [250] })
    expect(await broken({ faults, tamper: { atMs: 19_000, run } })).toContain('quorum-ignored')
  })

  test('a dead daemon that is believed is found', async () => {
    const run = ({ balancers: [first] }: BalancersWorld) =>
      Object.assign(first as SimulatedBalancer, { priorities: [250] })
    const faults = [[20_000, DEATH]] as const
    expect(await broken({ faults, tamper: { atMs: 19_000, run } })).toContain('dead-man')
  })

  test('a balancer without a daemon that keeps the addresses is found', async () => {
    const run = ({ balancers: [first, second] }: BalancersWorld) => {
      const keeps = new Set([0])
      keeps.delete = () => false
      Object.assign(first as SimulatedBalancer, { holds: keeps })
      Object.assign(second as SimulatedBalancer, { holds: new Set() })
    }
    const tamper = { atMs: 1000, run }
    const rest = { faults: [[20_000, DEATH]] as const, untilMs: 400_000 }
    expect(await broken(rest)).toEqual([])
    expect(await broken({ ...rest, tamper })).toContain('wrong-balancer')
  })

  test('what is not as it should be in the end is found', async () => {
    expect(await broken({ faults: [[20_000, CRASH]], settled: true })).toEqual(['unsettled'])
    expect(await broken({ faults: [[20_000, DEATH]], settled: true })).toEqual(['unsettled'])
  })
})
