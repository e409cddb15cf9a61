// The meter on histories made by hand, one instance unless said otherwise.
import { describe, expect, test } from 'bun:test'
import { createMeter, type Measures } from '../../src/simulate/measure.ts'

/** Servers in the order of their ranks. */
interface Moment {
  readonly atMs: number
  readonly holders?: readonly number[]
  readonly badness?: readonly number[]
  readonly usable?: readonly boolean[]
}

/** Plays moments, each of which changes what it names, and measures from `fromMs` to `endMs`. */
function measured(moments: readonly Moment[], endMs: number, fromMs = 0): Measures {
  const now = {
    holders: [] as readonly number[],
    badness: [0, 0, 0] as readonly number[],
    usable: [true, true, true] as readonly boolean[],
  }
  const subject = {
    holders: () => now.holders,
    badness: (_: number, server: number) => now.badness[server] ?? 1,
    loss: (_: number, server: number) => now.badness[server] ?? 1,
    usable: (server: number) => now.usable[server] ?? false,
    bestGood: () => {
      const best = now.badness.findIndex((bad, server) => bad < 0.5 && now.usable[server])
      return best < 0 ? null : best
    },
  }
  const meter = createMeter(1, 3, subject, fromMs)
  for (const { atMs, ...change } of moments) {
    Object.assign(now, change)
    meter.onImpact(atMs)
  }
  return meter.result(endMs)
}

const START: Moment = { atMs: 0, holders: [0] }

describe('failovers', () => {
  test('a move through nobody is one', () => {
    const { failovers } = measured(
      [START, { atMs: 10, holders: [] }, { atMs: 20, holders: [1] }],
      100,
    )
    expect(failovers).toBe(1)
  })

  test('a move through both is one', () => {
    const { failovers } = measured(
      [START, { atMs: 10, holders: [0, 1] }, { atMs: 20, holders: [1] }],
      100,
    )
    expect(failovers).toBe(1)
  })

  test('an address that goes and comes back to the same server has not moved', () => {
    const { failovers } = measured(
      [START, { atMs: 10, holders: [0, 1] }, { atMs: 20, holders: [] }, { atMs: 30, holders: [0] }],
      100,
    )
    expect(failovers).toBe(0)
  })

  test('what happened before measuring began does not count', () => {
    const moments = [START, { atMs: 10, holders: [1] }, { atMs: 60, holders: [0] }]
    expect(measured(moments, 3_600_050, 50)).toMatchObject({ failovers: 1, failoversPerHour: 1 })
  })
})

describe('shares', () => {
  test('nobody, two, bad and lost are shares of the measured time', () => {
    const moments = [
      START,
      { atMs: 100, holders: [] },
      { atMs: 200, holders: [0, 1] },
      { atMs: 400, holders: [1] },
      { atMs: 500, badness: [0, 0.8, 0] },
    ]
    const measures = measured(moments, 1000)
    expect(measures.noHolderShare).toBeCloseTo(0.1)
    expect(measures.twoHoldersShare).toBeCloseTo(0.2)
    expect(measures.badShare).toBeCloseTo(0.5)
    expect(measures.lostShare).toBeCloseTo(0.1 + 0.5 * 0.8)
  })

  test('a bad holder costs nothing while nobody is better', () => {
    expect(measured([START, { atMs: 0, badness: [0.9, 0.9, 0.5] }], 1000).badShare).toBe(0)
  })

  test('a good server that is drained or off the network is not better', () => {
    const moments = [START, { atMs: 0, badness: [1, 0, 1], usable: [true, false, true] }]
    expect(measured(moments, 1000).badShare).toBe(0)
  })
})

