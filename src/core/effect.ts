// What the core wants done. The shell does it; nothing comes back but events.
import type { Run } from './check.ts'
import type { LogEvent, Reason } from './log-event.ts'
import type { PublishedPriority } from './priority.ts'
import type { Source } from './source.ts'
import type { Standing, Verdict } from './standing.ts'
import type { Target } from './target.ts'

export type Effect = QueryEffect | PriorityEffect | StatusEffect | RereadEffect | LogEffect

/** Ask the source once; answer with a `result` event that carries the same id. */
export interface QueryEffect {
  readonly kind: 'query'
  readonly id: number
  readonly run: Run
  /** Which of the run's queries it is, counted from 0. */
  readonly nth: number
  /** An earlier query was late or went wrong. */
  readonly confirms: boolean
  readonly target: Target
  readonly source: Source
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
