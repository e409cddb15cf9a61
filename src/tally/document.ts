// What the daemon has counted, as plain data: metrics, the page and the terminal view are drawn from it.
import type { Standing, Verdict } from '../core/standing.ts'
import type { Outcome } from '../dns/outcome.ts'
import type { Family, Transport } from '../dns/probe.ts'

export const TALLY_FORMAT = 1

/** Upper bounds of the latency histogram, in milliseconds; what is slower is in the total alone. */
export const LATENCY_BOUNDS_MS = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500,
] as const

/** Upper bounds of the histogram of sweep durations, in milliseconds. */
export const SWEEP_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 1500, 2500] as const

/** One character of a strip stands for this time. */
export const STRIP_STEP_MS = 5000
/** A strip goes back five minutes. */
export const STRIP_STEPS = 60

/**
 * What a target's queries came to in one step of a strip, the worst: `.` all were answered, `~` one
 * needed confirming and was answered then, `v` the address had vanished, `x` failed, ` ` not asked.
 */
export type StripMark = '.' | '~' | 'v' | 'x' | ' '

/** Counters only grow while a daemon lives, and begin at 0 with it. */
export interface Tally {
  readonly format: typeof TALLY_FORMAT
  /** Queries that have ended, those that confirm included. */
  readonly queries: readonly QueryCount[]
  readonly latency: readonly LatencyHistogram[]
  readonly sweeps: Histogram
  /** Queries that asked once more. */
  readonly confirmations: number
  readonly verdicts: readonly { readonly verdict: Verdict; readonly count: number }[]
  /** How often the server came to be worth this. */
  readonly standings: readonly { readonly standing: Standing; readonly count: number }[]
  /** How often an instance's addresses came to this server, and went. */
  readonly moves: readonly {
    readonly instance: string
    readonly came: number
    readonly went: number
  }[]
  readonly reloads: { readonly taken: number; readonly refused: number }
  /** Newest step last, `STRIP_STEPS` characters each. */
  readonly strips: readonly TargetStrip[]
}

export interface QueryCount {
  readonly transport: Transport
  readonly family: Family
  readonly group: string
  readonly outcome: Outcome
  readonly count: number
}

/** Cumulative, as Prometheus has it: each count holds those of the smaller bounds. */
export interface Histogram {
  readonly counts: readonly number[]
  readonly count: number
  readonly sumMs: number
}

/** Of queries that were answered. */
export interface LatencyHistogram extends Histogram {
  readonly transport: Transport
  readonly family: Family
}

export interface TargetStrip {
  /** As status.json names it: "192.0.2.53 udp". */
  readonly target: string
  readonly strip: string
}
