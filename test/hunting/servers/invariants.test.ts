// The rules for whole worlds are no decoration: each of them finds the bug that it is there for.
import { describe, expect, test } from 'bun:test'
import type { Fault, TimedFault } from '../../../src/simulate/fault.ts'
import { holdfastPolicy } from '../../../src/simulate/holdfast.ts'
import type { Policy } from '../../../src/simulate/policy.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { createWorld, type World } from '../../../src/simulate/world.ts'
import { testConfig } from '../../core/config.ts'
import { createWatch, type Watch } from './invariants.ts'

const CONFIG = testConfig({ flap: { failbackDelayMs: 5000, failbackDelayMaxMs: 20_000 } })
const V3 = { version: 3, advertMs: 100 } as const

interface WorldPlan {
  readonly faults?: readonly TimedFault[]
  readonly policy?: (policy: Policy) => Policy
  readonly untilMs?: number
  /** Runs once everything has happened. */
  readonly afterwards?: (watch: Watch, world: World) => void
}

function worldRulesBroken({
  faults = [],
  policy,
  untilMs = 120_000,
  afterwards,
}: WorldPlan): string[] {
  const watch = createWatch(CONFIG, V3, 3)
  const honest = holdfastPolicy(CONFIG, { observe: watch.observe })
  const world = createWorld({
    config: CONFIG,
    policy: policy?.(honest) ?? honest,
    servers: 3,
    faults,
    random: createRandom('invariants'),
    endMs: untilMs,
    fromMs: 0,
    vrrp: V3,
    onEvent: watch.onEvent,
  })
  for (let atMs = 1000; atMs <= untilMs; atMs += 1000) {
    world.run(atMs)
    watch.audit(world)
  }
  afterwards?.(watch, world)
  watch.finish()
  return [...new Set(watch.violations.map((violation) => violation.rule))]
}

function at(seconds: number, fault: Fault): TimedFault {
  return { atMs: seconds * 1000, fault }
}

const CRASH = at(30, { kind: 'crash', server: 0, forMs: 60_000 })
const LONG_CRASH = at(30, { kind: 'crash', server: 0, forMs: 600_000 })

/** The same policy on every server, but for what keepalived gets to see. */
function tampering(
  change: (server: number, worth: number | 'fault' | 'off') => number | 'fault' | 'off',
) {
  return (policy: Policy): Policy => ({
    ...policy,
    create: (host) =>
      policy.create({
        ...host,
        setPriority: (instance, worth) => host.setPriority(instance, change(host.server, worth)),
      }),
  })
}

