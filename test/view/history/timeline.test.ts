// The timeline of a record: what is told of lines, and what of lines that are damaged.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { HistoryLine } from '../../../src/documents/history-lines.ts'
import { entryOf } from '../../../src/view/history/history-text.ts'
import { historyView } from '../../../src/view/history/history-view.ts'
import type { Occurrence } from '../../../src/view/history/occurrences.ts'
import { BLOCKS } from '../../../src/view/screen.ts'
import { PLAIN } from '../../../src/view/style.ts'
import {
  addresses,
  BEGIN_MS,
  OVERRIDE,
  order,
  resumed,
  serverState,
  start,
  timelineFrom,
} from './made-record.ts'

/** When, in milliseconds since the beginning, and in words. */
function told(lines: readonly (HistoryLine | string)[], nowMs = BEGIN_MS + 60_000): string[] {
  return timelineFrom(lines, nowMs).map((occurrence: Occurrence) => {
    const { wallMs, label, lasted, text } = entryOf(occurrence, nowMs)
    return [wallMs - BEGIN_MS, label, lasted, text]
      .filter((part) => part !== null && part !== '')
      .join(' ')
  })
}

const stop = (nowMs: number): HistoryLine => ({ kind: 'stop', nowMs })
const REFUSED = 'udp/192.0.2.1 localhost A: conn-refused (no listener on this address and port)'

describe('a timeline', () => {
  test('has the serverStates with their reasons, and how long they lasted', () => {
    expect(
      told([
        start(0),
        {
          ...serverState(10, 'failed', 'the first check cycle has not finished'),
          starting: true,
        } as HistoryLine,
        serverState(200, 'healthy'),
        serverState(5200, 'failed', REFUSED, REFUSED.replace('udp', 'tcp')),
        serverState(9000, 'probation'),
      ]),
    ).toEqual([
      '0 start daemon started',
      '10 starting 190ms',
      '200 serving 5.0s',
      `5200 FAILED 3.8s ${REFUSED} (+1 endpoint)`,
      '9000 probation 51s so far',
    ])
  })

  test('has what real servers weigh', () => {
    const weight = (nowMs: number, value: number, ...reasons: string[]): HistoryLine => ({
      ...{ kind: 'weight', nowMs, backend: 'recdns.ns1', weight: value },
      ...{ state: value === 0 ? 'failed' : 'healthy', reasons },
    })
    const damaged = [
      JSON.stringify({ ...weight(3000, 1), backend: '\u001b[2J' }),
      JSON.stringify({ ...weight(3000, 1), weight: 'a lot' }),
      JSON.stringify({ ...weight(3000, 1), state: 'happy' }),
    ]
    const last: HistoryLine = { ...weight(2000, 0, REFUSED), weight: 1 } as HistoryLine
    expect(told([start(0), weight(1000, 0, REFUSED), last, ...damaged, weight(4000, 25)])).toEqual([
      '0 start daemon started',
      `1000 weight recdns.ns1 0 (failed): ${REFUSED}`,
      `2000 weight recdns.ns1 1 (failed, fail-open): ${REFUSED}`,
      '4000 weight recdns.ns1 25 (serving)',
    ])
  })

  test('finds the reasons in what failed before where the record has none', () => {
    const items: HistoryLine = {
      kind: 'items',
      nowMs: 4000,
      names: ['local/0@udp/192.0.2.1', 'local/0@tcp/192.0.2.1', 'gone/7@udp/::1'],
    }
    const result = (nowMs: number, item: number, outcome: 'conn-refused' | 'ok' | 'timeout') =>
      ({
        ...{ kind: 'result' as const, nowMs, item, askedMs: nowMs, beforeMs: null, nth: 0 },
        ...{ outcome, latencyMs: 1 },
      }) as const
    const { reasons: _, ...bare } = serverState(9000, 'failed') as { reasons?: unknown }
    const lines = [start(0), items, result(3000, 2, 'timeout'), result(8000, 1, 'timeout')]
    const again: HistoryLine = { kind: 'again', nowMs: 8500, item: 1, askedMs: 8400 }
    const last = [result(8900, 0, 'conn-refused'), result(8950, 2, 'timeout'), bare as HistoryLine]
    expect(told([...lines, again, ...last]).at(-1)).toBe(
      '9000 FAILED 51s so far udp/::1: timeout (no response in time); udp/192.0.2.1 localhost A: conn-refused (no listener on this address and port)',
    )
  })

  test('has starts, stops, and the times between them', () => {
    expect(
      told([
        start(0),
        serverState(1, 'healthy'),
        stop(4000),
        start(10_000),
        serverState(10_001, 'failed'),
      ]),
    ).toEqual([
      '0 start daemon started',
      '1 serving 4.0s',
      '4000 stop daemon stopped',
      '10000 start daemon started after 6.0s of downtime',
      '10001 FAILED 50s so far',
    ])
  })

  test('says so where a daemon ended without a word, at the latest when it has long been silent', () => {
    const lines = [start(0), serverState(1000, 'healthy')]
    const silent = '1000 stop daemon died or could not write (no further records)'
    expect(told([...lines, start(31_000)])).toEqual([
      '0 start daemon started',
      '1000 serving 0ms',
      silent,
      '31000 start daemon started after up to 30s of downtime',
    ])
    expect(told(lines).at(-1)).toBe('1000 serving 59s so far')
    expect(told(lines, BEGIN_MS + 3_600_000).at(-1)).toBe(silent)
  })

  test('says where lines are lost, and where the record begins in the middle', () => {
    expect(told([resumed(0), addresses(1, '192.0.2.53')])).toEqual([
      '0 gap history starts here (older records rotated)',
      '0 serving 1m00s so far',
      '1 holder now of recdns0',
    ])
    const lost = '{"kind":"lost","lines":12}'
    expect(told([start(0), serverState(1, 'failed'), lost, resumed(5000)])).toContain(
      '5000 gap 12 records before this are lost',
    )
    // A file that goes on where another ended is no event.
    expect(
      told([start(0), serverState(1, 'healthy'), resumed(5000), serverState(6000, 'failed')]),
    ).toEqual(['0 start daemon started', '1 serving 6.0s', '6000 FAILED 54s so far'])
  })

  test('has overrides, orders and configurations when they change, and not when they are read', () => {
    const override = (nowMs: number, value: typeof OVERRIDE | null): HistoryLine => ({
      kind: 'override',
      nowMs,
      override: value,
    })
    const config = (nowMs: number, checkIntervalMs: number): HistoryLine => {
      const { config: before } = start(0) as Extract<HistoryLine, { kind: 'start' }>
      return {
        kind: 'config',
        nowMs,
        config: { ...before, timing: { checkIntervalMs } },
      } as HistoryLine
    }
    const first = [start(0), override(1, null), order(2, 'ns1', 'ns2')]
    const later = [override(3, OVERRIDE), override(4, OVERRIDE), order(5, 'ns1', 'ns2')]
    const last = [order(6, 'ns2', 'ns1'), override(7, null), config(8, 1000), config(9, 200)]
    expect(told([...first, ...later, ...last]).slice(1)).toEqual([
      '3 drain by root: kernel update',
      '6 order recdns: ns2, ns1',
      '7 drain ended',
      '9 config configuration reloaded; changed: timing',
    ])
  })

  test('has what came and went, and what is held', () => {
    const table = ['127.0.0.1', '192.0.2.1']
    const back: HistoryLine = {
      ...(addresses(4, ...table, '192.0.2.53') as Extract<HistoryLine, { kind: 'addresses' }>),
      removed: [{ address: '192.0.2.53', interface: 'eth0' }],
    }
    const many = Array.from({ length: 9 }, (_, at) => `198.51.100.${at}`)
    const lines = [
      start(0),
      addresses(1, ...table),
      addresses(2, ...table, '192.0.2.53', '2001:db8::53'),
      addresses(3, ...table, '192.0.2.53'),
      back,
      addresses(5, ...table),
      addresses(6, ...table, ...many),
    ]
    expect(told(lines).slice(1)).toEqual([
      '2 + address 192.0.2.53 2001:db8::53 on eth0',
      '2 holder now of recdns0',
      '3 - address 2001:db8::53 on eth0',
      '4 - address 192.0.2.53 on eth0',
      '4 + address 192.0.2.53 on eth0',
      '5 - address 192.0.2.53 on eth0',
      '5 holder no longer of recdns0',
      `6 + address ${many.slice(0, 6).join(' ')} and 3 more on eth0`,
    ])
  })

  test('keeps what it knew over a restart', () => {
    const lines = [start(0), order(1, 'ns1'), addresses(2, '192.0.2.53'), stop(3)]
    expect(told([...lines, start(9), order(10, 'ns1'), addresses(11)]).slice(3)).toEqual([
      '9 start daemon started after 6ms of downtime',
      '11 - address 192.0.2.53 on eth0',
      '11 holder no longer of recdns0',
    ])
  })
})

