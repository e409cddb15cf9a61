// What the core wants done. The shell does it; nothing comes back but events.
import type { Expectation, Question } from '../dns/probe.ts'
import type { QueryFacts } from './facts.ts'
import type { LogEvent, Reason } from './log-event.ts'
import type { PublishedPriority } from './priority.ts'
import type { Standing, Verdict } from './standing.ts'
import type { Target } from './target.ts'

export type Effect = QueryEffect | PriorityEffect | StatusEffect | RereadEffect | LogEffect

/** Ask one question; answer with a `result` event that carries the same id. */
export interface QueryEffect extends QueryFacts {
  readonly kind: 'query'
  readonly id: number
  readonly target: Target
  readonly question: Question
  readonly expect: Expectation
  readonly timeoutMs: number
}

/** Publish an instance's priority; sent on change and at the start. */
export interface PriorityEffect {
  readonly kind: 'priority'
  readonly instance: string
  readonly priority: PublishedPriority
}

/** Write the status, valid until `validUntilMs` on the core's clock; what it says stands beside it. */
export interface StatusEffect {
  readonly kind: 'status'
  readonly validUntilMs: number
  readonly verdict: Verdict
  readonly standing: Standing
  readonly reasons: readonly Reason[]
}

/** Read the table of addresses: an `addresses` event says what it holds, changed or not. */
export interface RereadEffect {
  readonly kind: 'reread'
}

export interface LogEffect {
  readonly kind: 'log'
  readonly entry: LogEvent
}
