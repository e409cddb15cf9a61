// Cycles: spread while all is well, a burst otherwise; confirmation; what is published when.
import { describe, expect, test } from 'bun:test'
import { MAX_AT_ONCE } from '../../src/core/step-context.ts'
import { testConfig } from './config.ts'
import { type Behaviour, DEAD, FROZEN, HEALTHY, local, startWorld, type World } from './world.ts'

const EIGHT = [
  '127.0.0.1',
  '192.0.2.11',
  '192.0.2.12',
  '192.0.2.13',
  '192.0.2.14',
  '192.0.2.15',
  '::1',
  '2001:db8::1',
].map((address) => local(address, address === '127.0.0.1' || address === '::1' ? 'lo' : 'eth0'))

function kinds(world: World, kind: string) {
  return world.entries.filter(({ entry }) => entry.kind === kind)
}

/** Nothing answers for half a second; when that made it failed, and when it was healthy again. */
function outage(world: World) {
  world.runUntil(2001)
  world.behaviour = DEAD
  world.runUntil(2500)
  world.behaviour = HEALTHY
  world.runUntil(10_000)
  const at = (wanted: string) =>
    world.healthChanges.findLast(({ health }) => health === wanted)?.atMs
  return { failedAt: at('failed') as number, healthyAt: at('healthy') as number }
}

