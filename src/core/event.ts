// What can happen to the core. Times are milliseconds on one monotonic clock that the shell chooses.

import type { LocalAddress } from './check.ts'
import type { CoreConfig } from './core-config.ts'
import type { Outcome } from './outcome.ts'
import type { Override } from './override.ts'

export type Event =
  | TickEvent
  | ResultEvent
  | AddressesEvent
  | OrderEvent
  | OverrideEvent
  | ConfigEvent
  | OversleptEvent
  | StopEvent

/** The time that the core asked to be woken at has come (early or late wakes do no harm). */
export interface TickEvent {
  readonly kind: 'tick'
  readonly nowMs: number
}

/** A query that the core asked for has ended. */
export interface ResultEvent {
  readonly kind: 'result'
  readonly nowMs: number
  readonly queryId: number
  readonly outcome: Outcome
  /** From sending to the end of the query. */
  readonly latencyMs: number
  /** What exactly was wrong, for people: "got REFUSED, expected NOERROR". */
  readonly detail?: string
  /** How long the answer may still be kept, in seconds; left out where it cannot be. */
  readonly ttlS?: number
}

/** The whole table of local addresses, changed or asked for by a `reread`, and which went away since the last such event. */
export interface AddressesEvent {
  readonly kind: 'addresses'
  readonly nowMs: number
  readonly addresses: readonly LocalAddress[]
  /** Addresses that were removed, even if they are back in the table by now. */
  readonly removed: readonly { readonly address: string; readonly interface: string }[]
}

/** A cluster's order was read: server names by preference, or null when it has never been readable. */
export interface OrderEvent {
  readonly kind: 'order'
  readonly nowMs: number
  readonly cluster: string
  readonly servers: readonly string[] | null
}

export interface OverrideEvent {
  readonly kind: 'override'
  readonly nowMs: number
  readonly override: Override | null
}

/** A new, valid config takes the place of the old one. */
export interface ConfigEvent {
  readonly kind: 'config'
  readonly nowMs: number
  readonly config: CoreConfig
}

/**
 * By the clock that readers of the status go by its end has come, and `nowMs` does not show it: that
 * clock goes on while the host is suspended.
 */
export interface OversleptEvent {
  readonly kind: 'overslept'
  readonly nowMs: number
}

/** The daemon is stopping: publish the lowest priority and ask nothing more. */
export interface StopEvent {
  readonly kind: 'stop'
  readonly nowMs: number
}
