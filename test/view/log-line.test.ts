// Every kind of entry as a line of the log, to the letter.
import { describe, expect, test } from 'bun:test'
import type { LogEvent, Reason } from '../../src/core/effect.ts'
import { diagnosticLine, durationText, overrideText, reasonText } from '../../src/documents/text.ts'
import { logLine, weightLogLine } from '../../src/view/log-line.ts'
import { orderTo } from '../support/order-to.ts'

const TARGET = { target: 'udp/192.0.2.1', question: '127.in-addr.arpa SOA' }
const OVERRIDE = orderTo('drained', { by: 'root', reason: 'new switch' })

const GOLDEN: Readonly<Record<LogEvent['kind'], readonly (readonly [LogEvent, string])[]>> = {
  lapsed: [
    [
      { kind: 'lapsed', lateMs: 2500 },
      'warn woke 2.5 s after the end of its own status: starting anew',
    ],
  ],
  verdict: [
    [
      { kind: 'verdict', from: 'failed', to: 'healthy', reasons: [] },
      'info verdict failed -> healthy',
    ],
    [
      {
        kind: 'verdict',
        from: 'healthy',
        to: 'degraded',
        reasons: [{ kind: 'upstream', group: 'internet', passed: 1, quorum: 2, of: 3 }],
      },
      'warn verdict healthy -> degraded: upstream group internet: 1 of 3 answered, 2 needed',
    ],
    [
      {
        kind: 'verdict',
        from: 'healthy',
        to: 'failed',
        reasons: [
          { kind: 'target', ...TARGET, outcome: 'timeout' },
          { kind: 'target', ...TARGET, outcome: 'servfail', detail: 'got SERVFAIL' },
        ],
      },
      'error verdict healthy -> failed: udp/192.0.2.1 127.in-addr.arpa SOA: timeout (no answer in time); udp/192.0.2.1 127.in-addr.arpa SOA: servfail (got SERVFAIL)',
    ],
    [
      { kind: 'verdict', from: 'healthy', to: 'failed', reasons: [{ kind: 'stopping' }] },
      'info verdict healthy -> failed: the daemon is stopping',
    ],
  ],
  priority: [
    [
      { kind: 'priority', instance: 'recdns0', from: null, to: 10, rank: 1, of: 3 },
      'info priority of recdns0 10 (rank 1 of 3)',
    ],
    [
      { kind: 'priority', instance: 'recdns0', from: 10, to: 'fault', rank: null, of: 0 },
      'info priority of recdns0 10 -> FAULT (not in the order)',
    ],
  ],
  suspected: [
    [
      { kind: 'suspected', target: TARGET.target, outcome: 'late', afterMs: 50.4 },
      'debug udp/192.0.2.1 is suspected: late after 50 ms',
    ],
  ],
  cleared: [
    [{ kind: 'cleared', target: TARGET.target }, 'debug udp/192.0.2.1 answered when asked again'],
  ],
  'target-failed': [
    [
      { kind: 'target-failed', ...TARGET, outcome: 'refused', ignored: null },
      'warn udp/192.0.2.1 127.in-addr.arpa SOA: refused (connection refused: nothing listens there)',
    ],
    [
      { kind: 'target-failed', ...TARGET, outcome: 'malformed', detail: 'short', ignored: 'grace' },
      'info udp/192.0.2.1 127.in-addr.arpa SOA: malformed (short); ignored, because the address is young',
    ],
  ],
  'target-recovered': [
    [{ kind: 'target-recovered', target: TARGET.target }, 'info udp/192.0.2.1 answers again'],
  ],
  'sweep-failed': [
    [{ kind: 'sweep-failed', failures: 1, fall: 3, backoffMs: 0 }, 'warn failing sweep 1 of 3'],
    [{ kind: 'sweep-failed', failures: 3, fall: 3, backoffMs: 2000 }, 'info next sweep in 2 s'],
  ],
  rising: [[{ kind: 'rising', passes: 1, needed: 3 }, 'info passing sweep 1 of 3']],
  probation: [
    [
      { kind: 'probation', relapses: 1, forMs: 60_000 },
      'info on probation for 60 s of clean sweeps (relapse 1); until then it only replaces a worse server',
    ],
  ],
  upstream: [
    [
      { kind: 'upstream', group: 'internet', up: false, passed: 1, of: 3, quorum: 2 },
      'warn upstream group internet is down: 1 of 3 answered, 2 needed',
    ],
    [
      { kind: 'upstream', group: 'internet', up: true, passed: 3, of: 3, quorum: 2 },
      'info upstream group internet is up: 3 of 3 answered, 2 needed',
    ],
  ],
  'address-added': [
    [
      { kind: 'address-added', address: '192.0.2.53', interface: 'eth0' },
      'info address 192.0.2.53 came to eth0',
    ],
  ],
  'address-removed': [
    [
      { kind: 'address-removed', address: '192.0.2.53', interface: 'eth0', holdDownMs: 10_000 },
      'info address 192.0.2.53 went from eth0; backoff holds for 10 s',
    ],
  ],
  'address-dadfailed': [
    [
      { kind: 'address-dadfailed', address: '2001:db8::1', interface: 'eth0' },
      'warn address 2001:db8::1 on eth0 is a duplicate (dadfailed) and cannot be used',
    ],
  ],
  holding: [
    [{ kind: 'holding', instance: 'recdns0', holding: true }, 'info holding recdns0'],
    [{ kind: 'holding', instance: 'recdns0', holding: false }, 'info no longer holding recdns0'],
  ],
  unlisted: [
    [
      { kind: 'unlisted', pool: 'recdns', server: 'dns1' },
      'warn the order of recdns does not list dns1: drained',
    ],
  ],
  order: [
    [
      { kind: 'order', pool: 'recdns', servers: ['dns1', 'dns2'] },
      'info order of recdns: dns1, dns2',
    ],
  ],
  override: [
    [{ kind: 'override', override: null }, 'info no override is in force'],
    [
      { kind: 'override', override: OVERRIDE },
      'warn override: drained by root since 1970-01-01T00:00:00.000Z: new switch',
    ],
  ],
}

