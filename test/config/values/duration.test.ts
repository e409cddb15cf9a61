// Durations: what is one, what is out of bounds, and what the hints say.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  durationHint,
  formatDuration,
  parseDuration,
  readDuration,
} from '../../../src/config/values/duration.ts'

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['1s', 1000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0s', 0],
    ['007s', 7000],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs)
  })

  test.each(['', '1', 's', '-1s', '+1s', '1.5s', '1 s', ' 1s', '1S', '1d', '1e3s', '1m30s', '٣s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )

  test.each([
    ['1.5s', 'write "1500ms"'],
    ['1m30s', 'write "90s"'],
    ['2 minutes', 'write "2m"'],
    ['30', 'write "30s"'],
    ['1S', 'write "1s"'],
    ['1d', 'write "24h"'],
    ['1y', 'write a whole number and ms, s, m or h, such as "250ms"'],
    ['1'.repeat(40), 'write a whole number and ms, s, m or h, such as "250ms"'],
  ])('the hint for %j', (text, hint) => {
    expect(durationHint(text)).toBe(hint)
  })

  test('bounds are inclusive', () => {
    const bounds = { least: '10ms', most: '1s' }
    const accepted = ['9ms', '10ms', '1000ms', '1s', '1001ms'].map(
      (text) => readDuration(text, bounds).ok,
    )
    expect(accepted).toEqual([false, true, true, true, false])
  })

  test('what is formatted can be read', () => {
    fc.assert(
      fc.property(fc.nat(1e9), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs)
      }),
    )
  })
})
