// Every kind of entry as a line of the log, to the letter.
import { describe, expect, test } from 'bun:test'
import type { LogEvent, Reason } from '../../src/core/effect.ts'
import {
  alike,
  diagnosticLine,
  durationText,
  overrideText,
  reasonText,
  shortDuration,
} from '../../src/documents/text.ts'
import { logLine, weightLogLine } from '../../src/view/log-line.ts'
import { orderTo } from '../support/order-to.ts'

const ENDPOINT = { endpoint: 'udp/192.0.2.1', question: '127.in-addr.arpa SOA' }
const OVERRIDE = orderTo('drained', { by: 'root', reason: 'new switch' })

const GOLDEN: Readonly<Record<LogEvent['kind'], readonly (readonly [LogEvent, string])[]>> = {
  lapsed: [
    [
      { kind: 'lapsed', lateMs: 2500 },
      'warn woke 2.5 s after its status had expired: starting again',
    ],
  ],
  health: [
    [
      { kind: 'health', from: 'failed', to: 'healthy', reasons: [] },
      'info health: failed -> healthy',
    ],
    [
      {
        kind: 'health',
        from: 'healthy',
        to: 'degraded',
        reasons: [{ kind: 'upstream', group: 'internet', passed: 1, quorum: 2, of: 3 }],
      },
      'warn health: healthy -> degraded: upstream internet: 1 of 3 probes ok, quorum 2',
    ],
    [
      {
        kind: 'health',
        from: 'healthy',
        to: 'failed',
        reasons: [
          { kind: 'endpoint', ...ENDPOINT, outcome: 'timeout' },
          { kind: 'endpoint', ...ENDPOINT, outcome: 'servfail', detail: 'got SERVFAIL' },
        ],
      },
      'error health: healthy -> failed: udp/192.0.2.1 127.in-addr.arpa SOA: timeout (no response in time); udp/192.0.2.1 127.in-addr.arpa SOA: servfail (got SERVFAIL)',
    ],
    [
      { kind: 'health', from: 'healthy', to: 'failed', reasons: [{ kind: 'stopping' }] },
      'info health: healthy -> failed: the daemon is stopping',
    ],
    [
      { kind: 'health', from: 'failed', to: 'failed', reasons: [{ kind: 'no-endpoints' }] },
      'error health: failed: no address to probe',
    ],
  ],
  priority: [
    [
      { kind: 'priority', instance: 'recdns0', from: null, to: 10, rank: 1, of: 3 },
      'info recdns0: priority 10 (rank 1 of 3)',
    ],
    [
      { kind: 'priority', instance: 'recdns0', from: 10, to: 'fault', rank: null, of: 0 },
      'info recdns0: priority 10 -> FAULT (not in the order file)',
    ],
  ],
  suspected: [
    [
      { kind: 'suspected', endpoint: ENDPOINT.endpoint, outcome: 'late', afterMs: 50.4 },
      'debug udp/192.0.2.1 retrying: late after 50 ms',
    ],
  ],
  cleared: [[{ kind: 'cleared', endpoint: ENDPOINT.endpoint }, 'debug udp/192.0.2.1 ok on retry']],
  'endpoint-failed': [
    [
      { kind: 'endpoint-failed', ...ENDPOINT, outcome: 'conn-refused', ignored: null },
      'debug udp/192.0.2.1 127.in-addr.arpa SOA: conn-refused (no listener on this address and port)',
    ],
    [
      {
        kind: 'endpoint-failed',
        ...ENDPOINT,
        outcome: 'malformed',
        detail: 'short',
        ignored: 'grace',
      },
      'debug udp/192.0.2.1 127.in-addr.arpa SOA: malformed (short); ignored (address was just added)',
    ],
  ],
  'endpoint-recovered': [
    [{ kind: 'endpoint-recovered', endpoint: ENDPOINT.endpoint }, 'debug udp/192.0.2.1 ok again'],
  ],
  'cycle-failed': [
    [{ kind: 'cycle-failed', failures: 1, fall: 3, backoffMs: 0 }, 'warn check failed (1 of 3)'],
    [
      {
        ...{ kind: 'cycle-failed', failures: 1, fall: 3, backoffMs: 0 },
        failure: { ...ENDPOINT, outcome: 'timeout' },
      },
      'warn check failed (1 of 3): udp/192.0.2.1 127.in-addr.arpa SOA: timeout (no response in time)',
    ],
    [
      { kind: 'cycle-failed', failures: 3, fall: 3, backoffMs: 2000 },
      'debug next check in 2 s (backoff)',
    ],
  ],
  rising: [[{ kind: 'rising', passes: 1, needed: 3 }, 'info check passed (1 of 3)']],
  probation: [
    [
      { kind: 'probation', repeatFailures: 1, forMs: 60_000 },
      'info probation: 60 s of clean checks required before failback (repeat failure 1)',
    ],
  ],
  upstream: [
    [
      { kind: 'upstream', group: 'internet', up: false, passed: 1, of: 3, quorum: 2 },
      'warn upstream internet: down (1 of 3 probes ok, quorum 2)',
    ],
    [
      { kind: 'upstream', group: 'internet', up: true, passed: 3, of: 3, quorum: 2 },
      'info upstream internet: up (3 of 3 probes ok, quorum 2)',
    ],
  ],
  'address-added': [
    [
      { kind: 'address-added', address: '192.0.2.53', interface: 'eth0' },
      'info address 192.0.2.53 added on eth0',
    ],
  ],
  'address-removed': [
    [
      { kind: 'address-removed', address: '192.0.2.53', interface: 'eth0', backoffHoldMs: 10_000 },
      'info address 192.0.2.53 removed from eth0 (backoff held for 10 s)',
    ],
  ],
  'address-dadfailed': [
    [
      { kind: 'address-dadfailed', address: '2001:db8::1', interface: 'eth0' },
      'warn address 2001:db8::1 on eth0 is a duplicate (dadfailed), unusable',
    ],
  ],
  holding: [
    [{ kind: 'holding', instance: 'recdns0', holding: true }, 'info recdns0: now holder'],
    [{ kind: 'holding', instance: 'recdns0', holding: false }, 'info recdns0: no longer holder'],
  ],
  unlisted: [
    [
      { kind: 'unlisted', cluster: 'recdns', server: 'dns1' },
      'warn dns1 is not in the order file of recdns: treated as drained',
    ],
  ],
  order: [
    [
      { kind: 'order', cluster: 'recdns', servers: ['dns1', 'dns2'] },
      'info server order of recdns: dns1, dns2',
    ],
  ],
  override: [
    [{ kind: 'override', override: null }, 'info drain: ended'],
    [{ kind: 'override', override: OVERRIDE }, 'warn drain: by root: new switch'],
    [
      { kind: 'override', override: { ...OVERRIDE, mode: 'isolated', untilWallMs: 7_200_000 } },
      'warn isolation: by root for 2h00m: new switch',
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
      [{ kind: 'starting' }, 'the first check cycle has not finished'],
      [{ kind: 'stopping' }, 'the daemon is stopping'],
      [{ kind: 'no-endpoints' }, 'no address to probe'],
      [{ kind: 'rising', passes: 1, needed: 3 }, '1 of 3 checks passed in a row'],
    ]
    for (const [reason, expected] of reasons) expect(reasonText(reason)).toBe(expected)
  })

  test('durations', () => {
    const durations = [0.04, 0.5, 1, 999.4, 1500, 119_900, 120_000, 7_199_000, 7_200_000]
    expect(durations.map(durationText)).toEqual([
      ...['0.0 ms', '0.5 ms', '1 ms', '999 ms', '1.5 s', '119.9 s', '2 min', '120 min', '2 h'],
    ])
  })

  test('durations in columns', () => {
    const durations = [0.4, 999, 5080, 39_000, 134_000, 3_720_000, 273_600_000, Number.NaN]
    expect(durations.map(shortDuration)).toEqual([
      ...['0ms', '999ms', '5.1s', '39s', '2m14s', '1h02m', '3d04h', 'an unknown time'],
    ])
  })

  test('endpoints that fail alike', () => {
    const refused = (name: string) => `${name} a A: conn-refused (no listener)`
    expect(alike([refused('udp/::1'), refused('tcp/::1'), 'udp/::1 a A: timeout'])).toEqual([
      `${refused('udp/::1')} (+1 endpoint)`,
      'udp/::1 a A: timeout',
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
    [100, 'healthy', 'info', 'dns.ns1: weight 100 (serving)'],
    [0, 'drained', 'info', 'dns.ns1: weight 0 (drained)'],
    [0, 'failed', 'warn', 'dns.ns1: weight 0 (failed)'],
    [1, 'failed', 'warn', 'dns.ns1: weight 1 (failed, fail-open)'],
  ] as const)('%i of who is %s', (weight, serverState, level, text) => {
    expect(weightLogLine('dns.ns1', weight, serverState)).toEqual({ level, text })
  })
})
