// The daemon's core on the virtual clock: events in their order, answers on their way, the next wake.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import { initialState, type State } from '../core/state.ts'
import { type Step, step } from '../core/step.ts'
import type { Reply } from './bind.ts'
import { createPending } from './pending.ts'

export interface CoreHost {
  nowMs(): number
  /** Asks a question; what comes back is known at once, and true from `latencyMs` on. */
  ask(query: QueryEffect): Reply
  /** Carries out what the core does not do by itself. */
  perform(effect: Exclude<Effect, QueryEffect>): void
  /** Sees every step after its effects have been carried out. */
  readonly observe?: (event: Event, result: Step, nowMs: number) => void
}

export interface SimulatedCore {
  /** A new daemon, which knows nothing. */
  begin(config: Config): void
  /** Nothing happens any more; what was on its way is lost. */
  end(): void
  /** Ignored while no daemon lives. */
  send(event: Event): void
  /** The process is stopped until then: what is sent waits, and answers are taken in late. */
  stall(untilMs: number): void
  /** When it wants `tick`. */
  wakeAtMs(): number
  tick(): void
}

export function createCore(host: CoreHost): SimulatedCore {
  const { observe } = host
  const pending = createPending()
  const tickEvent: { kind: 'tick'; nowMs: number } = { kind: 'tick', nowMs: 0 }
  const waiting: Event[] = []
  /** null while no daemon lives. */
  let state: State | null = null
  let isPerforming = false
  let stalledUntilMs = Number.NEGATIVE_INFINITY
  let wakeAtMs = Number.POSITIVE_INFINITY

  /** As in the daemon, what an effect brings about at once is taken in when all effects are done. */
  function send(event: Event): void {
    if (isPerforming || host.nowMs() < stalledUntilMs) {
      waiting.push(event)
      return
    }
    takeStep(event)
    takeWaiting()
  }

  /** What waited for the process to go on is taken in as of when it does. */
  function takeWaiting(): void {
    while (waiting.length > 0 && host.nowMs() >= stalledUntilMs) {
      const event = waiting.shift() as Event
      takeStep(event.nowMs < host.nowMs() ? { ...event, nowMs: host.nowMs() } : event)
    }
  }

  function takeStep(event: Event): void {
    if (state === null) return
    const result = step(state, event)
    wakeAtMs = result.wakeAtMs
    isPerforming = true
    for (const effect of result.effects) {
      if (effect.kind === 'query') pending.add(resultOf(effect, host.ask(effect), host.nowMs()))
      else host.perform(effect)
    }
    isPerforming = false
    observe?.({ ...event }, result, event.nowMs)
  }

  return {
    begin(config) {
      state = initialState(config, host.nowMs())
    },
    end() {
      state = null
      wakeAtMs = Number.POSITIVE_INFINITY
      stalledUntilMs = Number.NEGATIVE_INFINITY
      waiting.length = 0
      pending.clear()
    },
    send,
    stall(untilMs) {
      if (state !== null) stalledUntilMs = Math.max(stalledUntilMs, untilMs)
    },
    wakeAtMs() {
      const nextMs = Math.min(pending.nextMs, wakeAtMs)
      if (nextMs >= stalledUntilMs && waiting.length === 0) return nextMs
      return Math.max(stalledUntilMs, waiting.length > 0 ? 0 : nextMs)
    },
    tick() {
      const nowMs = host.nowMs()
      if (waiting.length > 0) {
        takeWaiting()
        return
      }
      if (pending.nextMs > nowMs) {
        tickEvent.nowMs = nowMs
        send(tickEvent)
        return
      }
      const reply = pending.take()
      // A daemon that was stopped for a while takes in late what came meanwhile.
      send(reply.nowMs < nowMs ? { ...reply, nowMs } : reply)
    },
  }
}

function resultOf(
  { id }: QueryEffect,
  { outcome, latencyMs, ttlS }: Reply,
  askedMs: number,
): ResultEvent {
  const nowMs = askedMs + latencyMs
  const result = { kind: 'result', nowMs, queryId: id, outcome, latencyMs } as const
  return ttlS === undefined ? result : { ...result, ttlS }
}
