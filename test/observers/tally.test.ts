// What is counted, over virtual time: outcomes, latencies, cycles, healthChanges, moves, and strips of marks.
import { describe, expect, test } from 'bun:test'
import { STRIP_STEPS, type Tally } from '../../src/documents/tally-document.ts'
import { createTally } from '../../src/observers/tally.ts'
import { testConfig } from '../core/config.ts'
import { createWorld, DEAD, FROZEN, local, questionOf, type World } from '../core/world.ts'
import { orderTo } from '../support/order-to.ts'

const BASE = [local('127.0.0.1', 'lo'), local('192.0.2.11')]

/** A world with its order known and `addresses` on it, and what is counted in it. */
function countedWorld(config = testConfig(), addresses = BASE) {
  const world = createWorld(config)
  const counting = createTally(world.nowMs)
  world.observe = counting.observe
  world.order(['s1', 's2', 's3'])
  world.setAddresses(addresses)
  return { world, counting, read: () => counting.read(world.nowMs) }
}

function count({ queries }: Tally, outcome: string): number {
  return queries
    .filter((query) => query.outcome === outcome)
    .reduce((sum, query) => sum + query.count, 0)
}

function stripOf({ strips }: Tally, endpoint: string): string {
  return strips.find((endpointStrip) => endpointStrip.endpoint === endpoint)?.strip ?? ''
}

function ended({ asked, inFlight }: World): number {
  return asked.length - inFlight.length
}

describe('what is counted', () => {
  test('every query that has ended, by transport, family, group and outcome', () => {
    const config = testConfig({ upstream: {} })
    const { world, read } = countedWorld(config, [...BASE, local('2001:db8::11')])
    world.runUntil(20_000)
    const tally = read()
    const total = tally.queries.reduce((sum, query) => sum + query.count, 0)
    expect(total).toBe(ended(world))
    expect(total).toBeGreaterThan(100)
    expect(
      tally.queries.map(({ transport, family, group }) => `${transport} ${family} ${group}`).sort(),
    ).toEqual(['tcp 4 local', 'tcp 6 local', 'udp 4 internet', 'udp 4 local', 'udp 6 local'])
    expect(tally.confirmations).toBe(0)
    expect(tally.countedMs).toBe(20_000)
  })

  test('latencies of answers fall into cumulative buckets, by their upper bounds', () => {
    const { world, read } = countedWorld(testConfig({ transports: ['udp'] }))
    const latenciesMs = [0.25, 0.3, 30]
    let next = 0
    world.behaviour = () => ({ outcome: 'ok', latencyMs: latenciesMs[next++ % 3] ?? 0 })
    world.runUntil(2990)
    const [only] = read().latency
    // The first check cycle asked both addresses at once, and they took a millisecond each.
    expect(only?.count).toBe(6)
    expect(only?.counts).toEqual([2, 3, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6])
    expect(only?.sumMs).toBeCloseTo(32.8)
  })

  test('cycles, the spread ones apart from those in a burst', () => {
    const { world, read } = countedWorld()
    world.runUntil(30_000)
    world.behaviour = DEAD
    world.runUntil(60_000)
    const cycles = Object.fromEntries(read().cycles.map((cycle) => [cycle.mode, cycle]))
    expect((cycles.spread?.count ?? 0) + (cycles.burst?.count ?? 0)).toBe(
      world.state.required.cycles,
    )
    // Four questions a second: the last one is asked and answered after three quarters of it.
    expect(cycles.spread?.counts.slice(7, 8)).toEqual([cycles.spread?.count ?? 0])
    expect(cycles.spread?.count).toBeGreaterThan(20)
    expect(cycles.burst?.count).toBeGreaterThan(3)
  })

  test('a check cycle with nothing to ask has taken no time', () => {
    const { world, read } = countedWorld(testConfig(), [])
    world.runUntil(10_000)
    const burst = read().cycles.find(({ mode }) => mode === 'burst')
    expect(burst?.count).toBe(world.state.required.cycles)
    expect(burst?.count).toBeGreaterThan(0)
    expect(burst?.sumMs).toBe(0)
  })

  test('changes of the health and of what the server is worth, not where they began', () => {
    const { world, read } = countedWorld()
    world.runUntil(5000)
    world.behaviour = DEAD
    world.runUntil(10_000)
    world.override(orderTo('isolated'))
    const { healthChanges, serverStates } = read()
    expect(healthChanges.map(({ health, count }) => `${health} ${count}`)).toEqual([
      'healthy 1',
      'degraded 0',
      'failed 1',
    ])
    const worth = Object.fromEntries(
      serverStates.map((serverState) => [serverState.state, serverState.count]),
    )
    expect(worth).toEqual({
      healthy: 1,
      probation: 0,
      degraded: 0,
      drained: 0,
      failed: 1,
      isolated: 1,
    })
  })

  test('instances that came and went; one that was here at the start has not come', () => {
    const held = [...BASE, local('192.0.2.53')]
    const { world, read } = countedWorld(testConfig(), held)
    world.runUntil(3000)
    world.setAddresses([...held, local('192.0.2.54', 'eth0', world.nowMs)])
    world.runUntil(6000)
    world.setAddresses(BASE, [
      { address: '192.0.2.53', interface: 'eth0' },
      { address: '192.0.2.54', interface: 'eth0' },
    ])
    expect(read().moves).toEqual([
      { instance: 'recdns0', came: 0, went: 1 },
      { instance: 'recdns1', came: 1, went: 1 },
    ])
  })

  test('a reload keeps all counts, and counts itself', () => {
    const { world, counting, read } = countedWorld()
    world.runUntil(10_000)
    const before = count(read(), 'ok')
    world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig({ transports: ['udp'] }) })
    counting.noteRefusal()
    world.runUntil(20_000)
    const after = read()
    expect(before).toBeGreaterThan(30)
    expect(count(after, 'ok')).toBe(ended(world))
    expect(after.reloads).toEqual({ taken: 1, refused: 1 })
    expect(after.strips.map(({ endpoint }) => endpoint)).toContain('tcp/192.0.2.11')
  })
})

