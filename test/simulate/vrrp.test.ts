// keepalived's model: how long a takeover takes, and who must and must not take over.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { downMs, skewMs, type VrrpOptions, type VrrpPriority } from '../../src/simulate/vrrp.ts'
import { createRouters, type Routers } from './routers.ts'

const V2: VrrpOptions = { version: 2, advertMs: 1000 }
const V3: VrrpOptions = { version: 3, advertMs: 100 }

/** Server 0 at 250 is master, server 1 is at 100; `afterMs` later than its last advert. */
function pair(options: VrrpOptions, afterMs = 0): Routers {
  const routers = createRouters(2, options)
  routers.set(0, 250)
  routers.runTo(downMs(options, 250) + 1)
  routers.set(1, 100)
  const { advertPhaseMs } = routers.instance.routers[0] as { advertPhaseMs: number }
  routers.runTo(advertPhaseMs + 20 * options.advertMs + afterMs)
  expect(routers.masters()).toEqual([0])
  return routers
}

/** How long after `action` server 1 became master. */
function takeover(routers: Routers, action: (routers: Routers) => void): number {
  const fromMs = routers.nowMs()
  action(routers)
  routers.runTo(fromMs + 60_000)
  expect(routers.masters()).toEqual([1])
  const moves = routers.moves.filter((move) => move.server === 1 && move.holds)
  expect(moves).toHaveLength(1)
  return (moves[0]?.atMs ?? Number.NaN) - fromMs
}

function lastMoves(routers: Routers, count: number): string[] {
  return routers.moves.slice(-count).map((move) => `${move.holds ? '+' : '-'}${move.server}`)
}

describe('takeover by a backup at priority 100, as measured on keepalived 2.2.7', () => {
  test('a master that leaves says goodbye: only the skew passes', () => {
    for (const priority of ['fault', 'off'] as const) {
      const v2 = takeover(pair(V2, 500), (router) => router.set(0, priority))
      expect(v2).toBeCloseTo(609.4, 0)
      const v3 = takeover(pair(V3, 50), (router) => router.set(0, priority))
      expect(v3).toBeCloseTo(60.9, 0)
    }
  })

  test('nobody is master from the goodbye to the takeover', () => {
    const routers = pair(V2)
    routers.set(0, 'fault')
    routers.runTo(routers.nowMs() + 600)
    expect(routers.masters()).toEqual([])
  })

  test('a priority that falls below: three adverts and the skew, less the age of the last advert', () => {
    const times = (options: VrrpOptions) =>
      [0.01, 0.5, 0.99].map((age) =>
        takeover(pair(options, age * options.advertMs), (router) => router.set(0, 10)),
      )
    const [fresh = 0, half = 0, old = 0] = times(V2)
    expect(fresh).toBeCloseTo(3000 + 609.4 - 10, 0)
    expect(half).toBeCloseTo(3000 + 609.4 - 500, 0)
    expect(old).toBeCloseTo(3000 + 609.4 - 990, 0)
    for (const tookMs of times(V3)) {
      expect(tookMs).toBeGreaterThan(260)
      expect(tookMs).toBeLessThan(362)
    }
  })

  test('the old master serves until the takeover, and not a moment longer', () => {
    const routers = pair(V2)
    takeover(routers, (router) => router.set(0, 10))
    const [gained, lost] = routers.moves.slice(-2)
    expect([gained?.server, gained?.holds, lost?.server, lost?.holds]).toEqual([1, true, 0, false])
    expect(lost?.atMs).toBe(gained?.atMs)
  })

  test('a cut link says nothing: the timer runs out', () => {
    const tookMs = takeover(pair(V3, 50), (router) => router.setLink(0, false))
    expect(tookMs).toBeCloseTo(360.9 - 50, 0)
  })

  test('a high priority of the backup shortens the skew', () => {
    expect(skewMs(V2, 250)).toBeCloseTo(23.4, 0)
    expect(skewMs(V3, 250)).toBeCloseTo(2.3, 0)
    expect(downMs(V2, 100)).toBeCloseTo(3609.4, 0)
    expect(downMs(V3, 100)).toBeCloseTo(360.9, 0)
  })
})

describe('preemption', () => {
  test('a backup that rises above the master takes over when its timer has run out', () => {
    const tookMs = takeover(pair(V2, 500), (router) => router.set(1, 254))
    expect(tookMs).toBeCloseTo(3000 + 7.8 - 500, 0)
  })

  test('equal priorities stay where they are', () => {
    const routers = pair(V3)
    routers.set(1, 250)
    routers.set(0, 250)
    routers.runTo(routers.nowMs() + 60_000)
    expect(routers.masters()).toEqual([0])
    routers.set(0, 10)
    routers.set(1, 10)
    routers.runTo(routers.nowMs() + 60_000)
    expect(routers.masters()).toEqual([0])
  })

  test('a dip that ends before the timer does costs nothing', () => {
    const routers = pair(V2)
    routers.set(0, 10)
    routers.runTo(routers.nowMs() + 1500)
    routers.set(0, 250)
    routers.runTo(routers.nowMs() + 60_000)
    expect(routers.moves).toHaveLength(1)
  })

  test('a change of priority shifts the timer that runs', () => {
    const routers = pair(V2)
    const tookMs = takeover(routers, (router) => {
      router.set(0, 10)
      router.runTo(router.nowMs() + 2000)
      router.set(1, 244)
    })
    expect(tookMs).toBeCloseTo(3000 + 46.9, 0)
  })

  test('with all in FAULT nobody holds; with all weighted down one does', () => {
    const routers = pair(V3)
    routers.set(0, 'fault')
    routers.set(1, 'fault')
    routers.runTo(routers.nowMs() + 10_000)
    expect(routers.masters()).toEqual([])
    routers.set(0, 1)
    routers.set(1, 1)
    routers.runTo(routers.nowMs() + 10_000)
    expect(routers.masters()).toHaveLength(1)
  })
})

