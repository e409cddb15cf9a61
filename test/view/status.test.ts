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
  endpoint,
  FAILED,
  instance,
  stripsOf,
  view,
  WELL,
} from './status/documents.ts'
import { DEAD, DRAINED, PROBATION } from './status/states.ts'

describe('the view of a status', () => {
  test('of a stale one: nothing that is past is called present', () => {
    const stale = 'it expired 57.0 s ago'
    const lines = view(FAILED, { sinceWrittenMs: 60_000, stale })
    expect(lines.slice(0, 3)).toEqual([
      'dns1  STALE: it expired 57.0 s ago; last state: isolated',
      '     holdfast check fails and keepalived uses priority 1',
      '     try: systemctl status holdfast',
    ])
    expect(lines.join('\n')).not.toMatch(/next check|backoff held|checks:/)
  })

  test('begins with the state, whatever the checks say', () => {
    const first = (document: StatusDocument) => view(document)[0]
    expect(first(DRAINED)).toStartWith('dns1  DRAINED by root 21s ago: kernel update ')
    expect(first(DRAINED)).toEndWith('checks: 6/6 ok')
    expect(first(PROBATION)).toStartWith('dns1  PROBATION: healthy, 39s until failback (1 repeat')
    expect(first(WELL)).toStartWith('dns1  SERVING for 12m00s: holds recdns0 ')
    const idle = { ...instance(0), holding: false }
    expect(first({ ...WELL, instances: [idle] })).toContain('SERVING for 12m00s: holds no address')
    const starting = {
      ...WELL,
      health: 'failed',
      may_serve: false,
      reasons: ['the first check cycle has not finished'],
      causes: [{ code: 'starting' }],
      instances: [{ ...instance(0), state: 'failed' }],
    } as const
    expect(first(starting)).toStartWith('dns1  STARTING for 12m00s: the first check cycle has not')
    const unlisted = { ...instance(0), rank: null, state: 'drained' } as const
    expect(first({ ...WELL, instances: [unlisted] })).toStartWith(
      'dns1  DRAINED: not in the order file of recdns',
    )
  })

  test('of a drained server that fails says both', () => {
    const shown = view({ ...DEAD, override: DRAINED.override })
    expect(shown[0]).toStartWith('dns1  FAILED for 3.3s: 6 of 6 endpoints conn-refused')
    expect(shown.join('\n')).toContain('also drained by root 21s ago: kernel update')
  })

  test('in shadow mode says so below the state', () => {
    expect(view(WELL).join('\n')).not.toContain('shadow')
    expect(view({ ...WELL, shadow: true })[1]).toBe('     shadow mode is on, so drain refuses')
  })

  test('of a drained server says how to end that, and when it ends by itself', () => {
    const undo = (document: StatusDocument) => view(document)[1]
    expect(undo(DRAINED)).toBe('     undo: holdfast undrain   automatic end: none')
    const { override } = DRAINED
    if (override === null) throw new Error('it is not drained')
    const until = { ...override, untilWallMs: Date.UTC(2026, 0, 1, 14) }
    expect(undo({ ...DRAINED, override: until })).toEndWith('end: 2026-01-01T14:00:00.000Z')
  })

  test('waits count from the moment of reading', () => {
    const timers = (sinceWrittenMs: number, flap: StatusDocument['flap'] = FAILED.flap) =>
      view({ ...DEAD, flap }, { sinceWrittenMs }).find((line) => /backoff|next check/.test(line))
    expect(timers(0)).toStartWith('next check in 3.5s   backoff 4.0s   backoff held for 9.0s')
    expect(timers(3000)).toStartWith('next check in 500ms')
    expect(timers(3500)).toStartWith('backoff 4.0s')
    expect(timers(8500)).toContain('backoff held for 500ms')
    expect(timers(9000)).not.toContain('held')
  })

  test('has timers only where one runs, and no bars', () => {
    expect(view(WELL).join('\n')).not.toMatch(/next check|backoff|\[#/)
  })

  test('explains its marks where they say something, and to those who watch', () => {
    const calm = new Map([...stripsOf(WELL)].map(([name]) => [name, '.'.repeat(60)]))
    const legend = (options: Parameters<typeof view>[1]) =>
      view(WELL, { strips: calm, ...options }).some((line) => line.startsWith('last 5 min:'))
    expect(legend({})).toBe(false)
    expect(legend({ isWatched: true })).toBe(true)
    expect(legend({ strips: stripsOf(WELL) })).toBe(true)
  })

  test('that is watched ends with the last events', () => {
    const events = Array.from({ length: 9 }, (_, at) => ({
      at: `2026-01-01T11:59:0${at}.000Z`,
      text: `event ${at}`,
    }))
    expect(view({ ...WELL, events }, { isWatched: true }).slice(-6)).toEqual([
      '',
      ...[4, 5, 6, 7, 8].map((at) => `2026-01-01T11:59:0${at}Z  event ${at}`),
    ])
    expect(view({ ...WELL, events }).join('\n')).not.toContain('event')
  })

  test('says what keepalived says, where it does', () => {
    const vrrp = [
      { instance: 'recdns0', state: 'MASTER' },
      { instance: 'recdns1', state: 'BACKUP' },
    ]
    expect(view(WELL, { vrrp }).at(-2)).toBe(
      'keepalived: MASTER of recdns0; BACKUP of recdns1   holdfast 0.1.0',
    )
  })

  test('of many endpoints that fail alike gives the reason once', () => {
    const shown = view(DEAD)
    expect(shown[0]).toContain('6 of 6 endpoints conn-refused (no listener on this')
    expect(shown.join('\n')).not.toContain('127.in-addr.arpa')
    const timeout = {
      code: 'endpoint',
      endpoint: 'udp/::1',
      question: 'a A',
      outcome: 'timeout',
    } as const
    const mixed = view({
      ...DEAD,
      causes: [...DEAD.causes, timeout],
      reasons: [...DEAD.reasons, 'udp/::1 a A: timeout (slow)'],
    })
    expect(mixed.join(' ')).toContain('port); udp/::1 a A: timeout (slow)')
  })

  test('says who holds what is not held here, where that is known', () => {
    const holding = (holders: [string, string | null][]) =>
      view(WELL, { holders: new Map(holders) }).find((line) => line.startsWith('recdns1'))
    expect(holding([])).toMatch(/3\/3 +- not here {2}192/)
    expect(holding([['recdns1', 'dns3']])).toMatch(/3\/3 +- dns3 {2}192/)
    expect(holding([['recdns1', null]])).toMatch(/3\/3 +- another server {2}192/)
  })

  test('colours paint words and change no column', () => {
    for (const signs of ALL_SIGNS) {
      const options = { signs, strips: stripsOf(FAILED) }
      const coloured = view(FAILED, { ...options, style: COLOURED }).join('\n')
      expect(coloured).toContain('\u001b[1mdns1\u001b[0m  \u001b[31mISOLATED\u001b[0m by root')
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
      { endpoints: [null] },
      { endpoints: [{ ...endpoint('udp/192.0.2.1', 'ok', 1), latency_ms: 'quick' }] },
      { endpoints: [{ ...endpoint('udp/192.0.2.1', 'ok', 1), outcome: {} }] },
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

describe('many endpoints', () => {
  const many = crowded(150)

  test('are summed up, but for those that need to be seen', () => {
    const lines = view(many)
    expect(lines.length).toBeLessThan(30)
    expect(lines.filter((line) => line.includes('timeout')).length).toBe(1)
    expect(lines).toContain('eth2  150 addresses, 1 failing')
    expect(lines.find((line) => line.includes('149 others'))).toMatch(/ok 14\.9 ms +ok 0\.50 ms$/)
    expect(lines.find((line) => line.includes('* 192.0.2.53'))).toBeDefined()
    const at = (name: string) => lines.findIndex((line) => line.startsWith(name))
    expect(at('eth0')).toBeLessThan(at('eth2'))
    expect(at('eth2')).toBeLessThan(at('lo'))
  })

  test('are all shown on demand', () => {
    const addresses = view(many, { all: true }).filter((line) => /^[-* ] \S+ +ok /.test(line))
    expect(addresses.length).toBe(303)
  })

  test('of which all are in trouble are cut, and the rest is counted', () => {
    const endpoints = many.endpoints.map((endpoint) => ({
      ...endpoint,
      outcome: 'timeout' as const,
    }))
    const lines = view({ ...many, endpoints, health: 'failed' }, { rows: 40 })
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
          endpoints: [
            ...base.endpoints,
            { ...endpoint(c, 'ok', 1), interface: d },
            endpoint(a, 'conn-refused', 1),
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
