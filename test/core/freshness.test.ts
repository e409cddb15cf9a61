// Upstream groups of a server whose cache goes on answering: what counts as an answer from upstream.
import { describe, expect, test } from 'bun:test'
import type { LogEvent } from '../../src/core/effect.ts'
import type { Probe } from '../../src/dns/probe.ts'
import { testConfig } from './config.ts'
import { type Behaviour, questionOf, startWorld, type World } from './world.ts'

const S = 1000
const TTL_S = 900
/** When upstream is lost; and three rounds, a timeout and a round in which it was fetched later. */
const LOST_MS = 300 * S
const FOUND_MS = LOST_MS + 22 * S

function probe(name: string): Probe {
  const rcode = name.includes('{random}') ? 'NXDOMAIN' : 'NOERROR'
  const expect = { rcode, flags: [], contains: [], minAnswers: 0 }
  return { question: { name, type: 'A', class: 'IN' }, expect }
}

const RANDOM = ['x-{random}.com', 'x-{random}.org', 'x-{random}.de']
const FIXED = ['com', 'org', 'de']

interface Resolver {
  readonly ttlS?: number
  /** By name: a cache that has nothing is asked at that time first. */
  readonly cachedMs?: Readonly<Record<string, number>>
  /** It answers names that are new from what it knows of their neighbours. */
  readonly synthesizes?: boolean
  readonly isReachable: (name: string, nowMs: number) => boolean
  readonly stale?: boolean
}

/** A resolver with a cache: fixed names live in it for their TTL, whole seconds left. */
function resolver({ ttlS = TTL_S, isReachable, ...other }: Resolver): Behaviour {
  const ends = new Map<string, number>()
  for (const [name, atMs] of Object.entries(other.cachedMs ?? {})) ends.set(name, atMs)
  return (query, nowMs) => {
    const { name } = questionOf(query)
    if (name.endsWith('.arpa')) return { outcome: 'ok', latencyMs: 1, ttlS: 86_400 }
    const isKept = !name.includes('{random}') || other.synthesizes === true
    const endMs = ends.get(name) ?? Number.NEGATIVE_INFINITY
    if (isKept && nowMs < endMs) {
      return { outcome: 'ok', latencyMs: 1, ttlS: Math.ceil((endMs - nowMs) / S) }
    }
    if (isReachable(name, nowMs)) {
      ends.set(name, nowMs + ttlS * S)
      return { outcome: 'ok', latencyMs: 20, ttlS }
    }
    if (other.stale === true && endMs > 0) return { outcome: 'stale', latencyMs: 1 }
    return { outcome: 'servfail', latencyMs: 30 }
  }
}

const ALL_KEPT = { com: 900 * S, org: 900 * S, de: 900 * S }
const untilLost = (_: string, nowMs: number) => nowMs < LOST_MS

function play(names: readonly string[], behaviour: Behaviour, choices = {}): World {
  const probes = names.map(probe)
  const world = startWorld(testConfig({ upstream: { probes, ...choices } }))
  world.behaviour = behaviour
  return world
}

/** Answers every name that is new, with these TTLs. */
function upstream(ttlOf: (nowMs: number) => number): Behaviour {
  return (query, nowMs) => {
    const { name } = questionOf(query)
    const isLocal = name.endsWith('.arpa')
    return { outcome: 'ok', latencyMs: 1, ttlS: isLocal ? 86_400 : ttlOf(nowMs) }
  }
}

const lastHealth = ({ healthChanges }: World) => healthChanges.at(-1)?.health
const outcomes = ({ state }: World) => state.upstreams[0]?.checks.map((check) => check.outcome)

function falls({ entries }: World): LogEvent[] {
  return entries
    .map(({ entry }) => entry)
    .filter((logEvent) => logEvent.kind === 'upstream' && !logEvent.up)
}

