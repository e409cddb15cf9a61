// Addresses that come and go: grace, vanishing, backoff hold, filters, holding.
import { describe, expect, test } from 'bun:test'
import type { LocalAddress } from '../../src/core/check.ts'
import { testConfig } from './config.ts'
import { type Behaviour, FROZEN, local, startWorld } from './world.ts'

const BASE = [local('127.0.0.1', 'lo'), local('192.0.2.11')]

const lostTcpSocket: Behaviour = ({ endpoint }) =>
  endpoint.address === '192.0.2.53' && endpoint.transport === 'tcp'
    ? { outcome: 'conn-refused', latencyMs: 0.1 }
    : { outcome: 'ok', latencyMs: 1 }

describe('addresses', () => {
  test('failures of a young address are ignored, and it is probed when grace ends, not a period later', () => {
    const world = startWorld(testConfig({ newAddressGraceMs: 2500 }), BASE)
    world.runUntil(5100)
    world.behaviour = lostTcpSocket
    world.setAddresses([...BASE, local('192.0.2.53', 'eth0', world.nowMs)])
    world.runUntil(5100 + 2499)
    expect(world.state.health).toBe('healthy')
    expect(
      world.entries.some(
        ({ entry }) => entry.kind === 'endpoint-failed' && entry.ignored === 'grace',
      ),
    ).toBe(true)
    world.runUntil(5100 + 2500 + 100)
    expect(world.state.health).toBe('failed')
    expect(
      world.asked.some(
        ({ atMs, query }) => atMs === 7600 && query.endpoint.address === '192.0.2.53',
      ),
    ).toBe(true)
  })

  test('addresses that were there before the daemon have no grace', () => {
    const world = startWorld(testConfig({ newAddressGraceMs: 60_000 }), [
      ...BASE,
      local('192.0.2.53'),
    ])
    world.behaviour = lostTcpSocket
    world.runUntil(2000)
    expect(world.state.health).toBe('failed')
  })

  test('an address that vanishes in mid-cycle is a pass', () => {
    const world = startWorld(testConfig(), [...BASE, local('192.0.2.53')])
    world.runUntil(5001)
    world.behaviour = ({ endpoint }) =>
      endpoint.address === '192.0.2.53'
        ? { outcome: 'address-gone', latencyMs: 0.1 }
        : { outcome: 'ok', latencyMs: 1 }
    world.addresses = BASE
    world.runUntil(9000)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
  })

  test('addresses that come in mid-cycle do not make the cycle longer, so the status never expires', () => {
    const world = startWorld(testConfig({ newAddressGraceMs: 0 }), BASE)
    world.runUntil(5100)
    const table = [...BASE]
    for (let host = 100; host < 140; host++) {
      table.push(local(`192.0.2.${host}`, 'eth0', world.nowMs))
      world.setAddresses([...table])
      world.runUntil(world.nowMs + 100)
      expect(world.validUntilMs).toBeGreaterThan(world.nowMs)
    }
    const { cycles } = world.state.required
    world.runUntil(world.nowMs + 10_000)
    expect(world.state.required.cycles).toBeGreaterThanOrEqual(cycles + 9)
  })

  test('the reason stays when the address that failed goes with its service', () => {
    const world = startWorld(testConfig(), [...BASE, local('192.0.2.53')])
    world.runUntil(5001)
    world.behaviour = lostTcpSocket
    world.runUntil(6500)
    expect(world.state.health).toBe('failed')
    const { reasons } = world.state
    world.setAddresses(BASE, [{ address: '192.0.2.53', interface: 'eth0' }])
    expect(world.state.reasons).toEqual(reasons)
    world.runUntil(world.nowMs + 2100)
    expect(world.state.reasons[0]?.kind).toBe('rising')
  })

  test('checks of an address that the kernel took away end with it', () => {
    const world = startWorld(testConfig(), [...BASE, local('192.0.2.53')])
    world.runUntil(5001)
    world.behaviour = (query, nowMs) =>
      query.endpoint.address === '192.0.2.53'
        ? FROZEN(query, nowMs)
        : { outcome: 'ok', latencyMs: 1 }
    world.runUntil(5400)
    world.setAddresses(BASE, [{ address: '192.0.2.53', interface: 'eth0' }])
    world.runUntil(9000)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
    expect(world.state.runs.size).toBeLessThanOrEqual(1)
  })

  test('when all that answers is gone, nothing is concluded before the table was read again', () => {
    const world = startWorld(testConfig({ transports: ['udp'] }), [BASE[0] as LocalAddress])
    world.runUntil(5001)
    world.behaviour = () => ({ outcome: 'address-gone', latencyMs: 0.1 })
    world.runUntil(7999)
    expect(world.state.required.cycles).toBe(8)
    expect(world.state.damper).toMatchObject({ phase: 'up', passes: 6 })
  })

  test('an address that goes starts the backoff hold', () => {
    const world = startWorld(testConfig(), [...BASE, local('192.0.2.53')])
    world.runUntil(5000)
    world.setAddresses(BASE, [{ address: '192.0.2.53', interface: 'eth0' }])
    expect(world.state.damper.backoffHoldUntilMs).toBe(15_000)
  })

  test('filtered addresses are neither probed nor start a backoff hold; tentative and duplicate ones wait', () => {
    const table = [
      ...BASE,
      local('fe80::1%eth0'),
      local('172.17.0.1', 'docker0'),
      { ...local('2001:db8::1'), state: 'tentative' as const },
      { ...local('2001:db8::2'), state: 'dadfailed' as const },
    ]
    const config = testConfig()
    const world = startWorld(
      { ...config, addresses: { ...config.addresses, excludeInterfaces: ['docker*'] } },
      table,
    )
    world.runUntil(3000)
    expect(new Set(world.asked.map(({ query }) => query.endpoint.address))).toEqual(
      new Set(['127.0.0.1', '192.0.2.11']),
    )
    world.setAddresses(table.slice(0, 3), [{ address: '172.17.0.1', interface: 'docker0' }])
    expect(world.state.damper.backoffHoldUntilMs).toBe(Number.NEGATIVE_INFINITY)
    expect(world.entries.some(({ entry }) => entry.kind === 'address-dadfailed')).toBe(true)
  })

  test('a service address that is a duplicate is a failure, and is not held', () => {
    const duplicate = { ...local('192.0.2.53'), state: 'dadfailed' as const }
    const world = startWorld(testConfig(), [...BASE, duplicate])
    world.behaviour = ({ endpoint }) =>
      endpoint.address === duplicate.address
        ? { outcome: 'address-gone', latencyMs: 0.1 }
        : { outcome: 'ok', latencyMs: 1 }
    world.runUntil(5000)
    expect(world.state.health).toBe('failed')
    expect(world.state.reasons[0]).toMatchObject({ kind: 'endpoint', outcome: 'address-gone' })
    expect(world.state.holding.size).toBe(0)
    world.setAddresses([...BASE, local('192.0.2.53')])
    expect(world.state.holding.size).toBe(1)
  })

  test('loopback service addresses on loopback do not make a holder; on another interface they do', () => {
    const world = startWorld(testConfig(), [...BASE, local('192.0.2.53', 'lo')])
    expect(world.state.holding.size).toBe(0)
    world.setAddresses([...BASE, local('192.0.2.53', 'lo'), local('192.0.2.53', 'eth0', 0)])
    expect([...world.state.holding]).toEqual(['recdns0'])
    expect(
      world.state.required.checks.filter((check) => check.endpoint.address === '192.0.2.53').length,
    ).toBe(2)
  })
})
