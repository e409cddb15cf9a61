// What the core wants done, log entries among it. The shell does it; nothing comes back but events.
import type { Run, Source, Target } from './check.ts'
import type { Outcome } from './outcome.ts'
import type { Override } from './override.ts'
import type { PublishedPriority } from './priority.ts'
import type { Standing, Verdict } from './standing.ts'

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

/** A check that does not pass, and what it came to. */
export interface TargetFailure {
  readonly target: string
  readonly question: string
  readonly outcome: Outcome
  readonly detail?: string
}

/** How the last sweep of an upstream group went. */
export interface UpstreamFigures {
  readonly group: string
  readonly passed: number
  readonly of: number
  readonly quorum: number
  /** What the first probe came to that was not answered well. */
  readonly failure?: { readonly question: string; readonly outcome: Outcome }
}

/** Passing sweeps of a failed server, and how many it needs. */
interface Rising {
  readonly kind: 'rising'
  readonly passes: number
  readonly needed: number
}

/** Why the verdict is not healthy. */
export type Reason =
  | { readonly kind: 'starting' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'no-targets' }
  | ({ readonly kind: 'target' } & TargetFailure)
  | Rising
  | ({ readonly kind: 'upstream' } & UpstreamFigures)

export type LogEvent =
  | {
      readonly kind: 'verdict'
      readonly from: Verdict
      readonly to: Verdict
      readonly reasons: readonly Reason[]
    }
  | {
      readonly kind: 'priority'
      readonly instance: string
      readonly from: PublishedPriority | null
      readonly to: PublishedPriority
      readonly rank: number | null
      readonly of: number
    }
  | {
      readonly kind: 'suspected'
      readonly target: string
      readonly outcome: Outcome | 'late'
      readonly afterMs: number
    }
  /** The status ended before it could be renewed. */
  | { readonly kind: 'lapsed'; readonly lateMs: number }
  | { readonly kind: 'cleared'; readonly target: string }
  | ({ readonly kind: 'target-failed'; readonly ignored: 'grace' | null } & TargetFailure)
  | { readonly kind: 'target-recovered'; readonly target: string }
  | {
      readonly kind: 'sweep-failed'
      readonly failures: number
      readonly fall: number
      readonly backoffMs: number
      /** What failed; left out where nothing can be probed. */
      readonly failure?: TargetFailure
    }
  | Rising
  | { readonly kind: 'probation'; readonly relapses: number; readonly forMs: number }
  | ({ readonly kind: 'upstream'; readonly up: boolean } & UpstreamFigures)
  | { readonly kind: 'address-added'; readonly address: string; readonly interface: string }
  | {
      readonly kind: 'address-removed'
      readonly address: string
      readonly interface: string
      readonly holdDownMs: number
    }
  | { readonly kind: 'address-dadfailed'; readonly address: string; readonly interface: string }
  | { readonly kind: 'holding'; readonly instance: string; readonly holding: boolean }
  | { readonly kind: 'unlisted'; readonly pool: string; readonly server: string }
  | { readonly kind: 'order'; readonly pool: string; readonly servers: readonly string[] }
  | { readonly kind: 'override'; readonly override: Override | null }
