// The rules for every step are no decoration: each of them finds the bug that it is there for.
import { describe, expect, test } from 'bun:test'
import type { Config } from '../../../src/config/config.ts'
import type { Event } from '../../../src/core/event.ts'
import type { PublishedPriority } from '../../../src/core/priority.ts'
import type { ServerState } from '../../../src/core/server-state.ts'
import { initialState, type State } from '../../../src/core/state.ts'
import { type Step, step } from '../../../src/core/step.ts'
import { testConfig } from '../../core/config.ts'
import { local } from '../../core/world.ts'
import { orderTo } from '../../support/order-to.ts'
import { evidenceMs, freshnessMs } from './bounds.ts'
import { createStepWatch } from './step-rules.ts'

const CONFIG = testConfig({ flap: { failbackDelayMs: 5000, failbackDelayMaxMs: 20_000 } })

type Mutation = (result: Step, nowMs: number, event: Event) => Step

interface Plan {
  readonly config?: Config
  /** Every query fails from this time on. */
  readonly deadFromMs?: number
  readonly deadToMs?: number
  readonly untilMs?: number
  readonly overrideMs?: number
  readonly mutate?: Mutation
  readonly seen?: Map<ServerState, PublishedPriority>
}

/** Runs a real core under the step rules, each step changed as a bug would; returns what broke. */
function rulesBroken(plan: Plan): Set<string> {
  const { config = CONFIG, mutate = (result) => result } = plan
  const broken = new Set<string>()
  const seen = plan.seen ?? new Map()
  const watch = createStepWatch('s1', seen, (rule) => broken.add(rule))
  const results: { atMs: number; queryId: number; outcome: 'ok' | 'timeout' }[] = []
  let state: State = initialState(config, 0)
  let wakeAtMs = 0
  const send = (event: Event) => {
    const result = mutate(step(state, event), event.nowMs, event)
    state = result.state
    wakeAtMs = result.wakeAtMs
    for (const effect of result.effects) {
      if (effect.kind !== 'query') continue
      const isDead = event.nowMs >= (plan.deadFromMs ?? 1e9) && event.nowMs < (plan.deadToMs ?? 1e9)
      const afterMs = isDead ? effect.timeoutMs : 1
      const outcome = isDead ? 'timeout' : 'ok'
      results.push({ atMs: event.nowMs + afterMs, queryId: effect.id, outcome })
      results.sort((a, b) => a.atMs - b.atMs)
    }
    watch.step(event, result, event.nowMs)
  }
  const addresses = [local('127.0.0.1', 'lo'), local('192.0.2.11')]
  send({ kind: 'order', nowMs: 0, cluster: 'recdns', servers: ['s1', 's2', 's3'] })
  send({ kind: 'addresses', nowMs: 0, addresses, removed: [] })
  let overrideMs = plan.overrideMs ?? Number.POSITIVE_INFINITY
  for (;;) {
    const resultMs = results[0]?.atMs ?? Number.POSITIVE_INFINITY
    const nowMs = Math.min(resultMs, wakeAtMs, overrideMs)
    if (nowMs > (plan.untilMs ?? 60_000)) return broken
    if (nowMs === overrideMs) {
      overrideMs = Number.POSITIVE_INFINITY
      send({ kind: 'override', nowMs, override: orderTo('drained') })
    } else if (nowMs === resultMs) {
      const { queryId, outcome } = results.shift() as (typeof results)[number]
      send({ kind: 'result', nowMs, queryId, outcome, latencyMs: 1 })
    } else {
      send({ kind: 'tick', nowMs })
    }
  }
}

/** Publishes a priority of its own making for every instance. */
function publishes(priority: PublishedPriority, when: (state: State) => boolean): Mutation {
  return (result) => {
    if (when(result.state)) result.state.published.set('recdns0', priority)
    return result
  }
}

/** Says of each status that it holds for so long. */
function validFor(validForMs: number): Mutation {
  return (result, nowMs) => ({
    ...result,
    effects: result.effects.map((effect) =>
      effect.kind === 'status' ? { ...effect, validUntilMs: nowMs + validForMs } : effect,
    ),
  })
}

