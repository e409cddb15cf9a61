// What operators order: overrides, order files, a new config, a stop; and upstream groups.
import { describe, expect, test } from 'bun:test'
import { orderTo } from '../support/order-to.ts'
import { testConfig } from './config.ts'
import { createWorld, DEAD, local, questionOf, startWorld } from './world.ts'

const drained = orderTo('drained')

describe('orders given', () => {
  test('an override lowers the priority at once, and its end restores it', () => {
    const world = startWorld(testConfig())
    world.runUntil(1001)
    world.override(drained)
    expect(world.priorities.get('recdns0')).toBe(30)
    world.override(orderTo('isolated'))
    expect(world.priorities.get('recdns0')).toBe('fault')
    world.override(null)
    expect(world.priorities.get('recdns0')).toBe(250)
  })

  test('an isolated server stays in FAULT when its daemon is stopped', () => {
    const world = startWorld(testConfig())
    world.runUntil(1001)
    world.override(orderTo('isolated'))
    world.send({ kind: 'stop', nowMs: world.nowMs })
    expect(world.priorities.get('recdns0')).toBe('fault')
  })

  test.each([
    ['ends the failback delay', drained, 250],
    ['leaves it with --keep-failback-delay', { ...drained, keepsFailbackDelay: true as const }, 55],
    [
      'leaves it where only some instances were drained',
      { ...drained, instances: ['recdns0'] },
      55,
    ],
  ])('the end of a drain %s', (_, order, priority) => {
    const world = startWorld(testConfig())
    world.runUntil(1001)
    const { behaviour } = world
    world.behaviour = DEAD
    world.runUntil(3000)
    world.behaviour = behaviour
    for (let ms = 4000; world.state.damper.phase === 'down'; ms += 1000) world.runUntil(ms)
    expect(world.priorities.get('recdns0')).toBe(55)
    world.override(order)
    expect(world.priorities.get('recdns0')).toBe(30)
    world.override(null)
    expect(world.priorities.get('recdns0')).toBe(priority)
  })

  test('a drained server that fails is failed', () => {
    const world = startWorld(testConfig())
    world.runUntil(1001)
    world.override(drained)
    world.behaviour = DEAD
    world.runUntil(3000)
    expect(world.priorities.get('recdns0')).toBe(10)
  })

  test('an edited order moves the ranks of all instances of the pool', () => {
    const world = startWorld(testConfig())
    world.runUntil(1001)
    world.order(['s2', 's1'])
    expect([world.priorities.get('recdns0'), world.priorities.get('recdns1')]).toEqual([200, 250])
    world.order(['s2'])
    expect([world.priorities.get('recdns0'), world.priorities.get('recdns1')]).toEqual([30, 30])
    expect(world.entries.some(({ entry }) => entry.kind === 'unlisted')).toBe(true)
  })

  test('a server whose order was never readable is drained', () => {
    const world = startWorld(testConfig())
    world.order(null)
    world.runUntil(1001)
    expect(world.priorities.get('recdns0')).toBe(30)
  })

  test('a new config keeps the health and the backoff, and asks anew at once', () => {
    const world = startWorld(testConfig())
    world.behaviour = DEAD
    world.runUntil(20_000)
    const { backoffMs } = world.state.damper
    const from = world.asked.length
    world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig({ upstream: {} }) })
    expect(world.state.health).toBe('failed')
    expect(world.state.damper.backoffMs).toBe(backoffMs)
    expect(world.asked.length).toBeGreaterThan(from)
  })

  test('a healthy server stays healthy while a new upstream group is asked for the first time', () => {
    const world = startWorld(testConfig())
    world.runUntil(1500)
    world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig({ upstream: {} }) })
    world.runUntil(10_000)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
  })

  test('stopping publishes the lowest priority and asks nothing more', () => {
    const world = startWorld(testConfig())
    world.runUntil(1500)
    world.send({ kind: 'stop', nowMs: world.nowMs })
    expect(world.priorities.get('recdns0')).toBe('lowest')
    expect(world.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
    const asked = world.asked.length
    world.runUntil(10_000)
    expect(world.asked.length).toBe(asked)
    expect(world.state.reasons).toEqual([{ kind: 'stopping' }])
  })
})

describe('upstream groups', () => {
  const config = testConfig({ upstream: {} })

  test('they are asked through one loopback address only', () => {
    const world = startWorld(config, [
      local('192.0.2.11'),
      local('127.0.0.1', 'lo'),
      local('::1', 'lo'),
    ])
    world.runUntil(100)
    const upstream = world.asked.filter(({ query }) => questionOf(query).name.startsWith('www'))
    expect(new Set(upstream.map(({ query }) => query.endpoint.address))).toEqual(
      new Set(['127.0.0.1']),
    )
    expect(upstream.length).toBe(3)
  })

  test('below quorum the server is only degraded, after the debounce of the group', () => {
    const world = startWorld(config)
    world.runUntil(5500)
    world.behaviour = (query) => {
      const { name } = questionOf(query)
      return name === 'www.example.com' || !name.startsWith('www')
        ? { outcome: 'ok', latencyMs: 1 }
        : { outcome: 'servfail', latencyMs: 20 }
    }
    world.runUntil(19_000)
    expect(world.state.health).toBe('healthy')
    world.runUntil(21_000)
    expect(world.state.health).toBe('degraded')
    expect(world.priorities.get('recdns0')).toBe(50)
    expect(world.state.reasons).toEqual([
      {
        ...{ kind: 'upstream', group: 'internet', passed: 1, quorum: 2, of: 3 },
        failure: { question: 'www.example.net A', outcome: 'servfail' },
      },
    ])
    world.behaviour = () => ({ outcome: 'ok', latencyMs: 1 })
    world.runUntil(31_000)
    expect(world.state.health).toBe('healthy')
  })

  test('at quorum nothing happens, and slow upstreams do not slow the required probes', () => {
    const world = startWorld(config)
    world.runUntil(5500)
    world.behaviour = (query) => {
      const { name } = questionOf(query)
      if (name === 'www.example.com') return { outcome: 'timeout', latencyMs: query.timeoutMs }
      return { outcome: 'ok', latencyMs: name.startsWith('www') ? 1900 : 1 }
    }
    const from = world.asked.length
    world.runUntil(15_500)
    const required = world.asked.slice(from).filter(({ query }) => questionOf(query).type === 'SOA')
    expect(required.length).toBe(40)
    expect(world.state.health).toBe('healthy')
  })

  test('a server that is bad upstream from the start is degraded at once', () => {
    const world = createWorld(config)
    world.behaviour = (query) => ({
      outcome: questionOf(query).type === 'SOA' ? 'ok' : 'servfail',
      latencyMs: 1,
    })
    world.order(['s1'])
    world.setAddresses([local('127.0.0.1', 'lo')])
    world.runUntil(10)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['degraded'])
  })
})
