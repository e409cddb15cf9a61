// Healthy means evidence: reloads, floods, stalls and crowds of addresses keep no dead server healthy.
import { describe, expect, test } from 'bun:test'
import type { Config } from '../../src/config/config.ts'
import { evidenceMs } from '../../src/core/evidence.ts'
import { testConfig } from './config.ts'
import { DEAD, FROZEN, HEALTHY, local, questionOf, startWorld, type World } from './world.ts'

const OWN = [local('127.0.0.1', 'lo'), local('192.0.2.11')]
const SERVICE = local('192.0.2.53', 'eth0')

/** Reads a config again and again for some time; `configOf` makes the text of the n-th reading. */
function storm(world: World, everyMs: number, forMs: number, configOf: (nth: number) => Config) {
  const endMs = world.nowMs + forMs
  for (let nth = 0; world.nowMs < endMs; nth++) {
    // What is read is a new object each time.
    world.send({ kind: 'config', nowMs: world.nowMs, config: structuredClone(configOf(nth)) })
    world.runUntil(world.nowMs + everyMs)
  }
}

const renamed = (nth: number): Config => {
  const config = testConfig()
  return { ...config, groups: config.groups.map((group) => ({ ...group, name: `local${nth}` })) }
}
const otherTimeout = (nth: number): Config => {
  const config = testConfig()
  return { ...config, groups: config.groups.map((group) => ({ ...group, timeoutMs: 500 + nth })) }
}
const otherPeriod = (nth: number) =>
  testConfig({ timing: { checkIntervalMs: nth % 2 === 0 ? 900 : 1000 } })
const otherConfirm = (nth: number) => testConfig({ timing: { retries: nth % 2 === 0 ? 3 : 0 } })
const otherUpstream = (nth: number) => testConfig({ upstream: { intervalMs: 5000 + nth } })

const STORMS: readonly (readonly [string, (nth: number) => Config])[] = [
  ['that change nothing', () => testConfig()],
  ['that change the timeout', otherTimeout],
  ['that change the period', otherPeriod],
  ['that change how often is asked again', otherConfirm],
  ['that rename the probes', renamed],
  ['that change an upstream group', otherUpstream],
]

describe.each(STORMS)('reloads %s', (_, configOf) => {
  test.each([50, 130, 400, 700])('every %d ms hide no server that hangs', (everyMs) => {
    const world = startWorld(configOf(0), OWN)
    world.runUntil(10_000)
    expect(world.state.health).toBe('healthy')
    world.behaviour = FROZEN
    const fromMs = world.nowMs
    storm(world, everyMs, 6000, configOf)
    const failed = world.healthChanges.find(({ health }) => health === 'failed')
    // A gap, and the time of a run, which the next reload ends at the latest.
    expect(Number(failed?.atMs) - fromMs).toBeLessThanOrEqual(250 + 700 + everyMs)
    expect(world.state.health).toBe('failed')
  })

  test('every 400 ms leave a good server as it is', () => {
    const world = startWorld(configOf(0), [...OWN, SERVICE])
    world.runUntil(10_000)
    storm(world, 400, 60_000, configOf)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
  })
})

test('a reload that changes nothing drops no question, and cuts no wait short', () => {
  const world = startWorld(testConfig(), OWN)
  world.behaviour = DEAD
  world.runUntil(20_000)
  const asked = world.asked.length
  const { nextCycleMs } = world.state.required
  world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig() })
  expect(world.asked.length).toBe(asked)
  expect(world.state.required.nextCycleMs).toBe(nextCycleMs)
})

test('an address that was left out for an hour has time to answer when it is asked again', () => {
  const world = startWorld(testConfig(), OWN)
  world.runUntil(10_000)
  const read = (exclude: readonly string[]) =>
    world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig({ exclude }) })
  read(['192.0.2.11/32'])
  world.runUntil(3_600_000)
  read([])
  world.runUntil(3_610_000)
  expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
})

