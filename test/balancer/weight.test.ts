// What a real server weighs: out at once, back in quarters, and no climb at the daemon's start.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { UNWEIGHED, type Weighing, weigh } from '../../src/balancer/weight.ts'
import type { ServerState } from '../../src/core/server-state.ts'

const SLOW = { fullWeight: 100, slowStartMs: 30_000 }

/** The weight after each of these moments. */
function weights(
  moments: readonly (readonly [atMs: number, serverState: ServerState | null])[],
  scale: { readonly fullWeight: number; readonly slowStartMs: number } = SLOW,
): (number | null)[] {
  let weighing: Weighing = UNWEIGHED
  return moments.map(([atMs, serverState]) => {
    weighing = weigh(weighing, { ...scale, state: serverState }, atMs)
    return weighing.weight
  })
}

describe('the weight', () => {
  test('is nobody’s before the first result, and whole after it', () => {
    expect(
      weights([
        [0, null],
        [10, 'healthy'],
      ]),
    ).toEqual([null, 100])
  })

  test.each(['failed', 'drained', 'isolated'] as const)('is 0 at once for %s', (serverState) => {
    expect(
      weights([
        [0, 'healthy'],
        [1, serverState],
      ]),
    ).toEqual([100, 0])
  })

  test('is degraded while degraded', () => {
    expect(
      weights([
        [0, 'healthy'],
        [1, 'degraded'],
        [2, 'healthy'],
      ]),
    ).toEqual([100, 1, 25])
  })

  test('grows in quarters, and is whole when the time is over', () => {
    const moments = [0, 9999, 10_000, 19_999, 20_000, 29_999, 30_000, 99_000]
    expect(
      weights([[0, 'failed'], ...moments.map((moment) => [moment, 'healthy'] as const)]).slice(1),
    ).toEqual([25, 25, 50, 50, 75, 75, 100, 100])
  })

  test('begins anew when it fails on the way', () => {
    expect(
      weights([
        [0, 'failed'],
        [1000, 'healthy'],
        [12_000, 'healthy'],
        [12_500, 'failed'],
        [20_000, 'healthy'],
        [29_000, 'healthy'],
      ]),
    ).toEqual([0, 25, 50, 0, 25, 25])
  })

  test('comes back whole where there is no slow start', () => {
    const scale = { fullWeight: 100, slowStartMs: 0 }
    expect(
      weights(
        [
          [0, 'failed'],
          [1, 'healthy'],
        ],
        scale,
      ),
    ).toEqual([0, 100])
  })

  test('goes to a new weight at once', () => {
    const before = weigh(UNWEIGHED, { ...SLOW, state: 'healthy' }, 0)
    const after = weigh(before, { ...SLOW, fullWeight: 40, state: 'healthy' }, 1)
    expect(after.weight).toBe(40)
  })

  test('of 1 has no quarters', () => {
    const scale = { fullWeight: 1, slowStartMs: 30_000 }
    expect(
      weights(
        [
          [0, 'failed'],
          [1, 'healthy'],
        ],
        scale,
      ),
    ).toEqual([0, 1])
  })

  test('whoever looks whenever it says that it grows sees it whole in time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 0, max: 3_600_000 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (fullWeight, slowStartMs, nowMs) => {
          const scale = { fullWeight, slowStartMs, state: 'healthy' } as const
          const failed = weigh(UNWEIGHED, { ...scale, state: 'failed' }, nowMs)
          let weighing = weigh(failed, scale, nowMs)
          let looks = 0
          let before = 0
          while (Number.isFinite(weighing.growsAtMs)) {
            expect(weighing.weight).toBeGreaterThanOrEqual(Math.max(1, before))
            before = weighing.weight ?? 0
            weighing = weigh(weighing, scale, weighing.growsAtMs)
            expect(++looks).toBeLessThan(9)
          }
          expect(weighing.weight).toBe(fullWeight)
        },
      ),
    )
  })
})
