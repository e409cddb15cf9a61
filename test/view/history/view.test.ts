// How a history looks: folded on a terminal, a line each elsewhere, times in the local zone.
import { describe, expect, test } from 'bun:test'
import type { HistoryLine } from '../../../src/documents/history-lines.ts'
import {
  type HistoryViewOptions,
  historyView,
  localTime,
} from '../../../src/view/history/history-view.ts'
import { ASCII } from '../../../src/view/screen.ts'
import { COLOURED, PLAIN } from '../../../src/view/style.ts'
import { addresses, BEGIN_MS, OVERRIDE, serverState, start, timelineFrom } from './made-record.ts'

const TIMELINE = timelineFrom([
  start(0),
  serverState(300, 'healthy'),
  addresses(400, '192.0.2.1'),
  addresses(5000, '192.0.2.1', '192.0.2.53'),
  serverState(
    20_000,
    'failed',
    'udp/192.0.2.1 a A: conn-refused (no listener on this address and port)',
  ),
])

const OPTIONS: HistoryViewOptions = {
  ...{ style: PLAIN, signs: ASCII, columns: 80, sinceMs: null },
  ...{ nowMs: BEGIN_MS + 60_000, zoneMinutes: () => 60 },
}

function view(options: Partial<HistoryViewOptions> = {}): string[] {
  return historyView(TIMELINE, { ...OPTIONS, ...options }).split('\n')
}

describe('a history', () => {
  test('on a terminal has the days above, and the words in columns', () => {
    expect(view()).toEqual([
      '2026-11-21 (+01:00)',
      '14:00:00  start      daemon started',
      '14:00:00  serving    20s',
      '14:00:05  + address  192.0.2.53 on eth0: holder of recdns0',
      '14:00:20  FAILED     40s so far udp/192.0.2.1 a A: conn-refused (no listener on',
      '                                this address and port)',
      '-- 1 failure, 40s out of service, no drain, since 2026-11-21T14:00:00+01:00',
    ])
  })

  test('elsewhere each is one line with its whole time', () => {
    expect(view({ columns: null }).slice(0, -1)).toEqual([
      '2026-11-21T14:00:00+01:00  start      daemon started',
      '2026-11-21T14:00:00+01:00  serving    20s',
      '2026-11-21T14:00:05+01:00  + address  192.0.2.53 on eth0: holder of recdns0',
      '2026-11-21T14:00:20+01:00  FAILED     40s so far udp/192.0.2.1 a A: conn-refused (no listener on this address and port)',
    ])
  })

  test('on a narrow terminal has the words below', () => {
    expect(view({ columns: 40 }).slice(-7)).toEqual([
      '14:00:20  FAILED',
      '  40s so far udp/192.0.2.1 a A:',
      '  conn-refused (no listener on this',
      '  address and port)',
      '-- 1 failure, 40s out of service, no',
      '   drain, since',
      '   2026-11-21T14:00:00+01:00',
    ])
  })

  test('since a time begins with what held then, and counts from then on', () => {
    const since = view({ sinceMs: BEGIN_MS + 5000, columns: null })
    expect(since.slice(0, 2)).toEqual([
      'before, since 2026-11-21T14:00:00+01:00: serving',
      '2026-11-21T14:00:05+01:00  + address  192.0.2.53 on eth0: holder of recdns0',
    ])
    expect(view({ sinceMs: BEGIN_MS + 50_000 })).toEqual([
      'before, since 2026-11-21T14:00:20+01:00: failed',
      '-- 1 failure, 10s out of service, no drain, since 2026-11-21T14:00:50+01:00',
    ])
  })

  test('tells a drain with the state that it brings, and sums it up', () => {
    const override = (nowMs: number, value: typeof OVERRIDE | null): HistoryLine => {
      return { kind: 'override', nowMs, override: value }
    }
    const timeline = timelineFrom([
      ...[start(0), serverState(100, 'healthy'), override(10_000, OVERRIDE)],
      ...[serverState(10_000, 'drained'), override(17_000, null), serverState(17_000, 'healthy')],
      { kind: 'stop', nowMs: 20_000 },
      start(25_000),
      serverState(25_000, 'healthy'),
    ])
    const lines = historyView(timeline, { ...OPTIONS, columns: null }).split('\n')
    expect(lines.slice(0, -1).map((line) => line.slice(27))).toEqual([
      'start      daemon started',
      'serving    9.9s',
      'drained    7.0s     by root: kernel update',
      'serving    3.0s     drain ended',
      'stop       daemon stopped',
      'start      daemon started after 5.0s of downtime',
      'serving    35s so far',
    ])
    expect(lines.at(-1)).toStartWith('-- no failure, 5.0s out of service, 1 drain (7.0s), since')
  })

  test('paints states, and moves nothing', () => {
    const coloured = view({ style: COLOURED })
    expect(coloured[2]).toContain('\u001b[32mserving')
    expect(coloured[4]).toContain('\u001b[31mFAILED')
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
