// A small world for the core: virtual time, addresses, and a server whose answers a test decides.

import type { LocalAddress } from '../../src/core/check.ts'
import type { CoreConfig } from '../../src/core/core-config.ts'
import type { LogEvent, QueryEffect } from '../../src/core/effect.ts'
import type { Event } from '../../src/core/event.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Override } from '../../src/core/override.ts'
import type { PublishedPriority } from '../../src/core/priority.ts'
import { initialState } from '../../src/core/state.ts'
import { type Step, step } from '../../src/core/step.ts'
import type { Question } from '../../src/dns/probe.ts'

/** What the server does with a query: its outcome and how long that takes. */
export type Behaviour = (
  query: QueryEffect,
  nowMs: number,
) => { outcome: Outcome; latencyMs: number; ttlS?: number }

export const HEALTHY: Behaviour = () => ({ outcome: 'ok', latencyMs: 1 })
export const DEAD: Behaviour = () => ({ outcome: 'conn-refused', latencyMs: 0.1 })
export const FROZEN: Behaviour = (query) => ({ outcome: 'timeout', latencyMs: query.timeoutMs })

/** What DNS is asked. */
export function questionOf({ source }: QueryEffect): Question {
  if (source.kind === 'quorum') throw new Error('nobody is asked for a quorum')
  return source.question
}

export interface Asked {
  readonly atMs: number
  readonly query: QueryEffect
}

export function createWorld(config: CoreConfig) {
  const world = {
    nowMs: 0,
    state: initialState(config, 0),
    behaviour: HEALTHY,
    wakeAtMs: Number.POSITIVE_INFINITY,
    asked: [] as Asked[],
    entries: [] as { atMs: number; entry: LogEvent }[],
    priorities: new Map<string, PublishedPriority>(),
    healthChanges: [] as { atMs: number; health: string }[],
    validUntilMs: Number.NEGATIVE_INFINITY,
    mostInFlight: 0,
    inFlight: [] as { atMs: number; event: Event }[],
    addresses: [] as LocalAddress[],
    /** Sees every step right after it, as the daemon's recorder does. */
    observe: (_event: Event, _step: Step): void => {},

    send(event: Event): void {
      const result = step(world.state, event)
      world.state = result.state
      world.observe(event, result)
      world.wakeAtMs = result.wakeAtMs
      for (const effect of result.effects) {
        if (effect.kind === 'query') {
          world.asked.push({ atMs: world.nowMs, query: effect })
          const answer = world.behaviour(effect, world.nowMs)
          const atMs = world.nowMs + answer.latencyMs
          world.inFlight.push({
            atMs,
            event: { ...answer, kind: 'result', nowMs: atMs, queryId: effect.id },
          })
          world.mostInFlight = Math.max(world.mostInFlight, world.inFlight.length)
        } else if (effect.kind === 'log') {
          world.entries.push({ atMs: world.nowMs, entry: effect.entry })
          if (effect.entry.kind === 'health' && effect.entry.from !== effect.entry.to)
            world.healthChanges.push({ atMs: world.nowMs, health: effect.entry.to })
        } else if (effect.kind === 'priority') {
          world.priorities.set(effect.instance, effect.priority)
        } else if (effect.kind === 'reread') {
          world.setAddresses(world.addresses)
        } else {
          world.validUntilMs = effect.validUntilMs
        }
      }
    },

    /** Runs until `untilMs`; every wake and every answer happens at its own time. */
    runUntil(untilMs: number): void {
      for (;;) {
        const next = world.inFlight.reduce<number>(
          (least, item) => Math.min(least, item.atMs),
          Number.POSITIVE_INFINITY,
        )
        const atMs = Math.min(next, world.wakeAtMs)
        if (atMs > untilMs) break
        world.nowMs = Math.max(world.nowMs, atMs)
        const index = world.inFlight.findIndex((item) => item.atMs <= world.nowMs)
        if (index >= 0 && next <= world.wakeAtMs) {
          const [item] = world.inFlight.splice(index, 1)
          if (item !== undefined) world.send({ ...item.event, nowMs: world.nowMs })
        } else {
          world.send({ kind: 'tick', nowMs: world.nowMs })
        }
      }
      world.nowMs = untilMs
    },

    setAddresses(
      addresses: LocalAddress[],
      removed: { address: string; interface: string }[] = [],
    ): void {
      world.addresses = addresses
      world.send({ kind: 'addresses', nowMs: world.nowMs, addresses, removed })
    },

    override(override: Override | null): void {
      world.send({ kind: 'override', nowMs: world.nowMs, override })
    },

    order(servers: readonly string[] | null, cluster = 'recdns'): void {
      world.send({ kind: 'order', nowMs: world.nowMs, cluster, servers })
    },
  }
  return world
}

export type World = ReturnType<typeof createWorld>

export function local(address: string, name = 'eth0', sinceMs: number | null = null): LocalAddress {
  const family = address.includes(':') ? 6 : 4
  return { address, family, interface: name, loopback: name === 'lo', state: 'ready', sinceMs }
}

/** A world of one healthy server with its order known, just before its first check cycle. */
export function startWorld(
  config: CoreConfig,
  addresses: LocalAddress[] = [local('127.0.0.1', 'lo'), local('192.0.2.11')],
): World {
  const world = createWorld(config)
  world.order(['s1', 's2', 's3'])
  world.setAddresses(addresses)
  return world
}
