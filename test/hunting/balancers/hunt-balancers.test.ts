// A fixed set of seeds, each a pair of balancers, breaks no rule; `build/hunt --balancers` goes on from there.
import { describe, expect, test } from 'bun:test'
import { SUITES } from '../suites.ts'
import type { BalancersEvent } from './balancers-world.ts'
import { drawBalancersCase } from './draw-balancers.ts'
import { playBalancers } from './play-balancers.ts'

const SEEDS = process.env.HOLDFAST_LONG === '1' ? 500 : 20
/** What hangs; all of this gives way to whatever else the machine has to do. */
const CEILING_MS = SEEDS * 30_000

test(
  `${SEEDS} random pairs of balancers`,
  async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { isBroken } = await SUITES.balancers.run(String(seed))
      if (!isBroken) continue
      const { text } = await SUITES.balancers.examine(String(seed), false)
      throw new Error(`again: build/hunt --balancers --seed ${seed}\n${text}`)
    }
  },
  CEILING_MS,
)

test('one seed gives one history, to the byte', async () => {
  const history = async (seed: string) => {
    const events: BalancersEvent[] = []
    await playBalancers(drawBalancersCase(seed), (event) => events.push(event))
    return JSON.stringify(events)
  }
  expect(await history('5')).toBe(await history('5'))
  expect(await history('5')).not.toBe(await history('6'))
})

describe('what is drawn', () => {
  const specs = Array.from({ length: 200 }, (_, seed) => drawBalancersCase(`drawn ${seed}`))

  test('every kind of fault occurs, and none in all worlds', () => {
    const kinds = new Map<string, number>()
    for (const { faults } of specs) {
      for (const kind of new Set(faults.map(({ fault }) => fault.kind)))
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect([...kinds.keys()].sort()).toEqual([
      'crash',
      'cut',
      'daemon-death',
      'daemon-hang',
      'daemon-stop',
      'drain',
      'errors',
      'freeze',
      'keepalived-death',
      'keepalived-stop',
      'lost-file',
      'lost-virtual',
      'one-transport',
      'partition',
      'power',
      'reload',
      'slow',
      'upstream-outage',
    ])
    for (const worlds of kinds.values()) {
      expect(worlds).toBeGreaterThan(15)
      expect(worlds).toBeLessThan(185)
    }
  })

  test('one service or two, with and without a sorry server and virtual questions', () => {
    const balancers = specs.map(({ config }) => config.balancer)
    for (const counts of [
      new Set(balancers.map((balancer) => balancer?.services.length)),
      new Set(balancers.map((balancer) => balancer?.services[0]?.sorryServer.length)),
      new Set(balancers.map((balancer) => balancer?.checkVirtual)),
    ])
      expect(counts.size).toBe(2)
  })
})
