// Bounds that hold whatever is asked for: queries under way, and the time that a status is fresh.
import { describe, expect, test } from 'bun:test'
import type { QueryEffect } from '../../src/core/effect.ts'
import { testConfig } from './config.ts'
import { FROZEN, HEALTHY, local, questionOf, startWorld, type World } from './world.ts'

const UNANSWERED = Array.from({ length: 130 }, (_, index) => ({
  question: { name: `www${index}.example.com`, type: 'A', class: 'IN' as const },
  expect: { rcode: 'NOERROR' as const, flags: [], contains: [], minAnswers: 1 },
}))
const OWN = [local('127.0.0.1', 'lo'), local('192.0.2.11')]

/** Runs in small strides; returns for how long at most the status was stale. */
function runWatched(world: World, untilMs: number): number {
  let staleMs = 0
  for (let atMs = world.nowMs; atMs <= untilMs; atMs += 5) {
    world.runUntil(atMs)
    staleMs = Math.max(staleMs, atMs - world.validUntilMs)
  }
  return staleMs
}

describe('queries under way', () => {
  test('of upstream groups are bounded, and the required ones wait for none of them', () => {
    const upstream = { probes: UNANSWERED, timeoutMs: 30_000 }
    const world = startWorld(testConfig({ timing: { maxConcurrentQueries: 16 }, upstream }), OWN)
    const isUpstream = (query: QueryEffect) => questionOf(query).name.startsWith('www')
    world.behaviour = (query, nowMs) => (isUpstream(query) ? FROZEN : HEALTHY)(query, nowMs)
    world.runUntil(40_000)
    const open = () => world.state.upstreamQueries
    expect(open()).toBe(16)
    expect(world.state.required.cycles).toBeGreaterThanOrEqual(39)
    world.behaviour = FROZEN
    const many = [54, 55, 56, 57].map((value) => local(`192.0.2.${value}`, 'eth0', 40_000))
    world.setAddresses([...OWN, ...many])
    world.runUntil(41_000)
    expect(world.state.reasons[0]).toMatchObject({ kind: 'endpoint', outcome: 'timeout' })
    expect(open()).toBeLessThanOrEqual(16)
  })

  test('an endpoint whose address goes in its grace time is not asked at its end', () => {
    const world = startWorld(testConfig({ timing: { retries: 0 } }), OWN)
    world.runUntil(10_000)
    world.setAddresses([...OWN, local('192.0.2.54', 'eth0', 10_000)])
    world.runUntil(10_999)
    world.setAddresses(OWN, [{ address: '192.0.2.54', interface: 'eth0' }])
    const from = world.asked.length
    world.runUntil(20_000)
    const after = world.asked.slice(from).map(({ query }) => query.endpoint.address)
    expect(after).not.toContain('192.0.2.54')
    expect(world.state.health).toBe('healthy')
  })
})

describe('the status', () => {
  test('of a slow server with little room is renewed while a check cycle drags on', () => {
    const world = startWorld(testConfig({ timing: { maxConcurrentQueries: 1 } }), [
      ...OWN,
      ...[12, 13, 14, 15, 16, 17].map((value) => local(`192.0.2.${value}`)),
    ])
    world.behaviour = () => ({ outcome: 'ok', latencyMs: 490 })
    expect(runWatched(world, 60_000)).toBeLessThanOrEqual(0)
    expect(world.state.health).toBe('healthy')
  })

  test('of a frozen server with little room is renewed while queries are confirmed', () => {
    const world = startWorld(
      testConfig({ timing: { maxConcurrentQueries: 1 }, flap: { fall: 3 } }),
      OWN,
    )
    world.runUntil(10_000)
    world.behaviour = (query) => ({ outcome: 'timeout', latencyMs: query.timeoutMs })
    expect(runWatched(world, 60_000)).toBeLessThanOrEqual(0)
    expect(world.state.health).toBe('failed')
  })

  test('is not renewed by a core that has been stopped', () => {
    const world = startWorld(testConfig(), OWN)
    world.runUntil(5000)
    world.send({ kind: 'stop', nowMs: 5000 })
    expect(world.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
  })
})