describe('in every world', () => {
  test('faults that come and go break no rule, and all is as it should be in the end', () => {
    const faults = [CRASH, at(50, { kind: 'partition', split: 1, forMs: 9000 })]
    const settled = { afterwards: (watch: Watch, world: World) => watch.checkSettled(world) }
    expect(worldRulesBroken({ faults, untilMs: 200_000, ...settled })).toEqual([])
  })

  test('what is not as it should be is found: a dead server, a wrong holder', () => {
    const settled = (watch: Watch, world: World) => watch.checkSettled(world)
    expect(worldRulesBroken({ faults: [LONG_CRASH], afterwards: settled })).toEqual(['unsettled'])
    const link = [at(110, { kind: 'link-loss', server: 0, forMs: 9900 })]
    expect(worldRulesBroken({ faults: link, afterwards: settled })).toEqual(['unsettled'])
  })

  test('a priority that nobody published is found', () => {
    const policy = tampering((server, worth) => (server === 1 && worth === 200 ? 201 : worth))
    expect(worldRulesBroken({ policy })).toEqual(['unpublished'])
  })

  test('a dead server that keeps an address is found', () => {
    const policy = tampering((server, worth) => (server === 0 ? 250 : worth))
    expect(worldRulesBroken({ faults: [LONG_CRASH], policy, untilMs: 200_000 })).toContain(
      'black-hole',
    )
  })

  test('a drained server that keeps an address, or an isolated one that has any, is found', () => {
    for (const mode of ['drained', 'isolated'] as const) {
      const faults = [at(20, { kind: 'drain', server: 0, mode, forMs: 900_000 })]
      const rest = { faults, untilMs: 200_000 }
      expect(worldRulesBroken(rest)).toEqual([])
      const policy = tampering((server, worth) => (server === 0 ? 250 : worth))
      expect(worldRulesBroken({ ...rest, policy })).toContain('order-ignored')
    }
  })

  test('a dead server that an address comes to has not kept it', () => {
    const faults = [
      ...[1, 2].map((server) => at(5, { kind: 'freeze', server, forMs: 200_000 })),
      at(100.5, { kind: 'link-loss', server: 0, forMs: 380 }),
    ]
    expect(worldRulesBroken({ faults })).toEqual([])
  })

  test('a daemon that is stopped ignores no order before it goes on', () => {
    const faults = [
      at(10, { kind: 'drain', server: 0, mode: 'drained', forMs: 100_000 }),
      at(20, { kind: 'partition', split: 1, forMs: 90_000 }),
      at(70, { kind: 'stall', server: 0, forMs: 8000 }),
      at(74, { kind: 'drain', server: 0, mode: 'isolated', forMs: 30_000 }),
      at(77, { kind: 'stall', server: 0, forMs: 14_000 }),
    ]
    expect(worldRulesBroken({ faults })).toEqual([])
  })

  test('nor where its named has been dead for longer', () => {
    const faults = [
      ...[1, 2].map((server) =>
        at(65, { kind: 'drain', server, mode: 'isolated' as const, forMs: 60_000 }),
      ),
      at(10, { kind: 'crash', server: 0, forMs: 150_000 }),
      at(60, { kind: 'stall', server: 0, forMs: 20_000 }),
      at(64, { kind: 'drain', server: 0, mode: 'isolated', forMs: 40_000 }),
    ]
    expect(worldRulesBroken({ faults })).toEqual([])
  })

  test('a daemon that dies drained and comes back in the election is found', () => {
    const faults = [
      at(20, { kind: 'drain', server: 1, mode: 'drained', forMs: 900_000 }),
      at(40, { kind: 'daemon-death', server: 1, forMs: 60_000 }),
    ]
    expect(worldRulesBroken({ faults })).toEqual([])
    const policy = (honest: Policy): Policy => ({
      ...honest,
      create(host) {
        const checker = honest.create(host)
        const killed = () => {
          checker.killed()
          host.setPriority(0, 200)
        }
        return { ...checker, killed }
      },
    })
    expect(worldRulesBroken({ faults, policy })).toContain('drained-dead')
  })

  test('a daemon that is dead and believed all the same is found', () => {
    const faults = [at(40, { kind: 'daemon-death', server: 1, forMs: 60_000 })]
    expect(worldRulesBroken({ faults })).toEqual([])
    const policy = tampering((_, worth) => (worth === 1 ? 10 : worth))
    expect(worldRulesBroken({ faults, policy })).toContain('dead-man')
  })

  test('a move in calm times is found', () => {
    const calm = (action: Fault) => (watch: Watch, world: World) => {
      watch.beginCalm()
      const node = world.nodes['server' in action ? action.server : 0]
      node?.checker.override('drained')
      world.run(world.nowMs() + 10_000)
    }
    const drain = (server: number): Fault => ({ kind: 'drain', server, mode: 'drained', forMs: 1 })
    // The second of three holds nothing, the first and the last hold an instance each.
    expect(worldRulesBroken({ afterwards: calm(drain(1)) })).toEqual([])
    expect(worldRulesBroken({ afterwards: calm(drain(0)) })).toEqual(['moved-for-nothing'])
  })

  test('moves beyond their bound are found', () => {
    const flapping = (watch: Watch) => {
      for (let move = 0; move < 2000; move++) {
        const server = `s${1 + (move % 2)}`
        const common = { kind: 'holder', instance: 'recdns0', server } as const
        watch.onEvent({ ...common, atMs: 200_000 + 10 * move, holds: true })
      }
    }
    expect(worldRulesBroken({ afterwards: flapping })).toEqual(['moves-too-often'])
  })
})