describe('strips', () => {
  test('an endpoint that always answers, and one that came later', () => {
    const { world, read } = countedWorld()
    world.runUntil(304_000)
    world.setAddresses([...BASE, local('192.0.2.53', 'eth0', world.nowMs)])
    world.runUntil(309_000)
    const tally = read()
    expect(stripOf(tally, 'udp/127.0.0.1')).toBe('.'.repeat(STRIP_STEPS))
    expect(stripOf(tally, 'udp/192.0.2.53')).toBe(`${' '.repeat(STRIP_STEPS - 2)}..`)
  })

  test('one lost query is a mark of its own, and no failure', () => {
    const { world, read } = countedWorld()
    world.runUntil(20_000)
    let lost = 0
    world.behaviour = (query, nowMs) =>
      nowMs >= 20_000 && query.endpoint.transport === 'udp' && lost++ === 0
        ? FROZEN(query, nowMs)
        : { outcome: 'ok', latencyMs: 1 }
    world.runUntil(29_000)
    const tally = read()
    expect(tally.confirmations).toBe(1)
    expect(count(tally, 'timeout')).toBe(1)
    const strips = tally.strips.map(({ strip }) => strip.slice(-6)).sort()
    expect(strips).toEqual(['......', '......', '......', '....~.'])
  })

  test('what fails, and what is gone, is the worst of its step', () => {
    const { world, read } = countedWorld(testConfig({ flap: { backoffMaxMs: 1000 } }))
    world.runUntil(10_000)
    world.behaviour = ({ endpoint }) => ({
      outcome: endpoint.address === '192.0.2.11' ? 'address-gone' : 'servfail',
      latencyMs: 1,
    })
    world.runUntil(14_900)
    world.behaviour = () => ({ outcome: 'ok', latencyMs: 1 })
    world.runUntil(19_900)
    const tally = read()
    expect(stripOf(tally, 'udp/127.0.0.1').trim()).toBe('..x.')
    expect(stripOf(tally, 'udp/192.0.2.11').trim()).toBe('..v.')
  })

  test('failures of an address too young to count are marked as doubtful', () => {
    const { world, read } = countedWorld(testConfig({ newAddressGraceMs: 60_000 }))
    world.runUntil(8900)
    world.behaviour = ({ endpoint }) =>
      endpoint.address === '192.0.2.53'
        ? { outcome: 'conn-refused', latencyMs: 1 }
        : { outcome: 'ok', latencyMs: 1 }
    world.setAddresses([...BASE, local('192.0.2.53', 'eth0', world.nowMs)])
    world.runUntil(14_900)
    expect(stripOf(read(), 'tcp/192.0.2.53').trim()).toBe('~~')
  })

  test('upstream groups have none', () => {
    const { world, read } = countedWorld(testConfig({ upstream: {} }))
    world.behaviour = (query) => ({
      outcome: questionOf(query).name.startsWith('www') ? 'servfail' : 'ok',
      latencyMs: 1,
    })
    world.runUntil(20_000)
    expect(count(read(), 'servfail')).toBeGreaterThan(3)
    expect(read().strips.filter(({ strip }) => /x/.test(strip))).toEqual([])
  })
})