describe('an outage behind a cache with TTLs of 900 s', () => {
  test('is found by names that are new each time', () => {
    const world = play(RANDOM, resolver({ isReachable: untilLost }))
    world.runUntil(LOST_MS)
    expect(lastHealth(world)).toBe('healthy')
    world.runUntil(FOUND_MS)
    expect(lastHealth(world)).toBe('degraded')
    expect(falls(world)).toMatchObject([
      { passed: 0, failure: { question: 'x-{random}.com A', outcome: 'servfail' } },
    ])
  })

  test('is found by one such name among others: what was fetched before it counts no more', () => {
    const names = ['x-{random}.com', 'org', 'de']
    const world = play(names, resolver({ isReachable: untilLost }))
    world.runUntil(LOST_MS)
    expect(lastHealth(world)).toBe('healthy')
    world.runUntil(FOUND_MS)
    expect(outcomes(world)).toEqual(['servfail', 'cached', 'cached'])
    expect(lastHealth(world)).toBe('degraded')
  })

  test('is found when the first fixed name is gone from the cache, not the last', () => {
    const cachedMs = { com: LOST_MS + 100 * S, org: LOST_MS + 900 * S, de: LOST_MS + 800 * S }
    const world = play(FIXED, resolver({ isReachable: untilLost, cachedMs }))
    world.runUntil(LOST_MS + 100 * S)
    expect(lastHealth(world)).toBe('healthy')
    world.runUntil(FOUND_MS + 100 * S)
    expect(lastHealth(world)).toBe('degraded')
  })

  test('is found where the cache answers stale', () => {
    const world = play(FIXED, resolver({ ttlS: 10, isReachable: untilLost, stale: true }))
    world.runUntil(LOST_MS)
    expect(lastHealth(world)).toBe('healthy')
    world.runUntil(FOUND_MS + 10 * S)
    expect(outcomes(world)).toEqual(['stale', 'stale', 'stale'])
    expect(lastHealth(world)).toBe('degraded')
  })

  test('ends when the names that are new are answered again, whatever the cache has', () => {
    const isReachable = (_: string, nowMs: number) => nowMs < LOST_MS || nowMs > LOST_MS + 60 * S
    const world = play(['x-{random}.com', 'org', 'de'], resolver({ isReachable }))
    world.runUntil(LOST_MS + 60 * S)
    expect(lastHealth(world)).toBe('degraded')
    world.runUntil(LOST_MS + 76 * S)
    expect(lastHealth(world)).toBe('healthy')
  })
})

describe('a zone of which one cannot be reached', () => {
  const allButCom = (name: string) => !name.endsWith('com')

  test('is no outage where the quorum is met by answers that are new', () => {
    const world = play(RANDOM, resolver({ isReachable: allButCom }), { fall: 1 })
    world.runUntil(LOST_MS)
    expect(outcomes(world)).toEqual(['servfail', 'ok', 'ok'])
    expect(falls(world)).toEqual([])
  })

  test.each([100, 500, 1000, 1500, 2500])('nor with a round each %d ms', (periodMs) => {
    const world = play(RANDOM, resolver({ isReachable: allButCom }), { fall: 1, periodMs })
    world.runUntil(60 * S)
    expect(falls(world)).toEqual([])
  })

  test('is none any more when the others have been fetched since it failed', () => {
    const isReachable = (name: string, nowMs: number) => name !== 'com' || nowMs < LOST_MS
    const cachedMs = { com: LOST_MS, org: LOST_MS + 100 * S, de: LOST_MS + 200 * S }
    const world = play(FIXED, resolver({ isReachable, cachedMs }))
    world.runUntil(LOST_MS + 90 * S)
    expect(lastHealth(world)).toBe('degraded')
    world.runUntil(LOST_MS + 230 * S)
    expect(outcomes(world)).toEqual(['servfail', 'ok', 'ok'])
    expect(lastHealth(world)).toBe('healthy')
  })
})

