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

/** What is measured of the moments after the start, in ten seconds. */
type Case = readonly [what: string, moments: readonly Moment[], expected: Partial<Measures>]

function play(_: string, moments: readonly Moment[], expected: Partial<Measures>): void {
  expect(measured([START, ...moments], 10_000)).toMatchObject(expected)
}

const held = (atMs: number, ...holders: readonly number[]): Moment => ({ atMs, holders })
const bad = (atMs: number, ...badness: readonly number[]): Moment => ({ atMs, badness })

describe('failovers', () => {
  test.each<Case>([
    ['a move through nobody is one', [held(10), held(20, 1)], { failovers: 1 }],
    ['a move through both is one', [held(10, 0, 1), held(20, 1)], { failovers: 1 }],
    [
      'an address that goes and comes back to the same server has not moved',
      [held(10, 0, 1), held(20), held(30, 0)],
      { failovers: 0 },
    ],
  ])('%s', play)

  test('what happened before measuring began does not count', () => {
    const moments = [START, held(10, 1), held(60, 0)]
    expect(measured(moments, 3_600_050, 50)).toMatchObject({ failovers: 1, failoversPerHour: 1 })
  })
})

describe('shares', () => {
  test('nobody, two, bad and lost are shares of the measured time', () => {
    const moments = [START, held(100), held(200, 0, 1), held(400, 1), bad(500, 0, 0.8, 0)]
    const measures = measured(moments, 1000)
    expect(measures.noHolderShare).toBeCloseTo(0.1)
    expect(measures.twoHoldersShare).toBeCloseTo(0.2)
    expect(measures.badShare).toBeCloseTo(0.5)
    expect(measures.lostShare).toBeCloseTo(0.1 + 0.5 * 0.8)
  })

  test.each<Case>([
    ['a bad holder costs nothing while nobody is better', [bad(0, 0.9, 0.9, 0.5)], { badShare: 0 }],
    [
      'a good server that is drained or off the network is not better',
      [{ ...bad(0, 1, 0, 1), usable: [true, false, true] }],
      { badShare: 0 },
    ],
  ])('%s', play)
})

describe('detection', () => {
  test.each<Case>([
    [
      'from the crash to the moment when the next server holds, the gap included',
      [bad(1000, 1, 0, 0), held(1300), held(1400, 1), bad(9000, 0, 0, 0), held(9500, 0)],
      { detectionsMs: [400], undetected: 0, returnsMs: [500] },
    ],
    [
      'a holder that loses its link is one that went bad, though nobody holds at once',
      [{ ...bad(1000, 1, 0, 0), holders: [], usable: [false, true, true] }, held(1070, 1)],
      { detectionsMs: [70] },
    ],
    [
      'an operator who moves a good server away makes no detection',
      [
        { ...held(1000), usable: [false, true, true] },
        held(1070, 1),
        { atMs: 5000, usable: [true, true, true] },
        held(6000, 0),
      ],
      { detectionsMs: [], returnsMs: [1000] },
    ],
    [
      'a holder that recovers by itself was ridden out',
      [
        ...[bad(1000, 1, 0, 0), bad(1200, 0, 0, 0)],
        ...[bad(2000, 1, 0, 0), held(2100), bad(2150, 0, 0, 0), held(2200, 0)],
      ],
      { detectionsMs: [], riddenOut: 2 },
    ],
    [
      'a holder that stays where it is to the end was not detected',
      [bad(1000, 0.6, 0, 0)],
      { detectionsMs: [], undetected: 1 },
    ],
    [
      'from one bad server to another is no success',
      [bad(1000, 1, 1, 0), held(2000, 1), held(5000, 2)],
      { detectionsMs: [4000] },
    ],
    [
      'both the bad one and a good one holding is not yet the end',
      [bad(1000, 1, 0, 0), held(2000, 0, 1), held(3000, 1)],
      { detectionsMs: [2000] },
    ],
    [
      'two good holders end it, and it does not begin again',
      [{ ...bad(1000, 1, 0, 0), holders: [] }, held(1100, 1, 2), held(2000, 1, 2), held(3000, 1)],
      { detectionsMs: [100] },
    ],
    [
      'when all are bad there is nothing to detect',
      [bad(1000, 1, 1, 1), bad(2000, 1, 0, 1), held(2500, 1)],
      { detectionsMs: [500] },
    ],
  ])('%s', play)
})

describe('return', () => {
  test.each<Case>([
    [
      'the next best taking over is no return',
      [bad(1000, 1, 0, 0), held(2000, 1)],
      { returnsMs: [], unreturned: 0 },
    ],
    [
      'one that is bad again before it holds has not returned; time counts from the last recovery',
      [
        { ...bad(1000, 1, 0, 0), holders: [1] },
        ...[bad(2000, 0, 0, 0), bad(3000, 1, 0, 0), bad(4000, 0, 0, 0), held(4600, 0)],
      ],
      { returnsMs: [600] },
    ],
    [
      'one that never gets it back is counted at the end',
      [{ ...bad(1000, 1, 0, 0), holders: [1] }, bad(2000, 0, 0, 0)],
      { returnsMs: [], unreturned: 1 },
    ],
  ])('%s', play)

  test('the start of a run is no return', () => {
    expect(measured([{ atMs: 0 }, held(400, 0)], 10_000).returnsMs).toEqual([])
  })
})