test('nothing that a line may hold makes it stumble, or steers the terminal', () => {
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('\u001b[2J', '\u202e', NaN))
  const garbage = fc.record(
    {
      kind: fc.constantFrom(
        'state',
        'override',
        'order',
        'addresses',
        'items',
        'stop',
        'lost',
        'config',
        'start',
      ),
      nowMs: fc.nat(100_000),
      wallMs: fc.constant(BEGIN_MS),
      ...{ state: anything, reasons: anything, override: anything, cluster: fc.string() },
      ...{ servers: anything, lines: anything, state: anything, version: fc.constantFrom(1, 2) },
      addresses: fc.array(anything),
      removed: fc.array(
        fc.record({ address: fc.string(), interface: fc.constant('\u001b]0;x\u0007') }),
      ),
      names: fc.array(anything),
      config: fc.record({
        ...{
          server: fc.object(),
          clusters: fc.anything(),
          groups: fc.object(),
          addresses: fc.object(),
        },
        ...{ timing: fc.object(), flap: fc.object() },
      }),
    },
    { requiredKeys: ['kind', 'nowMs'] },
  )
  const lines = fc.array(fc.oneof(garbage, garbage, fc.string()), { maxLength: 12 })
  fc.assert(
    fc.property(lines, fc.integer({ min: 20, max: 120 }), (list, columns) => {
      const texts = list.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
      const timeline = timelineFrom([start(0), ...texts])
      const shown = historyView(timeline, {
        ...{ style: PLAIN, signs: BLOCKS, columns, sinceMs: null },
        ...{ nowMs: BEGIN_MS, zoneMinutes: () => 0 },
      })
      for (const line of shown.split('\n')) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns)
      }
    }),
    { numRuns: process.env.HOLDFAST_LONG === '1' ? 1000 : 100 },
  )
}, 60_000)
