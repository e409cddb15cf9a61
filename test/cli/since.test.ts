// Times in the past as people write them.
import { describe, expect, test } from 'bun:test'
import { readSince } from '../../src/cli/since.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const local = (...parts: [number, number, number, number?, number?, number?]) =>
  new Date(...parts).getTime()

describe('a time', () => {
  test.each([
    ['1h', NOW_MS - 3_600_000],
    ['0s', NOW_MS],
    ['2026-11-20', local(2026, 10, 20, 0)],
    ['2026-11-20 14:05', local(2026, 10, 20, 14, 5)],
    ['2026-11-20T14:05:06', local(2026, 10, 20, 14, 5, 6)],
    ['2026-11-20T14:05:06.789', local(2026, 10, 20, 14, 5, 6)],
    ['2026-11-20T14:05Z', Date.UTC(2026, 10, 20, 14, 5)],
    ['2026-11-20 14:05:06+01:00', Date.UTC(2026, 10, 20, 13, 5, 6)],
    ['2026-11-20T14:05:06-0330', Date.UTC(2026, 10, 20, 17, 35, 6)],
    ['2024-02-29', local(2024, 1, 29, 0)],
  ])('%s is understood', (text, atMs) => {
    expect(readSince(text, NOW_MS)).toEqual({ ok: true, value: atMs })
  })

  test.each([
    '',
    'yesterday',
    '-1h',
    '2026-11-31',
    '2026-13-01',
    '2026-02-29',
    '2026-11-20T25:00',
    '2026-11-20 14:61',
    '2026-11-20Z',
    '1795305841837',
  ])('%j is not, and the error says what would be', (text) => {
    expect(readSince(text, NOW_MS)).toEqual({
      ok: false,
      error: `invalid time "${text}": write a duration such as "1h", or a date and time such as "2026-11-21 14:00"`,
    })
  })

  test.each([
    ['1 h', '1h'],
    ['1d', '24h'],
    ['2 weeks', '336h'],
    ['1h30m', '90m'],
  ])('%j is not, and the error says how to write it', (text, meant) => {
    expect(readSince(text, NOW_MS)).toEqual({
      ...{ ok: false, error: `invalid time "${text}": write "${meant}"` },
    })
  })
})