describe('partitions', () => {
  test('both sides hold; when it heals the lower one steps down within an advert', () => {
    const routers = createRouters(3, V2)
    for (const [server, priority] of [250, 200, 150].entries()) routers.set(server, priority)
    routers.runTo(10_000)
    routers.partition([[0], [1, 2]])
    routers.runTo(20_000)
    expect(routers.masters()).toEqual([0, 1])
    routers.partition([])
    routers.runTo(21_000)
    expect(routers.masters()).toEqual([0])
    expect(lastMoves(routers, 1)).toEqual(['-1'])
  })

  test('of two equal masters the one with the higher address stays', () => {
    const routers = createRouters(2, V3)
    routers.partition([[0], [1]])
    routers.set(0, 55)
    routers.set(1, 55)
    routers.runTo(5000)
    expect(routers.masters()).toEqual([0, 1])
    routers.partition([])
    routers.runTo(5200)
    expect(routers.masters()).toEqual([1])
  })
})

interface Change {
  readonly afterMs: number
  readonly action: (routers: Routers) => void
}

const SERVERS = 4

type Action =
  | readonly ['priority', number, VrrpPriority]
  | readonly ['link', number, boolean]
  | readonly ['split', number, boolean]

function carryOut(routers: Routers, [kind, number, what]: Action): void {
  const all = Array.from({ length: SERVERS }, (_, index) => index)
  if (kind === 'priority') routers.set(number, what)
  else if (kind === 'link') routers.setLink(number, what)
  else routers.partition(what ? [] : [all.slice(0, number), all.slice(number)])
}

const server = fc.integer({ min: 0, max: SERVERS - 1 })
const priority = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(1, 10, 30, 50, 55, 100, 150, 200, 250) },
  fc.constantFrom('fault' as const, 'off' as const),
)
const change: fc.Arbitrary<Change> = fc
  .record({
    afterMs: fc.integer({ min: 0, max: 6000 }),
    action: fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('priority' as const), server, priority) },
      fc.tuple(fc.constant('link' as const), server, fc.boolean()),
      fc.tuple(fc.constant('split' as const), fc.integer({ min: 0, max: SERVERS }), fc.boolean()),
    ),
  })
  .map(({ afterMs, action }) => ({
    afterMs,
    action: (router: Routers) => carryOut(router, action),
  }))

/** Sets of servers that hear each other. */
function components(routers: Routers): number[][] {
  const found: number[][] = []
  for (let one = 0; one < SERVERS; one++) {
    const home = found.find((group) => routers.hear(one, group[0] as number))
    if (home === undefined) found.push([one])
    else home.push(one)
  }
  return found
}

const options = fc.constantFrom(V2, V3)

test('whatever happened: soon after the last change each part has one master, its best', () => {
  fc.assert(
    fc.property(options, fc.array(change, { maxLength: 30 }), (vrrp, changes) => {
      const routers = createRouters(SERVERS, vrrp)
      for (const { afterMs, action } of changes) {
        routers.runTo(routers.nowMs() + afterMs)
        action(routers)
      }
      // The longest timer twice over: one for the takeover, one for a better one that started late.
      routers.runTo(routers.nowMs() + 2 * downMs(vrrp, 1) + vrrp.advertMs)
      for (const group of components(routers)) {
        const able = group.filter(
          (value) => typeof routers.instance.routers[value]?.priority === 'number',
        )
        const worth = (value: number) => routers.instance.routers[value]?.priority as number
        const masters = group.filter((value) => routers.instance.routers[value]?.state === 'master')
        expect(masters).toHaveLength(able.length > 0 ? 1 : 0)
        for (const master of masters)
          expect(worth(master)).toBe(Math.max(...able.map((value) => worth(value))))
      }
      const before = routers.moves.length
      routers.runTo(routers.nowMs() + 600_000)
      expect(routers.moves.length).toBe(before)
    }),
    { numRuns: 1000 },
  )
})

test('among equals nothing moves, whatever comes and goes beside the master', () => {
  const others = fc.tuple(
    fc.integer({ min: 0, max: 5000 }),
    fc.integer({ min: 1, max: SERVERS - 1 }),
    fc.constantFrom(10, 'off' as const, 'fault' as const),
  )
  fc.assert(
    fc.property(options, fc.array(others, { maxLength: 20 }), (vrrp, changes) => {
      const routers = createRouters(SERVERS, vrrp)
      routers.set(0, 10)
      routers.runTo(downMs(vrrp, 10) + 1)
      for (const [afterMs, value, worth] of changes) {
        routers.runTo(routers.nowMs() + afterMs)
        routers.set(value, worth)
      }
      routers.runTo(routers.nowMs() + 20_000)
      expect(routers.moves).toHaveLength(1)
      expect(routers.masters()).toEqual([0])
    }),
  )
})

test('every takeover has a cause: moves are never more than changes allow', () => {
  fc.assert(
    fc.property(options, fc.array(change, { maxLength: 30 }), (vrrp, changes) => {
      const routers = createRouters(SERVERS, vrrp)
      for (const { afterMs, action } of changes) {
        routers.runTo(routers.nowMs() + afterMs)
        action(routers)
      }
      routers.runTo(routers.nowMs() + 60_000)
      const takeovers = routers.moves.filter((move) => move.holds).length
      expect(takeovers).toBeLessThanOrEqual(2 * changes.length)
    }),
    { numRuns: 300 },
  )
})
