// Summaries of runs: means, deviations, and percentiles that count what never came.
import { describe, expect, test } from 'bun:test'
import { summarise } from '../../src/simulate/experiment.ts'
import type { Measures } from '../../src/simulate/measure.ts'

const NOTHING: Measures = {
  hours: 1,
  instances: 2,
  failovers: 0,
  failoversPerHour: 0,
  badShare: 0,
  noHolderShare: 0,
  twoHoldersShare: 0,
  lostShare: 0,
  detectionsMs: [],
  undetected: 0,
  riddenOut: 0,
  returnsMs: [],
  unreturned: 0,
}

describe('summaries', () => {
  test('mean, deviation of a sample, least and most', () => {
    const runs = [1, 2, 6].map((failoversPerHour) => ({ ...NOTHING, failoversPerHour }))
    const { failoversPerHour } = summarise('p', runs)
    expect(failoversPerHour).toEqual({ mean: 3, deviation: Math.sqrt(7), least: 1, most: 6 })
  })

  test('one run has no deviation', () => {
    const { badShare } = summarise('p', [{ ...NOTHING, badShare: 0.25 }])
    expect(badShare).toEqual({ mean: 0.25, deviation: 0, least: 0.25, most: 0.25 })
  })

  test('percentiles are over all runs, by the nearest rank', () => {
    const first = { ...NOTHING, detectionsMs: Array.from({ length: 60 }, (_, index) => index + 41) }
    const second = { ...NOTHING, detectionsMs: Array.from({ length: 40 }, (_, index) => index + 1) }
    expect(summarise('p', [first, second]).detection).toEqual({ count: 100, p50Ms: 50, p99Ms: 99 })
  })

  test('what never came is later than all that did', () => {
    const { detection, undetected } = summarise('p', [
      { ...NOTHING, detectionsMs: [10, 20], undetected: 1 },
    ])
    expect(detection).toEqual({ count: 3, p50Ms: 20, p99Ms: null })
    expect(undetected).toBe(1)
  })

  test('without anything to wait for there is no percentile', () => {
    expect(summarise('p', [NOTHING]).return).toEqual({ count: 0, p50Ms: null, p99Ms: null })
  })
})