describe('cycles', () => {
  test('nothing is served before the first check cycle has finished', () => {
    const world = startWorld(testConfig())
    expect(world.priorities.get('recdns0')).toBe(10)
    expect(world.state.health).toBe('failed')
    expect(world.state.reasons).toEqual([{ kind: 'starting' }])
    world.runUntil(10)
    expect(world.state.health).toBe('healthy')
    expect(world.priorities.get('recdns0')).toBe(250)
    expect(world.priorities.get('recdns1')).toBe(150)
  })

  test('a healthy cycle is spread evenly: sixteen endpoints at one second are 62.5 ms apart', () => {
    const world = startWorld(testConfig(), EIGHT)
    world.runUntil(999)
    const from = world.asked.length
    world.runUntil(3999)
    const times = world.asked.slice(from).map(({ atMs }) => atMs)
    expect(times.length).toBe(48)
    for (let index = 1; index < times.length; index++) {
      expect((times[index] as number) - (times[index - 1] as number)).toBeCloseTo(62.5, 3)
    }
    expect(
      new Set(
        world.asked
          .slice(from, from + 16)
          .map(({ query }) => `${query.endpoint.transport}/${query.endpoint.address}`),
      ).size,
    ).toBe(16)
  })

  test('a dead server is failed within one gap and the confirmation', () => {
    const world = startWorld(testConfig(), EIGHT)
    world.runUntil(5001)
    world.behaviour = DEAD
    world.runUntil(8000)
    const failed = world.healthChanges.find(({ health }) => health === 'failed')
    expect(failed?.atMs).toBeLessThan(5001 + 62.5 + 100)
    expect(world.priorities.get('recdns0')).toBe(10)
  })

  test('a frozen server is late, asked again, and failed when no answer comes in time', () => {
    const world = startWorld(testConfig(), EIGHT)
    world.runUntil(5001)
    world.behaviour = FROZEN
    world.runUntil(8000)
    const failed = world.healthChanges.find(({ health }) => health === 'failed')
    expect(failed?.atMs).toBeLessThan(5001 + 62.5 + 50 + 100 + 500)
  })

  test('one lost query is no failure, but four in a row are; confirm 0 believes the first', () => {
    for (const [lost, confirm, health] of [
      [1, 3, 'healthy'],
      [3, 3, 'healthy'],
      [4, 3, 'failed'],
      [1, 0, 'failed'],
    ] as const) {
      const world = startWorld(testConfig({ timing: { retries: confirm } }))
      world.runUntil(2001)
      let left = lost as number
      world.behaviour = () =>
        left-- > 0 ? { outcome: 'conn-refused', latencyMs: 0.1 } : { outcome: 'ok', latencyMs: 1 }
      world.runUntil(2990)
      expect(world.state.health).toBe(health)
    }
  })

  test('an answer that comes late but in time clears the suspicion', () => {
    const world = startWorld(testConfig())
    world.runUntil(2001)
    world.behaviour = () => ({ outcome: 'ok', latencyMs: 120 })
    world.runUntil(2950)
    expect(kinds(world, 'suspected').length).toBeGreaterThan(0)
    expect(kinds(world, 'cleared').length).toBeGreaterThan(0)
    expect(world.state.health).toBe('healthy')
  })

  test('what is late depends on the history: a server that always takes 300 ms is not suspected', () => {
    const slow: Behaviour = () => ({ outcome: 'ok', latencyMs: 300 })
    const world = startWorld(testConfig())
    world.behaviour = slow
    world.runUntil(20_000)
    const suspectedLater = kinds(world, 'suspected').filter(({ atMs }) => atMs > 3000)
    expect(suspectedLater).toEqual([])
  })

  test('a failed server asks in bursts, waits its backoff, and rises after three passes a period apart', () => {
    const world = startWorld(testConfig())
    const { failedAt, healthyAt } = outage(world)
    const bursts = world.asked
      .filter(({ atMs }) => atMs > failedAt && atMs < healthyAt)
      .map(({ atMs }) => atMs - failedAt)
    expect(bursts.slice(0, 4)).toEqual([1000, 1000, 1000, 1000])
    expect(healthyAt - failedAt).toBeCloseTo(3001, 0)
  })

  test('the holder has a head start', () => {
    const world = startWorld(testConfig(), [local('127.0.0.1', 'lo'), local('192.0.2.53')])
    expect([...world.state.holding]).toEqual(['recdns0'])
    const { failedAt, healthyAt } = outage(world)
    expect(healthyAt - failedAt).toBeCloseTo(1001, 0)
  })

  test('a holder that stays one asks again after the shortest wait, and its backoff grows all the same', () => {
    const held = [local('127.0.0.1', 'lo'), local('192.0.2.53')]
    const world = startWorld(testConfig(), held)
    world.runUntil(2001)
    world.behaviour = DEAD
    world.runUntil(30_000)
    const waits = kinds(world, 'cycle-failed').map(({ entry }) =>
      entry.kind === 'cycle-failed' ? entry.backoffMs : 0,
    )
    expect(waits.length).toBeGreaterThan(20)
    expect(new Set(waits)).toEqual(new Set([1000]))
    expect(world.state.damper.backoffMs).toBe(8000)

    world.setAddresses(held.slice(0, 1), [{ address: '192.0.2.53', interface: 'eth0' }])
    const from = kinds(world, 'cycle-failed').length
    world.runUntil(60_000)
    const [, then] = kinds(world, 'cycle-failed').slice(from)
    expect(then?.entry).toMatchObject({ kind: 'cycle-failed', backoffMs: 8000 })
  })

  test('a burst over many endpoints is asked in portions, and ends', () => {
    const many = Array.from({ length: 200 }, (_, index) => local(`192.0.2.${index}`))
    for (const behaviour of [HEALTHY, FROZEN]) {
      const world = startWorld(testConfig(), many)
      let most = 0
      world.observe = (_, { effects }) => {
        most = Math.max(most, effects.filter(({ kind }) => kind === 'query').length)
      }
      world.behaviour = behaviour
      world.runUntil(60_000)
      expect(most).toBe(MAX_AT_ONCE)
      expect(world.state.required.cycles).toBeGreaterThan(0)
    }
  })

  test('the status is valid until its successor must be there, the backoff included', () => {
    const world = startWorld(testConfig())
    world.runUntil(2001)
    expect(world.validUntilMs - world.nowMs).toBeLessThan(5000)
    world.behaviour = DEAD
    let previous = world.validUntilMs
    while (world.nowMs < 120_000) {
      world.runUntil(world.nowMs + 50)
      expect(world.validUntilMs).toBeGreaterThan(world.nowMs)
      expect(world.validUntilMs - world.nowMs).toBeLessThan(30_000 + 5000)
      previous = Math.max(previous, world.validUntilMs)
    }
  })

  test('without a single address the server is failed, and the first address is probed at once', () => {
    const world = startWorld(testConfig(), [])
    world.runUntil(20_000)
    expect(world.state.reasons).toEqual([{ kind: 'no-endpoints' }])
    world.setAddresses([local('127.0.0.1', 'lo', world.nowMs)])
    const from = world.nowMs
    world.runUntil(from + 5)
    expect(world.asked.map(({ atMs }) => atMs)).toEqual([from, from])
  })
})
