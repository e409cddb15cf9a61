// The bounds as figures: what they come to with the defaults.
import { describe, expect, test } from 'bun:test'
import { testConfig } from '../../core/config.ts'
import { electionMs, fallGapMs, maxFalls, maxMoves } from './bounds.ts'

const V3 = { version: 3, advertMs: 100 } as const

describe('bounds', () => {
  const { flap } = testConfig()

  test('with the defaults a server falls at most once a second, whatever is done to it', () => {
    expect(fallGapMs(flap, 1000)).toBe(1000)
    expect(maxFalls(flap, 1000, 60_000)).toBe(61)
    expect(fallGapMs({ ...flap, riseHolder: 3 }, 1000)).toBe(3000)
  })

  test('moves are bounded by servers, time and actions', () => {
    const config = testConfig()
    const bound = (servers: number, windowMs: number, actions: number) =>
      maxMoves(config, V3, { servers, windowMs, actions })
    expect(bound(2, 0, 0)).toBe(2 * 2 * 4 * 2)
    expect(bound(3, 60_000, 0)).toBe(2 * 3 * 4 * 62)
    expect(bound(3, 60_000, 2)).toBe(2 * (3 * 4 * 62 + 14))
    expect(electionMs(V3)).toBeLessThan(1000)
  })
})
