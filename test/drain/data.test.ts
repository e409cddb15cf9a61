// What drain reads: keepalived's dump, names to warm a cache with, orders beside orders, peers.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Given, Override } from '../../src/core/override.ts'
import type { Peer } from '../../src/documents/peers-document.ts'
import { mergeOrders, untilLater } from '../../src/drain/merge.ts'
import { successorsIn } from '../../src/drain/peers.ts'
import { parseWarmNames } from '../../src/drain/warm-names.ts'
import { parseDump, type RunningInstance } from '../../src/keepalived/dump.ts'
import { type Hearing, holdersIn, virtualRoutersIn } from '../../src/keepalived/election.ts'
import { orderTo } from '../support/order-to.ts'
import { INSTANCE } from '../support/status.ts'

const HOUR_MS = 3_600_000

/** An order that was given at a time, 0 unless it is said, and with an end unless that is null. */
function ordered(
  mode: Override['mode'],
  of: { hours: number | null; wallMs?: number; given?: Partial<Given> },
): Override {
  const sinceWallMs = of.wallMs ?? 0
  const given = { bootId: 'one', bootMs: 0, isClockSet: true, ...of.given }
  const order = orderTo(mode, { sinceWallMs })
  if (of.hours === null) return order
  return { ...order, untilWallMs: sinceWallMs + of.hours * HOUR_MS, given }
}

const anOrder = (override: object) => ({ kind: 'order', override: { id: 'new', ...override } })

function dumpText(state: number, adverts: number): string {
  const data = {
    iname: 'one_v6',
    state,
    effective_priority: 30,
    master_priority: 200,
    vips: ['2001:db8::53/64 dev eth0 scope global'],
    auth_data: 'secret',
  }
  return JSON.stringify([{ data, stats: { advert_rcvd: adverts } }])
}

describe("keepalived's dump", () => {
  const clusters = [
    {
      name: 'p',
      orderFile: '',
      instances: [{ name: 'one', addresses: ['2001:db8::53'], reverseOrder: false }],
    },
  ]

  test('is laid out by the config, whatever keepalived calls the instance; the password stays out', () => {
    const dump = parseDump(dumpText(1, 5)) ?? []
    const hearing: Hearing = new Map()
    expect(virtualRoutersIn(dump, clusters, hearing, 0, 1000).get('one')).toEqual([
      { name: 'one_v6', state: 'backup', masterPriority: 200, hears: false },
    ])
    expect(JSON.stringify(dump)).not.toContain('secret')
  })

  test('shows a master that is heard by the adverts between two of them', () => {
    const hearing: Hearing = new Map()
    const hears = (adverts: number, nowMs: number) =>
      virtualRoutersIn(parseDump(dumpText(1, adverts)) ?? [], clusters, hearing, nowMs, 1000).get(
        'one',
      )?.[0]?.hears
    expect([hears(5, 0), hears(6, 100), hears(6, 1000), hears(6, 1200)]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  describe('tells who holds an instance elsewhere', () => {
    const here = { ...INSTANCE, name: 'one', servers: ['dns3', 'dns1', 'dns2'] }
    const [dumped] = parseDump(dumpText(1, 1)) ?? []
    if (dumped === undefined) throw new Error('the dump of this test is none')
    const router = {
      ...{ ...dumped, name: 'one', addresses: ['192.0.2.53'], masterPriority: 250 },
      effectivePriority: Number(here.priority),
    }
    const holder = (instance: object, ...routers: Partial<RunningInstance>[]) =>
      holdersIn(
        routers.map((entry) => ({ ...router, ...entry })),
        [{ ...here, ...instance }],
      ).get('one')

    test('by the rank that the master is worth', () => {
      expect(holder({}, {})).toBe('dns3')
      expect(holder({}, { masterPriority: 150 })).toBe('dns2')
      expect(holder({}, { name: 'other', masterPriority: 150 })).toBe('dns2')
    })

    test('and no name where that is no rank, or not the same one for both families', () => {
      expect(holder({}, { masterPriority: 30 })).toBeNull()
      expect(holder({}, {}, { masterPriority: 150 })).toBeNull()
      expect(holder({ servers: undefined }, {})).toBeNull()
    })

    test('and no name where keepalived here has a priority that the daemon did not publish', () => {
      expect(holder({}, { effectivePriority: 100 })).toBeNull()
    })

    test('and nothing where it is held here, nobody was heard, or it does not take part', () => {
      expect(holder({ holding: true }, {})).toBeUndefined()
      expect(holder({}, { masterPriority: 0 })).toBeUndefined()
      expect(holder({}, { state: 'fault' })).toBeUndefined()
      expect(holder({}, {}, { state: 'master' })).toBeUndefined()
      expect(holder({}, { name: 'other', addresses: [] })).toBeUndefined()
    })
  })

  test('that is empty, cut short or something else is none', () => {
    const whole = dumpText(2, 1)
    for (let length = 0; length < whole.length; length++)
      expect(parseDump(whole.slice(0, length))).toBeNull()
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseDump(text)
      }),
    )
  })
})

describe('names to warm a cache with', () => {
  test('one a line; what is none is counted', () => {
    const text = 'www.example.com AAAA\nexample.org # often\n\n# none\nwww..example A\n'
    expect(parseWarmNames(text)).toEqual({
      questions: [
        { name: 'www.example.com', type: 'AAAA', class: 'IN' },
        { name: 'example.org', type: 'A', class: 'IN' },
      ],
      refused: 1,
      firstRefused: 5,
    })
  })
})

