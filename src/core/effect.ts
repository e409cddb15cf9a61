// What the core wants done, log entries among it. The shell does it; nothing comes back but events.
import type { Endpoint, Run, Source } from './check.ts'
import type { Outcome } from './outcome.ts'
import type { Override } from './override.ts'
import type { PublishedPriority } from './priority.ts'
import type { Health, ServerState } from './server-state.ts'

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
  readonly endpoint: Endpoint
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
  readonly health: Health
  readonly state: ServerState
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
export interface EndpointFailure {
  readonly endpoint: string
  readonly question: string
  readonly outcome: Outcome
  readonly detail?: string
}

/** How the last check cycle of an upstream group went. */
export interface UpstreamFigures {
  readonly group: string
  readonly passed: number
  readonly of: number
  readonly quorum: number
  /** What the first probe came to that was not answered well. */
  readonly failure?: { readonly question: string; readonly outcome: Outcome }
}

/** Passing cycles of a failed server, and how many it needs. */
interface Rising {
  readonly kind: 'rising'
  readonly passes: number
  readonly needed: number
}

/** Why the health is not healthy. */
export type Reason =
  | { readonly kind: 'starting' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'no-endpoints' }
  | ({ readonly kind: 'endpoint' } & EndpointFailure)
  | Rising
  | ({ readonly kind: 'upstream' } & UpstreamFigures)

export type LogEvent =
  | {
      readonly kind: 'health'
      readonly from: Health
      readonly to: Health
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
      readonly endpoint: string
      readonly outcome: Outcome | 'late'
      readonly afterMs: number
    }
  /** The status ended before it could be renewed. */
  | { readonly kind: 'lapsed'; readonly lateMs: number }
  | { readonly kind: 'cleared'; readonly endpoint: string }
  | ({ readonly kind: 'endpoint-failed'; readonly ignored: 'grace' | null } & EndpointFailure)
  | { readonly kind: 'endpoint-recovered'; readonly endpoint: string }
  | {
      readonly kind: 'cycle-failed'
      readonly failures: number
      readonly fall: number
      readonly backoffMs: number
      /** What failed; left out where nothing can be probed. */
      readonly failure?: EndpointFailure
    }
  | Rising
  | { readonly kind: 'probation'; readonly repeatFailures: number; readonly forMs: number }
  | ({ readonly kind: 'upstream'; readonly up: boolean } & UpstreamFigures)
  | { readonly kind: 'address-added'; readonly address: string; readonly interface: string }
  | {
      readonly kind: 'address-removed'
      readonly address: string
      readonly interface: string
      readonly backoffHoldMs: number
    }
  | { readonly kind: 'address-dadfailed'; readonly address: string; readonly interface: string }
  | { readonly kind: 'holding'; readonly instance: string; readonly holding: boolean }
  | { readonly kind: 'unlisted'; readonly cluster: string; readonly server: string }
  | { readonly kind: 'order'; readonly cluster: string; readonly servers: readonly string[] }
  | { readonly kind: 'override'; readonly override: Override | null }
