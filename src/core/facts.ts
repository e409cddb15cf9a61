// What the core reports to those who show, count, record and replay.
import type { Check, LocalAddress, Run } from './check.ts'
import type { CoreConfig } from './core-config.ts'
import type { Damper } from './damper.ts'
import type { Effect, Reason } from './effect.ts'
import type { Outcome } from './outcome.ts'
import type { Override } from './override.ts'
import type { PublishedPriority } from './priority.ts'
import type { Health, ServerState } from './server-state.ts'

/** What one event has brought about. */
export interface StepFacts {
  readonly effects: readonly Effect[]
  /** The query that ended with the event, unless it is not awaited any more. */
  readonly answered: AnsweredFacts | null
  readonly cycleEnded: CycleFacts | null
}

/** A query that has ended. */
export interface AnsweredFacts {
  readonly run: Run
  /** Which of the run's queries it was, counted from 0. */
  readonly nth: number
  /** One of the run's queries was late or went wrong, so that the check is confirmed. */
  readonly suspected: boolean
  /** The run has its outcome with this; its other queries may end later. */
  readonly concludes: boolean
  /** The check fails, but its address is younger than the grace time. */
  readonly ignored: boolean
}

/** A check cycle of the required groups that has ended. */
export interface CycleFacts {
  readonly mode: 'spread' | 'burst'
  readonly tookMs: number
}

/** The server as it is at one moment. Nothing in it changes later, so it may be kept. */
export interface ServerFacts {
  readonly config: CoreConfig
  readonly stopped: boolean
  /** The first result is out. */
  readonly decided: boolean
  readonly health: Health
  readonly healthSinceMs: number
  readonly state: ServerState
  /** Since when people are told of this state (see `stateWord`). */
  readonly serverStateSinceMs: number
  readonly reasons: readonly Reason[]
  readonly override: Override | null
  readonly damper: Readonly<Damper>
  /** The cycle of the required groups that is under way. */
  readonly cycle: { readonly mode: 'spread' | 'burst'; readonly startedMs: number } | null
  readonly nextCycleMs: number
  /** Check cycles of the required groups that have ended. */
  readonly cycles: number
  readonly instances: readonly InstanceFacts[]
  readonly published: ReadonlyMap<string, PublishedPriority>
  readonly upstreams: readonly UpstreamFacts[]
  /** Those of the required groups first. */
  readonly checks: readonly CheckFacts[]
  /** The kernel's table. */
  readonly addresses: readonly LocalAddress[]
}

/** An instance's place in the election. */
export interface ElectionEntry {
  readonly rank: number | null
  readonly of: number
  readonly state: ServerState
  readonly priority: PublishedPriority
}

export interface InstanceFacts extends ElectionEntry {
  readonly name: string
  readonly cluster: string
  readonly addresses: readonly string[]
  /** The servers of the order, best first for this instance. */
  readonly servers: readonly string[]
  /** A service address of it is on an interface of this server other than loopback. */
  readonly holding: boolean
}

export interface UpstreamFacts {
  readonly name: string
  /** null until its first check cycle has finished. */
  readonly up: boolean | null
  readonly passed: number
  readonly of: number
  readonly quorum: number
}

export interface CheckFacts {
  readonly check: Check
  readonly interface: string
  /** null until it has been asked. */
  readonly outcome: Outcome | null
  readonly detail?: string
  readonly latencyMs: number | null
  /** A query that takes longer is asked again. */
  readonly lateMs: number
  /** When it had its outcome. */
  readonly atMs: number | null
  readonly failing: boolean
  /** It fails, but its address is younger than the grace time. */
  readonly ignored: boolean
}