describe('after every step', () => {
  test('the core as it is breaks no rule, sound, dead, drained or in between', () => {
    expect(rulesBroken({})).toEqual(new Set())
    expect(rulesBroken({ deadFromMs: 10_000 })).toEqual(new Set())
    expect(rulesBroken({ deadFromMs: 10_000, deadToMs: 20_000 })).toEqual(new Set())
    expect(rulesBroken({ overrideMs: 10_000, deadFromMs: 30_000 })).toEqual(new Set())
  })

  test('a failed or drained server that publishes a healthy priority is found', () => {
    const failed = publishes(200, (state) => state.health === 'failed')
    expect(rulesBroken({ deadFromMs: 10_000, mutate: failed })).toContain('tier')
    const drained = publishes(200, (state) => state.override !== null)
    expect(rulesBroken({ overrideMs: 10_000, mutate: drained })).toContain('tier')
  })

  test('one that publishes FAULT without being isolated is found', () => {
    const fault = publishes('fault', (state) => state.health === 'failed')
    expect(rulesBroken({ deadFromMs: 10_000, mutate: fault })).toContain('tier')
  })

  test('a failed server whose priority differs from another failed one is found', () => {
    const odd = publishes(9, (state) => state.health === 'failed')
    const seen = new Map<ServerState, PublishedPriority>([['failed', 10]])
    expect(rulesBroken({ deadFromMs: 10_000, mutate: odd, seen })).toContain('equal-states')
  })

  test('a priority before the first check cycle has finished is found', () => {
    const early: Mutation = (result) => {
      result.state.health = 'healthy'
      result.state.damper.phase = 'up'
      result.state.published.set('recdns0', 250)
      return result
    }
    expect(rulesBroken({ mutate: early, untilMs: 0.5 })).toEqual(new Set(['first-cycle']))
  })

  test('a status that is fresh for too long is found, and one that expires under a live daemon', () => {
    const mostMs = freshnessMs(CONFIG)
    const dead = { deadFromMs: 0 }
    expect(rulesBroken({ ...dead, mutate: validFor(mostMs) })).toEqual(new Set())
    expect(rulesBroken({ ...dead, mutate: validFor(mostMs + 1) })).toEqual(
      new Set(['fresh-too-long']),
    )
    expect(rulesBroken({ mutate: validFor(500) })).toEqual(new Set(['stale-while-alive']))
  })

  test('a status that outlives its evidence is found', () => {
    expect(rulesBroken({ mutate: validFor(evidenceMs(CONFIG) + 1) })).toEqual(new Set(['unproven']))
  })

  test('a core that sleeps too long is found', () => {
    const sleepy: Mutation = (result, nowMs) => ({ ...result, wakeAtMs: nowMs + 8001 })
    expect(rulesBroken({ mutate: sleepy })).toContain('oversleeps')
    const asleep: Mutation = (result) => ({ ...result, wakeAtMs: Number.POSITIVE_INFINITY })
    expect(rulesBroken({ mutate: asleep })).toContain('oversleeps')
  })

  test('queries beyond their bound are found', () => {
    const config = testConfig({ timing: { maxConcurrentQueries: 4 } })
    const crowded: Mutation = (result) => {
      const upstreamQueries = result.state.upstreamQueries + 5
      return { ...result, state: { ...result.state, upstreamQueries } }
    }
    // The state is a copy, so only the first steps can be judged.
    expect(rulesBroken({ config, mutate: crowded, untilMs: -1 })).toContain('in-flight')
  })

  test('a backoff cut short, or decayed in backoff hold, and falls too near to each other are found', () => {
    const impatient: Mutation = (result) => {
      result.state.required.nextCycleMs = Math.min(result.state.required.nextCycleMs, 0)
      return result
    }
    const outage = { deadFromMs: 10_000, deadToMs: 10_700 }
    const hasty = { ...CONFIG, flap: { ...CONFIG.flap, rise: 1, backoffMinMs: 8000 } }
    expect(rulesBroken({ ...outage, config: hasty, mutate: impatient })).toContain(
      'backoff-cut-short',
    )
    const forgetful: Mutation = (result, nowMs) => {
      if (nowMs < 12_000) return result
      result.state.damper.backoffMs = 0
      const entry = {
        kind: 'address-removed',
        address: 'a',
        interface: 'b',
        backoffHoldMs: 1e6,
      } as const
      return { ...result, effects: [{ kind: 'log', entry }, ...result.effects] }
    }
    const broken = rulesBroken({ deadFromMs: 10_000, mutate: forgetful })
    expect(broken).toContain('decay-in-backoff-hold')
    let falls = 0
    const restless: Mutation = (result, nowMs) => {
      result.state.damper.phase = falls++ % 2 === 0 ? 'down' : 'up'
      return nowMs < 1000 ? { ...result, wakeAtMs: nowMs + 10 } : result
    }
    expect(rulesBroken({ mutate: restless, untilMs: 1000 })).toContain('falls-too-often')
  })
})