test('an address that is left out again and again, and answers nothing, is found', () => {
  const world = startWorld(testConfig(), OWN)
  world.runUntil(10_000)
  world.behaviour = FROZEN
  storm(world, 200, 6000, (nth) => testConfig({ exclude: nth % 2 === 0 ? [] : ['192.0.2.11/32'] }))
  expect(world.state.health).toBe('failed')
})

test('a new config by which nothing is asked again leaves no question without an end', () => {
  const world = startWorld(testConfig({ timing: { retries: 3 } }), OWN)
  world.runUntil(10_000)
  let asked = 0
  world.behaviour = (query) => (asked++ < 3 ? DEAD : HEALTHY)(query, 0)
  const waits = () => [...world.state.runs].some((run) => run.suspected && run.unsent > 0)
  for (let ms = 1; ms < 300 && !waits(); ms++) world.runUntil(10_000 + ms)
  expect(waits()).toBe(true)
  world.send({ kind: 'config', nowMs: world.nowMs, config: testConfig({ timing: { retries: 0 } }) })
  const { cycles } = world.state.required
  world.runUntil(20_000)
  expect(world.state.required.cycles).toBeGreaterThan(cycles + 5)
})

test('reloads do not put off the debounce of an upstream group', () => {
  const world = startWorld(otherUpstream(0), OWN)
  world.runUntil(10_000)
  world.behaviour = (query, nowMs) =>
    questionOf(query).name.startsWith('www') ? FROZEN(query, nowMs) : HEALTHY(query, nowMs)
  storm(world, 4000, 40_000, otherUpstream)
  expect(world.state.health).toBe('degraded')
})

describe('a process that was stopped', () => {
  /** A server that has just failed, and would answer. */
  function answeringAgain(): World {
    const world = startWorld(testConfig(), OWN)
    world.runUntil(10_000)
    world.behaviour = DEAD
    world.runUntil(11_500)
    world.behaviour = HEALTHY
    return world
  }

  test.each([4500, 6000, 60_000])(
    'for %d ms is starting until a check cycle has ended',
    (forMs) => {
      const world = startWorld(testConfig(), OWN)
      world.runUntil(10_500)
      const atMs = world.nowMs + forMs
      // What was answered meanwhile is read when it goes on.
      world.nowMs = atMs
      const waiting = world.inFlight.splice(0)
      let passes = 0
      world.observe = (_, { effects, state }) => {
        if (effects.some(({ kind }) => kind === 'status') && state.health !== 'failed') passes++
      }
      for (const { event } of waiting) world.send({ ...event, nowMs: atMs })
      world.send({ kind: 'tick', nowMs: atMs })
      expect([world.state.health, world.state.reasons]).toEqual(['failed', [{ kind: 'starting' }]])
      expect(world.priorities.get('recdns0')).toBe(10)
      expect(passes).toBe(0)
      world.runUntil(atMs + 10)
      expect([world.state.health, world.state.damper.phase]).toEqual(['healthy', 'up'])
      expect(world.priorities.get('recdns0')).toBe(250)
    },
  )

  test('and finds a dead server when it goes on says nothing healthy of it', () => {
    const world = startWorld(testConfig(), OWN)
    world.runUntil(10_500)
    world.nowMs += 6000
    world.behaviour = FROZEN
    world.send({ kind: 'tick', nowMs: world.nowMs })
    world.runUntil(30_000)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy', 'failed'])
    expect(world.state.reasons[0]).toMatchObject({ kind: 'endpoint', outcome: 'timeout' })
  })

  test('by the clock of those who read its status is so, too', () => {
    const world = startWorld(testConfig(), OWN)
    world.runUntil(10_500)
    world.send({ kind: 'overslept', nowMs: world.nowMs })
    expect(world.state.reasons).toEqual([{ kind: 'starting' }])
    world.runUntil(10_510)
    expect(world.state.health).toBe('healthy')
  })

  test('while it rose takes in nothing that came meanwhile', () => {
    const world = answeringAgain()
    while (world.state.damper.passes < 2 || world.inFlight.length === 0)
      world.runUntil(world.wakeAtMs)
    // The last pass that it needs is answered, and read when the process goes on: the status has ended, not the evidence.
    const atMs = world.validUntilMs + 500
    world.nowMs = atMs
    for (const { event } of world.inFlight.splice(0)) world.send({ ...event, nowMs: atMs })
    expect(world.state.health).toBe('failed')
    world.runUntil(atMs + 10)
    expect(world.state.damper.phase).toBe('probation')
  })

  test('keeps its repeat failures, and one that had failed rises as it would have', () => {
    const world = answeringAgain()
    world.nowMs += 60_000
    world.send({ kind: 'tick', nowMs: world.nowMs })
    world.runUntil(world.nowMs + 500)
    expect(world.state.health).toBe('failed')
    world.runUntil(world.nowMs + 4000)
    expect([world.state.damper.phase, world.state.damper.repeatFailures]).toEqual(['probation', 1])
    world.nowMs += 60_000
    world.send({ kind: 'tick', nowMs: world.nowMs })
    world.runUntil(world.nowMs + 500)
    expect([world.state.damper.phase, world.state.damper.repeatFailures]).toEqual(['probation', 1])
  })
})