describe('log lines', () => {
  for (const [kind, lines] of Object.entries(GOLDEN)) {
    test(kind, () => {
      for (const [entry, expected] of lines) {
        const { level, text } = logLine(entry)
        expect(`${level} ${text}`).toBe(expected)
      }
    })
  }
})

describe('words', () => {
  test('reasons', () => {
    const reasons: readonly (readonly [Reason, string])[] = [
      [{ kind: 'starting' }, 'the first sweep has not finished'],
      [{ kind: 'stopping' }, 'the daemon is stopping'],
      [{ kind: 'no-targets' }, 'there is no address to probe'],
      [{ kind: 'rising', passes: 1, needed: 3 }, '1 of 3 passing sweeps in a row'],
    ]
    for (const [reason, expected] of reasons) expect(reasonText(reason)).toBe(expected)
  })

  test('durations', () => {
    const durations = [0.04, 0.5, 1, 999.4, 1500, 119_900, 120_000, 7_199_000, 7_200_000]
    expect(durations.map(durationText)).toEqual([
      ...['0.0 ms', '0.5 ms', '1 ms', '999 ms', '1.5 s', '119.9 s', '2 min', '120 min', '2 h'],
    ])
  })

  test('overrides, those that end and those that nobody can read', () => {
    expect(
      overrideText({ ...OVERRIDE, mode: 'isolated', reason: '', untilWallMs: 3_600_000 }),
    ).toBe('isolated by root since 1970-01-01T00:00:00.000Z until 1970-01-01T01:00:00.000Z')
    expect(overrideText({ ...OVERRIDE, sinceWallMs: Number.MAX_VALUE })).toContain(
      'since an unknown time',
    )
    expect(overrideText({ ...OVERRIDE, corrupt: 'it is not a JSON document' })).toBe(
      'drained, because the override file cannot be read: it is not a JSON document',
    )
  })

  test('diagnostics', () => {
    const place = { file: '/etc/h.toml', line: 3, column: 7, code: 'E_UNKNOWN_KEY' }
    const text = 'unknown key "nmae"'
    expect(diagnosticLine({ ...place, text })).toBe(
      '/etc/h.toml:3:7: error[E_UNKNOWN_KEY]: unknown key "nmae"',
    )
    expect(diagnosticLine({ ...place, text, hint: 'did you mean "name"?' })).toEndWith(
      'unknown key "nmae"; did you mean "name"?',
    )
  })
})

describe('the weight of a real server', () => {
  test.each([
    [100, 'healthy', 'info', 'weight of dns.ns1 is 100 (healthy)'],
    [0, 'drained', 'info', 'weight of dns.ns1 is 0 (drained)'],
    [0, 'failed', 'warn', 'weight of dns.ns1 is 0 (failed)'],
    [1, 'failed', 'warn', 'weight of dns.ns1 is 1 (failed, the last resort)'],
  ] as const)('%i of who is %s', (weight, standing, level, text) => {
    expect(weightLogLine('dns.ns1', weight, standing)).toEqual({ level, text })
  })
})