describe('an order beside one in force', () => {
  test('never makes less of it', () => {
    const isolated = orderTo('isolated')
    const drained = orderTo('drained')
    expect(mergeOrders(null, drained).kind).toBe('order')
    expect(mergeOrders(isolated, drained).kind).toBe('enough')
    expect(mergeOrders(drained, isolated)).toEqual({ kind: 'order', override: isolated })
    const one = { ...drained, instances: ['one'] }
    expect(mergeOrders(drained, one).kind).toBe('enough')
    expect(mergeOrders(drained, { ...one, mode: 'isolated' }).kind).toBe('refused')
    expect(mergeOrders(one, { ...drained, instances: ['two'] })).toMatchObject({
      override: { instances: ['one', 'two'] },
    })
    expect(mergeOrders({ ...drained, corrupt: 'garbage' }, one).kind).toBe('order')
  })

  test('never ends it sooner: what counts lasts as long as the longer of the two', () => {
    const for1h = ordered('drained', { hours: 1 })
    const for2h = ordered('isolated', { hours: 2 })
    const endless = ordered('drained', { hours: null })
    const merged = (now: Override, wanted: Override, isProven?: boolean) =>
      mergeOrders(now, { ...wanted, id: 'new' }, isProven)
    for (const isProven of [true, false]) {
      expect(merged(endless, for1h, isProven)).toMatchObject(anOrder({ untilWallMs: null }))
      expect(merged({ ...endless, corrupt: 'garbage' }, for1h, isProven)).toMatchObject(
        anOrder({ untilWallMs: null }),
      )
    }
    expect(merged(for1h, for2h)).toMatchObject(anOrder({ untilWallMs: 2 * HOUR_MS }))
    expect(merged(for1h, endless)).toMatchObject(anOrder({ untilWallMs: null }))
    expect(merged(for2h, for1h).kind).toBe('enough')
    expect(merged(for2h, endless)).toMatchObject(anOrder({ mode: 'isolated', untilWallMs: null }))
    const one = { ...endless, instances: ['one'] }
    expect(merged(for1h, one)).toEqual({ kind: 'order', override: { ...endless, id: 'new' } })
    expect(merged(one, { ...for1h, instances: ['two'] })).toMatchObject(
      anOrder({ instances: ['one', 'two'], untilWallMs: null }),
    )
  })

  test('goes by no clock that has jumped when it looks for the later end', () => {
    // It is half an hour later, and the wall clock has been put a day on.
    const [wallMs, bootMs] = [24 * HOUR_MS, HOUR_MS / 2]
    const until = (now: Override, given: Partial<Given> = {}) => {
      const wanted = ordered('drained', { hours: 0.1, wallMs, given: { bootMs, ...given } })
      return ((untilLater(now, wanted).untilWallMs ?? 0) - wallMs) / HOUR_MS
    }
    const now = ordered('drained', { hours: 1 })
    expect(until(now)).toBe(0.5)
    // After a reboot it goes by the wall clock, or else once more for its whole time.
    expect(until(now, { bootId: 'two' })).toBeCloseTo(0.1)
    expect(until(now, { bootId: 'two', isClockSet: false })).toBe(1)
    expect(until(ordered('drained', { hours: 25 }), { bootId: 'two' })).toBe(1)
    const { given: _, ...byHand } = now
    expect(until(byHand, { isClockSet: false })).toBe(1)
  })

  test('does not weaken a part that is isolated while more is drained', () => {
    const one = orderTo('isolated', { instances: ['one'] })
    for (const wanted of [orderTo('isolated'), { ...one, instances: ['two'] }])
      expect(mergeOrders(one, wanted).kind).toBe('refused')
  })

  test('rests upon nothing that its own drain may take back', () => {
    const drained = orderTo('drained')
    const isolated = orderTo('isolated')
    expect(mergeOrders(isolated, drained, false)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('isolated by ada'),
    })
    expect(mergeOrders(drained, { ...drained, instances: ['one'] }, false).kind).toBe('refused')
    expect(mergeOrders(drained, isolated, false)).toEqual({ kind: 'order', override: isolated })
    expect(mergeOrders(drained, drained, false).kind).toBe('order')
  })
})

describe('successors', () => {
  const peer = (server: string, healthy: boolean, clusters = ['p']): Peer => ({
    server,
    healthy,
    clusters,
    self: server === 's1',
    endpoints: [],
  })

  test('are healthy servers that the order lists, other than this one', () => {
    expect(successorsIn([peer('s1', true), peer('s2', true)], ['p'])).toEqual({
      ok: true,
      servers: ['s2'],
    })
    expect(successorsIn([peer('s1', true), peer('s2', false)], ['p']).ok).toBe(false)
    expect(successorsIn([peer('s1', true), peer('s2', true, [])], ['p']).ok).toBe(false)
    expect(successorsIn([peer('s1', true)], ['p'])).toMatchObject({
      remedy: expect.stringContaining('[servers.NAME]'),
    })
    expect(successorsIn([peer('s2', true, ['p'])], ['p', 'q']).ok).toBe(false)
  })
})
