// How a history looks: folded on a terminal, a line each elsewhere, times in the local zone.
import { describe, expect, test } from 'bun:test'
import {
  type HistoryViewOptions,
  historyView,
  localTime,
} from '../../../src/view/history/history-view.ts'
import { ASCII } from '../../../src/view/screen.ts'
import { COLOURED, PLAIN } from '../../../src/view/style.ts'
import { addresses, BEGIN_MS, standing, start, timelineFrom } from './made-record.ts'

const TIMELINE = timelineFrom([
  start(0),
  standing(300, 'healthy'),
  addresses(400, '192.0.2.1'),
  addresses(5000, '192.0.2.1', '192.0.2.53'),
  standing(
    20_000,
    'failed',
    'udp/192.0.2.1 a A: refused (connection refused: nothing listens there)',
  ),
])

function view(options: Partial<HistoryViewOptions> = {}): string[] {
  return historyView(TIMELINE, {
    ...{ style: PLAIN, signs: ASCII, columns: 80, sinceMs: null },
    ...{ nowMs: BEGIN_MS + 60_000, zoneMinutes: () => 60, ...options },
  }).split('\n')
}

describe('a history', () => {
  test('on a terminal', () => {
    expect(view()).toEqual([
      '2026-11-21T14:00:00+01:00            the daemon started',
      '2026-11-21T14:00:00+01:00    +300 ms healthy for 19.7 s',
      '2026-11-21T14:00:05+01:00     +4.7 s 192.0.2.53 came to eth0',
      '2026-11-21T14:00:05+01:00            holding recdns0',
      '2026-11-21T14:00:20+01:00      +15 s failed, for 40 s so far: udp/192.0.2.1 a A:',
      '                                     refused (connection refused: nothing',
      '                                     listens there)',
    ])
  })

  test('elsewhere each is one line', () => {
    expect(view({ columns: null }).at(-1)).toBe(
      '2026-11-21T14:00:20+01:00      +15 s failed, for 40 s so far: udp/192.0.2.1 a A: refused (connection refused: nothing listens there)',
    )
  })

  test('on a narrow terminal has the words below', () => {
    expect(view({ columns: 44 }).slice(-3)).toEqual(
      [
        '2026-11-21T14:00:20+01:00      +15 s',
        '  failed, for 40 s so far: udp/192.0.2.1 a',
        '  A: refused (connection refused: nothing',
      ]
        .concat(['  listens there)'])
        .slice(-3),
    )
  })

  test('since a time begins with what held then', () => {
    expect(view({ sinceMs: BEGIN_MS + 5000 }).slice(0, 2)).toEqual([
      'before that, since 2026-11-21T14:00:00+01:00: healthy',
      '2026-11-21T14:00:05+01:00            192.0.2.53 came to eth0',
    ])
    expect(view({ sinceMs: BEGIN_MS + 50_000 })).toEqual([
      'before that, since 2026-11-21T14:00:20+01:00: failed',
    ])
  })

  test('paints what a server was worth, and moves nothing', () => {
    const coloured = view({ style: COLOURED })
    expect(coloured[1]).toContain('\u001b[32mhealthy\u001b[0m for 19.7 s')
    expect(coloured[4]).toContain('\u001b[31mfailed\u001b[0m, for')
    expect(coloured.map((line) => Bun.stripANSI(line))).toEqual(view())
  })
})

test.each([
  [0, 0, '1970-01-01T00:00:00+00:00'],
  [0, 90, '1970-01-01T01:30:00+01:30'],
  [0, -210, '1969-12-31T20:30:00-03:30'],
  [1e20, 0, 'at an unknown time'],
])('the time %d in a zone of %d minutes is %s', (wallMs, minutes, text) => {
  expect(localTime(wallMs, () => minutes)).toBe(text)
})
