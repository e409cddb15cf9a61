// The daemon's core on the virtual clock: events in their order, answers on their way, the next wake.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import { initialState, type State } from '../core/state.ts'
import { type Step, step } from '../core/step.ts'
import type { StartState } from '../documents/history-lines.ts'

/** How a query ends: known at once, and true from `latencyMs` on. */
export interface QueryEnd {
  readonly outcome: ResultEvent['outcome']
  readonly latencyMs: number
  readonly ttlS?: number | undefined
}

export interface CoreHost {
  nowMs(): number
  ask(query: QueryEffect): QueryEnd
  /** Carries out what the core does not do by itself. */
  perform(effect: Exclude<Effect, QueryEffect>): void
  /** Sees every step after its effects have been carried out. */
  readonly observe?: (event: Event, result: Step, nowMs: number) => void
  /** How late the core is woken that wants to be at a time; on time where it is left out. */
  readonly latenessAt?: (wakeAtMs: number) => number
}

export interface SimulatedCore {
  /** A new daemon, which knows nothing, or one that is what a history begins with. */
  begin(config: Config, from?: StartState | null): void
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
  const { observe, latenessAt } = host
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
    wakeAtMs = result.wakeAtMs + (latenessAt?.(result.wakeAtMs) ?? 0)
    isPerforming = true
    for (const effect of result.effects) {
      if (effect.kind === 'query') pending.add(resultOf(effect, host.ask(effect), host.nowMs()))
      else host.perform(effect)
    }
    isPerforming = false
    observe?.({ ...event }, result, event.nowMs)
  }

  return {
    begin(config, from = null) {
      state = initialState(config, host.nowMs())
      if (from !== null) resume(state, from)
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
  { outcome, latencyMs, ttlS }: QueryEnd,
  askedMs: number,
): ResultEvent {
  const nowMs = askedMs + latencyMs
  const result = { kind: 'result', nowMs, queryId: id, outcome, latencyMs } as const
  return ttlS === undefined ? result : { ...result, ttlS }
}

/** Takes up a life in its middle. JSON has no infinities: where one was there is null. */
function resume(state: State, from: StartState): void {
  const backoffHoldUntilMs = from.damper.backoffHoldUntilMs ?? Number.NEGATIVE_INFINITY
  Object.assign(state.damper, from.damper, { backoffHoldUntilMs })
  state.decided = from.decided
  for (const { name, up } of from.upstreams) {
    const upstream = state.upstreams.find(({ config }) => config.name === name)
    if (upstream !== undefined) upstream.up = up
  }
}

/** Replies that are on their way, the next one first. */
interface Pending {
  /** The time of the next reply; infinite when there is none. */
  nextMs: number
  /** A reply that comes at its `nowMs`. */
  add(reply: ResultEvent): void
  take(): ResultEvent
  clear(): void
}

/** A sorted list: few replies are ever on their way, and most come in the order they were asked. */
function createPending(): Pending {
  /** The next one last, so that taking it moves nothing. */
  const replies: ResultEvent[] = []

  const pending: Pending = {
    nextMs: Number.POSITIVE_INFINITY,
    add(reply) {
      replies.push(reply)
      let index = replies.length - 1
      if (index > 0) {
        for (; index > 0; index--) {
          const before = replies[index - 1] as ResultEvent
          if (before.nowMs > reply.nowMs) break
          replies[index] = before
        }
        replies[index] = reply
      }
      pending.nextMs = (replies[replies.length - 1] as ResultEvent).nowMs
    },
    take() {
      const reply = replies.pop()
      if (reply === undefined) throw new Error('no reply is on its way')
      pending.nextMs = replies[replies.length - 1]?.nowMs ?? Number.POSITIVE_INFINITY
      return reply
    },
    clear() {
      replies.length = 0
      pending.nextMs = Number.POSITIVE_INFINITY
    },
  }
  return pending
}
