// What an operator sees of a status: what must be told, and what must never be.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  type BootMoment,
  readStatus,
  type StatusDocument,
  sinceWrittenMs,
} from '../../src/documents/status-document.ts'
import { COLOURED, PLAIN, wantsColour } from '../../src/view/style.ts'
import {
  ALL_SIGNS,
  crowded,
  FAILED,
  instance,
  stripsOf,
  target,
  view,
  WELL,
} from './status/documents.ts'

describe('the view of a status', () => {
  test('of a stale one: nothing that is past is called present', () => {
    const stale = 'it expired 57.0 s ago'
    const lines = view(FAILED, { sinceWrittenMs: 60_000, stale })
    expect(lines.slice(0, 5)).toEqual([
      'dns1 was failed when the daemon wrote last',
      '='.repeat(80),
      '  STALE: it expired 57.0 s ago; keepalived gets no for an answer',
      '  the daemon has ended or hangs; see "systemctl status holdfast"',
      '',
    ])
    expect(lines.join('\n')).not.toMatch(/next sweep|hold-down|answer$/)
  })

  test('waits count from the moment of reading', () => {
    const clocks = (sinceWrittenMs: number, flap: StatusDocument['flap'] = FAILED.flap) =>
      view({ ...FAILED, flap }, { sinceWrittenMs }).find((line) =>
        /sweep(ing|s? (\[|runs|is|\d))/.test(line),
      )
    expect(clocks(0)).toStartWith('next sweep [#######.]  3.5 s   backoff 4 s   hold-down')
    expect(clocks(3000)).toStartWith('next sweep [#.......]  0.5 s')
    expect(clocks(3500)).toStartWith('sweeping   backoff')
    expect(clocks(8500)).toContain('hold-down [#.......]  0.5 s more')
    expect(clocks(9000)).not.toContain('hold-down')
    const running = { ...WELL.flap, sweeping: 'burst', next_sweep_ms: null } as const
    expect(clocks(0, running)).toStartWith('a burst sweep runs')
    expect(clocks(0, { ...WELL.flap, next_sweep_ms: null })).toStartWith('no sweep is planned')
    expect(clocks(0, { ...FAILED.flap, next_sweep_ms: 100_000, backoff_ms: 120_000 })).toStartWith(
      'next sweep [#######.] 100 s   backoff 2 min',
    )
  })

  test('of a daemon that does not say how long its waits were has no bars for them', () => {
    const { spans: _, ...flap } = FAILED.flap
    const shown = view({ ...FAILED, flap }).join('\n')
    expect(shown).toContain('next sweep [######..]  3.1 s   backoff 4 s   hold-down  8.6 s more')
    expect(shown).toContain('probation 48.0 s clean to go')
  })

  test('of many targets that fail alike gives the reason once', () => {
    const end = '127.in-addr.arpa SOA: refused (connection refused: nothing listens there)'
    const reasons = ['udp/192.0.2.1', 'tcp/192.0.2.1', 'udp/::1'].map((name) => `${name} ${end}`)
    const shown = view({ ...FAILED, reasons: [...reasons, 'udp/::1 a A: timeout (slow)'] })
    expect(shown.filter((line) => line.includes('because'))).toEqual([
      '  because udp/192.0.2.1 127.in-addr.arpa SOA: refused (connection refused:',
      '  because udp/::1 a A: timeout (slow)',
    ])
    expect(shown).toContain('    nothing listens there); and 2 more like it')
  })

  test('says who holds what is not held here, where that is known', () => {
    const holding = (holders: [string, string | null][]) =>
      view(WELL, { holders: new Map(holders) }).find((line) => line.startsWith('recdns1'))
    expect(holding([])).toMatch(/150 +- no {3}192/)
    expect(holding([['recdns1', 'dns3']])).toMatch(/150 +- no, dns3 {2}192/)
    expect(holding([['recdns1', null]])).toMatch(/150 +- no, another {2}192/)
  })

  test('colours paint words and change no column', () => {
    for (const signs of ALL_SIGNS) {
      const options = { signs, strips: stripsOf(FAILED) }
      const coloured = view(FAILED, { ...options, style: COLOURED }).join('\n')
      expect(coloured).toContain('\u001b[1mdns1\u001b[0m is \u001b[31mfailed\u001b[0m (for 12 min)')
      expect(
        Bun.stripANSI(coloured)
          .split('\n')
          .map((line) => line.trimEnd()),
      ).toEqual(view(FAILED, options))
    }
  })

  test('a document with other details is refused, not shown as nonsense', () => {
    for (const damage of [
      { flap: undefined },
      { flap: {} },
      { instances: [{}] },
      { targets: [null] },
      { targets: [{ ...target('udp/192.0.2.1', 'ok', 1), latency_ms: 'quick' }] },
      { targets: [{ ...target('udp/192.0.2.1', 'ok', 1), outcome: {} }] },
      { server: 7 },
      { upstreams: 'none' },
      { reasons: [{}] },
      { override: 'drained' },
    ]) {
      const document = { ...WELL, ...damage } as unknown as StatusDocument
      expect(() => view(document)).toThrow()
    }
  })
})

describe('many targets', () => {
  const many = crowded(150)

  test('are summed up, but for those that need to be seen', () => {
    const lines = view(many)
    expect(lines.length).toBeLessThan(30)
    expect(lines.filter((line) => line.includes('timeout')).length).toBe(1)
    expect(lines).toContain('eth2  150 addresses, 1 not well')
    expect(lines.find((line) => line.includes('149 others'))).toMatch(/ok 14\.9 ms +ok 0\.50 ms$/)
    expect(lines.find((line) => line.includes('* 192.0.2.53'))).toBeDefined()
    expect(lines.findIndex((line) => line.startsWith('eth2'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('lo')),
    )
  })

  test('are all shown on demand', () => {
    const addresses = view(many, { all: true }).filter((line) => /^[* ] \S+ +ok /.test(line))
    expect(addresses.length).toBe(303)
  })

  test('of which all are in trouble are cut, and the rest is counted', () => {
    const targets = many.targets.map((target) => ({ ...target, outcome: 'timeout' as const }))
    const lines = view({ ...many, targets, verdict: 'failed' }, { rows: 40 })
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(lines.find((line) => /^\d+ more rows$/.test(line))).toBeDefined()
  })
})

describe('whatever is in a document', () => {
  const evil = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('\u001b[2J\u0007\r', '\u009b31m', '漢字'.repeat(30), 'a'.repeat(300), '', '/'),
  )
  const documents = fc.record({
    texts: fc.array(evil, { minLength: 4, maxLength: 4 }),
    many: fc.nat(3),
  })
  const screens = fc.record({
    columns: fc.integer({ min: 20, max: 200 }),
    rows: fc.option(fc.integer({ min: 1, max: 60 })),
    signs: fc.constantFrom(...ALL_SIGNS),
    all: fc.boolean(),
  })

  test('no line is wider than the terminal, no more of them than its rows, and nothing steers it', () => {
    fc.assert(
      fc.property(documents, screens, ({ texts, many }, screen) => {
        const [a = '', b = '', c = '', d = ''] = texts
        const base = many === 0 ? FAILED : crowded(many * 20)
        const document: StatusDocument = {
          ...base,
          server: a,
          reasons: [b],
          complaints: [c],
          instances: [{ ...instance(0), name: d, addresses: [a, b] }, instance(1)],
          targets: [
            ...base.targets,
            { ...target(c, 'ok', 1), interface: d },
            target(a, 'refused', 1),
          ],
          upstreams: [{ name: d, up: true, passed: 1, of: 1, quorum: 1 }],
          addresses: [{ address: a, interface: b, state: 'dadfailed', since: null, probed: false }],
        }
        const lines = view(document, { ...screen, strips: stripsOf(document), style: PLAIN })
        for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(screen.columns)
        if (screen.rows !== null) expect(lines.length).toBeLessThanOrEqual(screen.rows)
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
      { numRuns: process.env.HOLDFAST_LONG === '1' ? 2000 : 200 },
    )
  })
})

describe('the age of a status', () => {
  const now: BootMoment = { bootMs: 1_002_500, bootId: 'this' }

  test('is told by the boot clock, whatever the wall clock says', () => {
    for (const wallMs of [0, Date.parse('2066-01-01')])
      expect(sinceWrittenMs(WELL, now, wallMs)).toBe(2500)
  })

  test('of another boot is told by the wall clock, as well as that goes', () => {
    const other = { ...now, bootId: 'another' }
    expect(sinceWrittenMs(WELL, other, Date.parse('2026-01-01T12:01:00Z'))).toBe(60_000)
    expect(sinceWrittenMs(WELL, other, 0)).toBe(0)
    expect(readStatus(JSON.stringify(WELL), other).kind).toBe('stale')
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
