// What a balancer's daemon writes into the files of weights, on a virtual clock.
import { describe, expect, test } from 'bun:test'
import { REMOVED } from '../../src/balancer/pool.ts'
import { createPoolWorld, type PoolWorld, poolConfig } from './pool-world.ts'

/** Long enough to be judged, and for the way back and the slow start that follows. */
const SETTLED_MS = 120_000
const THREE = ['ns1', 'ns2', 'ns3']
const SORRY = { sorryServer: [{ family: 4 as const, address: '192.0.2.99' }] }

async function settled(world: PoolWorld, ...dead: readonly string[]): Promise<PoolWorld> {
  world.dead(...dead)
  await world.run(SETTLED_MS)
  return world
}

/** What the files hold, in the order of their names. */
function files({ files: held }: PoolWorld): number[] {
  return [...held].toSorted().map(([, value]) => value)
}

/** What people are told: weight and state of each. */
function shown({ balancer }: PoolWorld): string[] {
  return balancer.statuses().map(({ weight, state: serverState }) => `${weight} ${serverState}`)
}

describe('the files of weights', () => {
  test('remove who has failed, and people read that it weighs 0', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)), 'ns2')
    expect(files(world)).toEqual([100, REMOVED, 100])
    expect(shown(world)).toEqual(['100 healthy', '0 failed', '100 healthy'])
    expect(world.logged.join('\n')).toContain('warn: dns.ns2: weight 0 (failed)')
    await settled(world)
    expect(files(world)).toEqual([100, 100, 100])
    const [, back] = world.balancer.statuses()
    expect([back?.came, back?.went]).toEqual([1, 0])
    expect(world.logged.join('\n')).not.toContain(String(REMOVED))
  })

  test('keep who is drained with 0, unless it has failed as well', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)), 'ns1')
    for (const backend of ['dns.ns1', 'dns.ns2']) world.order(backend, 'drained')
    await settled(world, 'ns1')
    expect(files(world)).toEqual([REMOVED, 0, 100])
    await settled(world, 'ns1', 'ns3')
    expect(files(world)).toEqual([REMOVED, 0, 1])
    world.order('dns.ns1', null)
    expect(files(world)).toEqual([1, 0, 1])
    world.order('dns.ns1', 'drained')
    expect(files(world)).toEqual([REMOVED, 0, 1])
  })

  test('hold 1 of each that has failed when nobody else is left', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)))
    world.order('dns.ns3', 'drained')
    await settled(world, 'ns1', 'ns2')
    expect(files(world)).toEqual([1, 1, 0])
    expect(shown(world)).toEqual(['1 failed', '1 failed', '0 drained'])
    const last = 'warn: dns.ns1: weight 1 (failed, fail-open)'
    expect(world.logged).toContain(last)
    await settled(world, 'ns1')
    expect(files(world)).toEqual([REMOVED, 100, 0])
  })

  test('are never without anybody while all fail and come back', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)))
    const held = new Map(world.files)
    const before = world.written.length
    for (const dead of [THREE, ['ns3'], THREE, []]) await settled(world, ...dead)
    const changes = world.written.slice(before)
    for (const change of changes) {
      const [name = '', value] = change.split('=')
      held.set(name, Number(value))
      expect(Math.max(...held.values())).toBeGreaterThan(0)
    }
    expect(changes.length).toBeGreaterThan(12)
  })

  test('have no fail-open beside a sorry server, and get one when that is taken away', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE, SORRY)), ...THREE)
    expect(files(world)).toEqual([REMOVED, REMOVED, REMOVED])
    world.balancer.useConfig(poolConfig(THREE))
    expect(files(world)).toEqual([1, 1, 1])
    world.balancer.useConfig(poolConfig(THREE, SORRY))
    expect(files(world)).toEqual([REMOVED, REMOVED, REMOVED])
  })

  test('stay as an earlier daemon left them until each has been judged', async () => {
    const earlier = new Map([
      ['dns.ns1', 100],
      ['dns.ns2', REMOVED],
      ['dns.gone', 100],
    ])
    const world = createPoolWorld(poolConfig(['ns1', 'ns2']), earlier)
    expect(files(world)).toEqual([100, REMOVED])
    expect(shown(world)).toEqual(['null failed', 'null failed'])
    await settled(world)
    expect(files(world)).toEqual([100, 100])
  })

  test('keep fail-open when one is added that is not known yet', async () => {
    const world = await settled(createPoolWorld(poolConfig(['ns1', 'ns2'])), 'ns1', 'ns2', 'ns3')
    const before = world.written.length
    world.balancer.useConfig(poolConfig(THREE))
    await settled(world, ...THREE)
    expect(world.written.slice(before)).toEqual(['dns.ns3=1'])
  })

  test('hold 0 of one that comes again while its order cannot be read, and stay for the others', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)))
    world.opensOrders(false)
    world.balancer.useConfig(poolConfig(['ns1', 'ns2']))
    world.balancer.useConfig(poolConfig(THREE))
    await settled(world)
    expect(files(world)).toEqual([100, 100, 0])
    world.opensOrders(true)
    await settled(world)
    expect(files(world)).toEqual([100, 100, 100])
  })

  test('are put back when somebody changes them', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)), 'ns1')
    world.files.delete('dns.ns1')
    world.files.set('dns.ns2', 7)
    await world.run(2000)
    expect(files(world).toSorted((a, b) => a - b)).toEqual([REMOVED, 100, 100])
  })
})

describe('the balancer itself', () => {
  const endpoint = { transport: 'udp', address: '192.0.2.53', family: 4 } as const

  const askAt = ({ balancer }: PoolWorld) => balancer.quorum.ask(endpoint)

  test('has no quorum with fail-open alone', async () => {
    const world = await settled(createPoolWorld(poolConfig(THREE)), ...THREE)
    const ask = () => askAt(world)
    expect(await ask()).toMatchObject({
      outcome: 'no-quorum',
      detail: 'service dns: 0 of 3 real servers in the pool, 1 needed',
    })
    await settled(world, 'ns1', 'ns2')
    expect(await ask()).toMatchObject({ outcome: 'ok' })
  })

  test.each([
    ['it was stopped', 'stopped'],
    ['its host was suspended', 'suspended'],
  ] as const)('has a quorum of those who have answered since %s', async (_, sleep) => {
    const world = await settled(createPoolWorld(poolConfig(THREE)))
    for (const [dead, outcome] of [
      [THREE, 'no-quorum'],
      [['ns1', 'ns2'], 'ok'],
    ] as const) {
      world.dead(...dead)
      world[sleep](60_000)
      // Asked before any real server has been, as a core does that wakes first.
      const asked = askAt(world)
      world.balancer.useConfig(poolConfig(THREE))
      await settled(world, ...dead)
      const answer = await asked
      expect(answer.outcome).toBe(outcome)
      expect(answer.latencyMs).toBeGreaterThan(0)
      await settled(world)
    }
  })
})