describe('detection', () => {
  test('from the crash to the moment when the next server holds, the gap included', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0] },
      { atMs: 1300, holders: [] },
      { atMs: 1400, holders: [1] },
      { atMs: 9000, badness: [0, 0, 0] },
      { atMs: 9500, holders: [0] },
    ]
    const { detectionsMs, undetected, returnsMs } = measured(moments, 10_000)
    expect(detectionsMs).toEqual([400])
    expect(undetected).toBe(0)
    expect(returnsMs).toEqual([500])
  })

  test('a holder that loses its link is one that went bad, though nobody holds at once', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0], holders: [], usable: [false, true, true] },
      { atMs: 1070, holders: [1] },
    ]
    expect(measured(moments, 10_000).detectionsMs).toEqual([70])
  })

  test('an operator who moves a good server away makes no detection', () => {
    const moments = [
      START,
      { atMs: 1000, holders: [], usable: [false, true, true] },
      { atMs: 1070, holders: [1] },
      { atMs: 5000, usable: [true, true, true] },
      { atMs: 6000, holders: [0] },
    ]
    const measures = measured(moments, 10_000)
    expect(measures.detectionsMs).toEqual([])
    expect(measures.returnsMs).toEqual([1000])
  })

  test('a holder that recovers by itself was ridden out', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0] },
      { atMs: 1200, badness: [0, 0, 0] },
      { atMs: 2000, badness: [1, 0, 0] },
      { atMs: 2100, holders: [] },
      { atMs: 2150, badness: [0, 0, 0] },
      { atMs: 2200, holders: [0] },
    ]
    expect(measured(moments, 10_000)).toMatchObject({ detectionsMs: [], riddenOut: 2 })
  })

  test('a holder that stays where it is to the end was not detected', () => {
    expect(measured([START, { atMs: 1000, badness: [0.6, 0, 0] }], 10_000)).toMatchObject({
      detectionsMs: [],
      undetected: 1,
    })
  })

  test('from one bad server to another is no success', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 1, 0] },
      { atMs: 2000, holders: [1] },
      { atMs: 5000, holders: [2] },
    ]
    expect(measured(moments, 10_000).detectionsMs).toEqual([4000])
  })

  test('both the bad one and a good one holding is not yet the end', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0] },
      { atMs: 2000, holders: [0, 1] },
      { atMs: 3000, holders: [1] },
    ]
    expect(measured(moments, 10_000).detectionsMs).toEqual([2000])
  })

  test('two good holders end it, and it does not begin again', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0], holders: [] },
      { atMs: 1100, holders: [1, 2] },
      { atMs: 2000, holders: [1, 2] },
      { atMs: 3000, holders: [1] },
    ]
    expect(measured(moments, 10_000).detectionsMs).toEqual([100])
  })

  test('when all are bad there is nothing to detect', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 1, 1] },
      { atMs: 2000, badness: [1, 0, 1] },
      { atMs: 2500, holders: [1] },
    ]
    expect(measured(moments, 10_000).detectionsMs).toEqual([500])
  })
})

describe('return', () => {
  test('the next best taking over is no return', () => {
    const moments = [START, { atMs: 1000, badness: [1, 0, 0] }, { atMs: 2000, holders: [1] }]
    expect(measured(moments, 10_000)).toMatchObject({ returnsMs: [], unreturned: 0 })
  })

  test('one that is bad again before it holds has not returned; time counts from the last recovery', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0], holders: [1] },
      { atMs: 2000, badness: [0, 0, 0] },
      { atMs: 3000, badness: [1, 0, 0] },
      { atMs: 4000, badness: [0, 0, 0] },
      { atMs: 4600, holders: [0] },
    ]
    expect(measured(moments, 10_000).returnsMs).toEqual([600])
  })

  test('one that never gets it back is counted at the end', () => {
    const moments = [
      START,
      { atMs: 1000, badness: [1, 0, 0], holders: [1] },
      { atMs: 2000, badness: [0, 0, 0] },
    ]
    expect(measured(moments, 10_000)).toMatchObject({ returnsMs: [], unreturned: 1 })
  })

  test('the start of a run is no return', () => {
    expect(measured([{ atMs: 0 }, { atMs: 400, holders: [0] }], 10_000).returnsMs).toEqual([])
  })
})
