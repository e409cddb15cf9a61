// A fixed set of seeds, each a world of its own, breaks no rule; `build/hunt` goes on from there.
import { describe, expect, test } from 'bun:test'
import type { WorldEvent } from '../../../src/simulate/world.ts'
import { shrink } from '../shrink.ts'
import { drawCase, type HuntCase } from './draw.ts'
import { play } from './play.ts'
import { describeCase, explainCase } from './report.ts'

const SEEDS = process.env.HOLDFAST_LONG === '1' ? 2000 : 150
const CEILING_MS = SEEDS * 2000

test(
  `${SEEDS} random worlds`,
  () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const spec = drawCase(String(seed))
      const { violations } = play(spec)
      if (violations.length === 0) continue
      const report = `${describeCase(spec)}\n${explainCase(spec, violations)}`
      throw new Error(`seed ${seed} breaks a rule; again: build/hunt --seed ${seed}\n${report}`)
    }
  },
  CEILING_MS,
)

test('one seed gives one history, to the byte', () => {
  const history = (seed: string) => {
    const events: WorldEvent[] = []
    play(drawCase(seed), { onEvent: (event) => events.push(event) })
    return JSON.stringify(events)
  }
  expect(history('17')).toBe(history('17'))
  expect(history('17')).not.toBe(history('18'))
})

describe('what is drawn', () => {
  const specs = Array.from({ length: 300 }, (_, seed) => drawCase(`drawn ${seed}`))

  test('every kind of fault occurs, and none in all worlds', () => {
    const kinds = new Map<string, number>()
    for (const { faults } of specs) {
      for (const kind of new Set(faults.map(({ fault }) => fault.kind)))
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    // An end of errors is in every world.
    kinds.delete('errors')
    expect([...kinds.keys()].sort()).toEqual([
      'crash',
      'daemon-death',
      'drain',
      'freeze',
      'link-loss',
      'lost-socket',
      'order',
      'partition',
      'reload-storm',
      'slow',
      'slow-disk',
      'stall',
      'upstream-outage',
      'upstream-silence',
    ])
    for (const worlds of kinds.values()) {
      expect(worlds).toBeGreaterThan(30)
      expect(worlds).toBeLessThan(270)
    }
  })

  test('holders are left alone when everything else is disturbed', () => {
    for (const { disturbance, instances, faults, servers } of specs) {
      const last = faults.findLast(({ fault }) => fault.kind === 'order')?.fault
      const order =
        last?.kind === 'order' ? last.order : Array.from({ length: servers }, (_, value) => value)
      const inRace = order.filter((server) => server !== disturbance.drained)
      const holders = instances === 1 ? inRace.slice(0, 1) : [inRace[0], inRace.at(-1)]
      for (const action of disturbance.actions) {
        if (!('fault' in action)) expect(holders).not.toContain(action.server)
        else if ('server' in action.fault) expect(holders).not.toContain(action.fault.server)
        else if (action.fault.kind === 'order') {
          for (const holder of holders)
            expect(action.fault.order.indexOf(holder as number)).toBe(
              order.indexOf(holder as number),
            )
        }
      }
    }
  })
})

test('shrinking leaves the faults that matter', async () => {
  const spec = specWithFaults('shrink me')
  const needed = [spec.faults[3], spec.faults[7]]
  const breaks = async (huntCase: HuntCase) =>
    needed.every((fault) => huntCase.faults.includes(fault as never))
  const { spec: small } = await shrink(spec, breaks)
  expect(small.faults).toEqual(needed as never)
  expect(small.disturbance.actions).toEqual([])
  expect(describeCase(small)).toContain('faults (2)')
})

function specWithFaults(seed: string): HuntCase {
  for (let number = 0; ; number++) {
    const spec = drawCase(`${seed} ${number}`)
    if (spec.faults.length > 10) return spec
  }
}
