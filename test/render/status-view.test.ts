// What an operator sees of a status, to the letter.
import { describe, expect, test } from 'bun:test'
import {
  type BootMoment,
  readStatus,
  type StatusDocument,
  sinceWrittenMs,
} from '../../src/render/status-document.ts'
import { type StatusViewOptions, statusView } from '../../src/render/status-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../src/render/style.ts'

const WRITTEN: StatusDocument = {
  format: 1,
  version: '0.1.0',
  server: 'dns1',
  pid: 4711,
  boot_id: 'this',
  written_boot_ms: 1_000_000,
  valid_until_boot_ms: 1_003_000,
  written_at: '2026-01-01T12:00:00.000Z',
  verdict: 'healthy',
  verdict_since: '2026-01-01T11:48:00.000Z',
  may_serve: true,
  reasons: [],
  override: null,
  flap: {
    sweeping: 'waiting',
    failures: 0,
    passes: 720,
    backoff_ms: 0,
    hold_down_ms: 0,
    next_sweep_ms: 900,
    sweeps: 720,
    relapses: 0,
    probation_ms: 0,
  },
  instances: [
    {
      name: 'recdns0',
      pool: 'recdns',
      rank: 1,
      of: 3,
      standing: 'healthy',
      priority: 250,
      holding: true,
      addresses: ['192.0.2.53', '2001:db8:0:1::53'],
    },
    {
      name: 'recdns1',
      pool: 'recdns',
      rank: 3,
      of: 3,
      standing: 'healthy',
      priority: 150,
      holding: false,
      addresses: ['192.0.2.54', '2001:db8:0:1::54', '2001:db8:ffff:ffff:ffff::54'],
    },
  ],
  upstreams: [{ name: 'internet', up: true, passed: 3, of: 3, quorum: 2 }],
  targets: [
    target('udp/192.0.2.11', 'ok', 0.4213),
    target('tcp/2001:db8:0:1::11', 'ok', 12.345),
    { ...target('udp/192.0.2.53', 'timeout', null), ignored: true },
    { ...target('tcp/192.0.2.53', 'ok', null), outcome: null, at: null },
  ],
  addresses: [
    { address: '192.0.2.11', interface: 'eth0', state: 'ready', since: null, probed: true },
    { address: '2001:db8::9', interface: 'eth0', state: 'dadfailed', since: null, probed: false },
  ],
  complaints: [],
}

const FAILED: StatusDocument = {
  ...WRITTEN,
  verdict: 'failed',
  may_serve: false,
  reasons: [
    'udp/192.0.2.11 127.in-addr.arpa SOA: refused (connection refused: nothing listens there)',
  ],
  override: {
    mode: 'drained',
    by: 'root',
    reason: 'new switch',
    sinceWallMs: 1_767_000_000_000,
    untilWallMs: null,
  },
  complaints: ['order of recdns: the order lists no server; the last good order stays in force'],
  flap: {
    sweeping: 'waiting',
    failures: 2,
    passes: 0,
    backoff_ms: 4000,
    hold_down_ms: 9000,
    next_sweep_ms: 3500,
    sweeps: 1,
    relapses: 1,
    probation_ms: 0,
  },
  instances: [
    {
      ...instance(0),
      rank: null,
      standing: 'failed',
      priority: 10,
    },
    { ...instance(1), standing: 'isolated', priority: 'fault', addresses: [] },
  ],
  upstreams: [
    { name: 'internet', up: false, passed: 1, of: 3, quorum: 2 },
    { name: 'roots', up: null, passed: 0, of: 2, quorum: 1 },
  ],
  targets: [{ ...target('udp/192.0.2.11', 'refused', null), at: '2026-01-01T11:59:59.500Z' }],
  addresses: [],
}

function target(name: string, outcome: 'ok' | 'timeout' | 'refused', latencyMs: number | null) {
  return {
    target: name,
    interface: 'eth0',
    outcome,
    latency_ms: latencyMs,
    late_ms: 50,
    at: '2026-01-01T11:59:59.000Z',
    ignored: false,
  }
}