test('a status is no longer valid for two thousand addresses than for two', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    local(`10.0.${index >> 8}.${index & 255}`),
  )
  const world = startWorld(testConfig(), many)
  world.runUntil(10_000)
  expect(world.state.health).toBe('healthy')
  expect(world.validUntilMs - world.nowMs).toBeLessThanOrEqual(evidenceMs(testConfig()))
  expect(evidenceMs(testConfig())).toBe(5200)
})

describe('on probation', () => {
  /** Serves, fails again as often as it takes to earn the longest holder tolerance, and answers again. */
  function flaky(addresses = OWN): World {
    const world = startWorld(testConfig({ newAddressGraceMs: 0 }), addresses)
    world.runUntil(5000)
    for (let repeat = 0; repeat < 3; repeat++) {
      world.behaviour = DEAD
      world.runUntil(world.nowMs + 2000)
      world.behaviour = HEALTHY
      while (world.state.damper.phase === 'down') world.runUntil(world.nowMs + 1000)
    }
    expect(world.state.damper.phase).toBe('probation')
    return world
  }

  test('a server that holds nothing and answers nowhere fails at once', () => {
    const world = flaky()
    world.behaviour = FROZEN
    world.runUntil(world.nowMs + 1500)
    expect(world.state.health).toBe('failed')
  })

  test('a holder keeps its address for its holder tolerance, and no longer', () => {
    const world = flaky([...OWN, SERVICE])
    world.behaviour = FROZEN
    world.runUntil(world.nowMs + 15_000)
    expect(world.state.health).toBe('healthy')
    world.runUntil(world.nowMs + 8000)
    expect(world.state.health).toBe('failed')
  })
})

describe('an address that cannot be bound to', () => {
  const gone = (address: string) => (world: World) => {
    world.behaviour = (query, nowMs) =>
      query.endpoint.address === address
        ? { outcome: 'address-gone', latencyMs: 0.1 }
        : HEALTHY(query, nowMs)
  }

  test('fails when two more readings of the table still list it, and recovers', () => {
    const world = startWorld(testConfig(), [...OWN, SERVICE])
    world.runUntil(10_000)
    gone(SERVICE.address)(world)
    world.runUntil(11_500)
    expect(world.state.health).toBe('healthy')
    world.runUntil(13_500)
    expect(world.state.reasons[0]).toMatchObject({ kind: 'endpoint', outcome: 'address-gone' })
    world.behaviour = HEALTHY
    world.runUntil(20_000)
    expect(world.state.health).toBe('healthy')
  })

  test('has gone when the table says so, and nothing fails', () => {
    const world = startWorld(testConfig(), [...OWN, SERVICE])
    world.runUntil(10_000)
    gone(SERVICE.address)(world)
    // The next reading is the first without it.
    world.addresses = OWN
    world.runUntil(20_000)
    expect(world.healthChanges.map(({ health }) => health)).toEqual(['healthy'])
    expect(world.state.probed.has(SERVICE.address)).toBe(false)
  })
})