describe('answers to names that are new, made from what is known of their neighbours', () => {
  test('count for nothing: the server is degraded before there is an outage', () => {
    const world = play(RANDOM, resolver({ isReachable: untilLost, synthesizes: true }))
    world.runUntil(30 * S)
    expect(outcomes(world)).toEqual(['cached', 'cached', 'cached'])
    expect(lastHealth(world)).toBe('degraded')
    expect(falls(world)).toMatchObject([{ failure: { outcome: 'cached' } }])
  })

  test('are not taken for such where a zone lowers its TTL', () => {
    let ttlS = 86_400
    const world = play(RANDOM, () => ({ outcome: 'ok', latencyMs: 1, ttlS }))
    world.runUntil(100 * S)
    ttlS = 900
    world.runUntil(4000 * S)
    expect(falls(world)).toEqual([])
    expect(outcomes(world)).toEqual(['ok', 'ok', 'ok'])
  })

  test.each<[string, (nth: number) => number]>([
    ['of two forwarders by turns', (nth) => [900, 600][nth % 2] ?? 0],
    ['of two forwarders in no order', (nth) => [60, 30][((nth * nth) >> 2) % 2] ?? 0],
    ['that are new each time', (nth) => 900 - ((nth * 47) % 300)],
  ])('nor with TTLs %s', (_, ttlOf) => {
    let asked = 0
    const world = play(
      RANDOM,
      upstream(() => ttlOf(Math.floor(asked++ / 3))),
    )
    let cached = 0
    for (let nowMs = 10 * S; nowMs < 1000 * S; nowMs += 5 * S) {
      world.runUntil(nowMs)
      cached += outcomes(world)?.filter((outcome) => outcome === 'cached').length ?? 0
    }
    expect(cached).toBeLessThan(asked / 8)
    expect(falls(world)).toEqual([])
  })

  test('are known as such, with an end of their own in each of three places', () => {
    const endsMs = [900 * S, 800 * S, 950 * S]
    let asked = 0
    const world = play(
      RANDOM,
      upstream((nowMs) => {
        const endMs = endsMs[Math.floor(asked++ / 3) % 3] ?? 0
        return Math.ceil((endMs - nowMs) / S)
      }),
    )
    world.runUntil(60 * S)
    expect(outcomes(world)).toEqual(['cached', 'cached', 'cached'])
    expect(lastHealth(world)).toBe('degraded')
  })

  test('nor where TTLs are not the same each time, or nobody may keep the answer', () => {
    let asked = 0
    const world = play(RANDOM, () => ({ outcome: 'ok', latencyMs: 1, ttlS: 60 + (++asked % 4) }))
    world.runUntil(600 * S)
    world.behaviour = () => ({ outcome: 'ok', latencyMs: 1 })
    world.runUntil(900 * S)
    expect(falls(world)).toEqual([])
  })
})

test('a lost query each round takes no credit from the others', () => {
  let asked = 0
  const world = play(FIXED, (query, nowMs) => {
    const isLost = questionOf(query).name in { com: 0, org: 0, de: 0 } && ++asked % 4 === 0
    if (isLost) return { outcome: 'timeout', latencyMs: query.timeoutMs }
    return resolver({ isReachable: () => true, cachedMs: ALL_KEPT })(query, nowMs)
  })
  world.runUntil(300 * S)
  expect(asked).toBeGreaterThan(100)
  expect(falls(world)).toEqual([])
})

test('fixed names alone leave a server in good health for as long as nothing fails', () => {
  const world = play(FIXED, resolver({ isReachable: () => true }))
  world.runUntil(3000 * S)
  expect(falls(world)).toEqual([])
  expect(outcomes(world)).toEqual(['ok', 'ok', 'ok'])
})

test('a required probe that is answered stale is answered, for so are clients', () => {
  const world = startWorld(testConfig())
  world.runUntil(2 * S)
  world.behaviour = () => ({ outcome: 'stale', latencyMs: 1 })
  world.runUntil(60 * S)
  expect(lastHealth(world)).toBe('healthy')
  expect(world.state.required.checks.map((check) => check.outcome)).toContain('stale')
})