function instance(at: number) {
  const found = WRITTEN.instances[at]
  if (found === undefined) throw new Error(`there is no instance ${at}`)
  return found
}

function view(document: StatusDocument, options: Partial<StatusViewOptions> = {}): string[] {
  const defaults = { style: PLAIN, sinceWrittenMs: 400, stale: null, columns: 80 }
  return statusView(document, { ...defaults, ...options }).split('\n')
}

describe('the view of a status', () => {
  test('of a healthy server', () => {
    expect(view(WRITTEN)).toEqual([
      'dns1 is healthy (for 12 min)',
      '',
      'INSTANCE  RANK    STANDING  PRIORITY  HOLDS  ADDRESSES',
      'recdns0   1 of 3  healthy   250       yes    192.0.2.53 2001:db8:0:1::53',
      'recdns1   3 of 3  healthy   150       no     192.0.2.54 2001:db8:0:1::54',
      '                                             2001:db8:ffff:ffff:ffff::54',
      '',
      'next sweep in 500 ms, 720 sweeps so far',
      'upstream internet is up: 3 of 3 answered, 2 needed',
      '',
      'TARGET                OUTCOME          LATENCY   LATE AT  ASKED',
      'udp/192.0.2.11        ok               0.421 ms  50 ms    1.4 s ago',
      'tcp/2001:db8:0:1::11  ok               12.3 ms   50 ms    1.4 s ago',
      'udp/192.0.2.53        timeout (young)  -         50 ms    1.4 s ago',
      'tcp/192.0.2.53        not asked        -         50 ms    -',
      '',
      'address 2001:db8::9 on eth0 is dadfailed: not asked',
    ])
  })

  test('of a failed one, with all that can be said', () => {
    expect(view(FAILED)).toEqual([
      'dns1 is failed (for 12 min)',
      '',
      '  because udp/192.0.2.11 127.in-addr.arpa SOA: refused (connection refused:',
      '    nothing listens there)',
      '  drained by root since 2025-12-29T09:20:00.000Z: new switch',
      '  note: order of recdns: the order lists no server; the last good order stays in',
      '    force',
      '',
      'INSTANCE  RANK      STANDING  PRIORITY  HOLDS  ADDRESSES',
      'recdns0   unlisted  failed    10        yes    192.0.2.53 2001:db8:0:1::53',
      'recdns1   3 of 3    isolated  FAULT     no',
      '',
      'next sweep in 3.1 s, 1 sweep so far, failing sweeps counted: 2, relapses',
      'remembered: 1, backoff 4 s, hold-down for 8.6 s more',
      'upstream internet is down: 1 of 3 answered, 2 needed',
      'upstream roots is not asked yet: 0 of 2 answered, 1 needed',
      '',
      'TARGET          OUTCOME  LATENCY  LATE AT  ASKED',
      'udp/192.0.2.11  refused  -        50 ms    900 ms ago',
    ])
  })

  test('of a stale one: nothing that is past is called present', () => {
    const stale = 'it expired 57.0 s ago'
    const lines = view(FAILED, { sinceWrittenMs: 60_000, stale })
    expect(lines.slice(0, 3)).toEqual([
      'dns1 was failed when the daemon wrote last',
      'STALE: it expired 57.0 s ago; keepalived gets no for an answer',
      'the daemon has ended or hangs; see "systemctl status holdfast"',
    ])
    expect(lines.join('\n')).not.toMatch(/next sweep|hold-down/)
    expect(lines.at(-1)).toBe('udp/192.0.2.11  refused  -        50 ms    60.5 s ago')
  })

  test('waits count from the moment of reading', () => {
    const sweepLine = (sinceWrittenMs: number) =>
      view(FAILED, { sinceWrittenMs }).find((line) => line.includes('so far'))
    expect(sweepLine(0)).toStartWith('next sweep in 3.5 s')
    expect(sweepLine(3000)).toStartWith('next sweep in 500 ms')
    expect(sweepLine(3500)).toStartWith('the next sweep is due')
    const running = { ...WRITTEN.flap, sweeping: 'burst', next_sweep_ms: null } as const
    expect(view({ ...WRITTEN, flap: running }).join()).toContain('a burst sweep runs')
    const none = { ...WRITTEN.flap, next_sweep_ms: null }
    expect(view({ ...WRITTEN, flap: none }).join()).toContain('no sweep is planned')
  })

  test('probation is told with what is left of it', () => {
    const flap = { ...WRITTEN.flap, relapses: 1, probation_ms: 48_000 }
    expect(view({ ...WRITTEN, flap }).join(' ')).toContain('on probation for 48 s of clean sweeps')
  })

  test('colours paint words and change no column', () => {
    const coloured = view(FAILED, { style: COLOURED }).join('\n')
    expect(coloured).toContain('\u001b[1mdns1\u001b[0m is \u001b[31mfailed\u001b[0m (for 12 min)')
    expect(coloured).toContain('\u001b[31misolated  \u001b[0m')
    expect(coloured).toContain('\u001b[31mrefused  \u001b[0m')
    expect(coloured).toContain('upstream internet is \u001b[31mdown\u001b[0m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are such
    expect(coloured.replace(/\u001b\[\d+m/g, '').split('\n')).toEqual(view(FAILED))
  })

  test('nothing in a document steers the terminal', () => {
    const evil = '\u001b[2J\u0007\r\u009b31m'
    const document = {
      ...FAILED,
      server: evil,
      reasons: [evil],
      complaints: [evil],
      instances: [{ ...instance(0), name: evil, addresses: [evil] }],
      targets: [target(evil, 'ok', 1)],
      upstreams: [{ name: evil, up: true, passed: 1, of: 1, quorum: 1 }],
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(view(document).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  test('fits 80 columns, and wraps at what there is', () => {
    for (const document of [WRITTEN, FAILED]) {
      expect(Math.max(...view(document).map((line) => line.length))).toBeLessThanOrEqual(80)
    }
    const wide = view(FAILED, { columns: 200 })
    expect(wide).toContain(`  because ${FAILED.reasons[0]}`)
  })

  test('a document with other details is refused, not shown as nonsense', () => {
    for (const damage of [
      { flap: undefined },
      { flap: {} },
      { instances: [{}] },
      { targets: [null] },
      { server: 7 },
      { upstreams: 'none' },
      { reasons: [{}] },
      { override: 'drained' },
    ]) {
      const document = { ...WRITTEN, ...damage } as unknown as StatusDocument
      expect(() => view(document)).toThrow()
    }
  })
})

describe('the age of a status', () => {
  const now: BootMoment = { bootMs: 1_002_500, bootId: 'this' }

  test('is told by the boot clock, whatever the wall clock says', () => {
    for (const wallMs of [0, Date.parse('2066-01-01')])
      expect(sinceWrittenMs(WRITTEN, now, wallMs)).toBe(2500)
  })

  test('of another boot is told by the wall clock, as well as that goes', () => {
    const other = { ...now, bootId: 'another' }
    expect(sinceWrittenMs(WRITTEN, other, Date.parse('2026-01-01T12:01:00Z'))).toBe(60_000)
    expect(sinceWrittenMs(WRITTEN, other, 0)).toBe(0)
    expect(readStatus(JSON.stringify(WRITTEN), other).kind).toBe('stale')
  })
})

describe('colour', () => {
  test('is for terminals, and never against NO_COLOR', () => {
    expect(wantsColour(true, {})).toBe(true)
    expect(wantsColour(true, { NO_COLOR: '' })).toBe(true)
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false)
    expect(wantsColour(false, {})).toBe(false)
  })
})
