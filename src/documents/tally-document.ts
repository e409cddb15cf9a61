// tally.json: what the daemon has counted. Metrics, the page and the terminal view are drawn from it.

import type { Outcome } from '../core/outcome.ts'
import type { Health, ServerState } from '../core/server-state.ts'
import type { Family, Transport } from '../dns/probe.ts'
import { jsonOf } from './clean-text.ts'
import type { BootMoment } from './status-document.ts'

export const TALLY_FORMAT = 1

/** Upper bounds of the latency histogram, in milliseconds; what is slower is in the total alone. */
export const LATENCY_BOUNDS_MS = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500,
] as const

/** Upper bounds of the histogram of cycle durations, in milliseconds. */
export const CYCLE_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 1500, 2500] as const

/** One character of a strip stands for this time. */
export const STRIP_STEP_MS = 5000
/** A strip goes back five minutes. */
export const STRIP_STEPS = 60

/**
 * What the questions to an endpoint came to in one step of a strip, the worst: ` ` nothing was asked,
 * `.` all were answered at once, `~` one was answered when it was asked again, or failed at an
 * address too young for that to count, `v` the address was gone, `x` one failed.
 */
export type StripMark = ' ' | '.' | '~' | 'v' | 'x'

/** RUN_DIR/tally.json as it is written. */
export interface TallyDocument {
  readonly boot_id: string
  readonly written_boot_ms: number
  readonly tally: Tally
}

/** Counters only grow while a daemon lives, and begin at 0 with it. */
export interface Tally {
  readonly format: typeof TALLY_FORMAT
  /** For how long it has been counted. */
  readonly countedMs: number
  /** Queries that have ended, those that asked again included. */
  readonly queries: readonly QueryCount[]
  /** How long the queries that were answered took. */
  readonly latency: readonly LatencyHistogram[]
  /** How long the cycles of the required groups took. */
  readonly cycles: readonly CycleHistogram[]
  /** Queries that asked again, because an earlier one erred or was late. */
  readonly confirmations: number
  /** How often the health changed to this one; that a daemon begins as failed is no change. */
  readonly healthChanges: readonly { readonly health: Health; readonly count: number }[]
  /** How often the server came to be worth this, whatever the orders say of it. */
  readonly serverStates: readonly { readonly state: ServerState; readonly count: number }[]
  /** How often an instance's addresses came to this server, and went, since the daemon started. */
  readonly moves: readonly InstanceMoves[]
  readonly reloads: { readonly taken: number; readonly refused: number }
  readonly strips: readonly EndpointStrip[]
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

export interface LatencyHistogram extends Histogram {
  readonly transport: Transport
  readonly family: Family
}

/** A check cycle that is spread takes nearly its period, and one in a burst as long as the answers do. */
export interface CycleHistogram extends Histogram {
  readonly mode: 'spread' | 'burst'
}

export interface InstanceMoves {
  readonly instance: string
  readonly came: number
  readonly went: number
}

export interface EndpointStrip {
  /** As status.json names it: "udp/192.0.2.53". */
  readonly endpoint: string
  /** `STRIP_STEPS` marks, the newest last. */
  readonly strip: string
}

/** The text of tally.json. */
export function tallyText(tally: Tally, bootId: string, bootMs: number): string {
  const document: TallyDocument = { boot_id: bootId, written_boot_ms: bootMs, tally }
  return `${JSON.stringify(document)}\n`
}

/** By endpoint; marks with the newest last. */
export type Strips = ReadonlyMap<string, string>

export const NO_STRIPS: Strips = new Map()

/** Nothing else in a strip reaches a terminal. */
const MARKS = /^[ .~vx]*$/

/**
 * Reads tally.json, which may be anything; one that cannot be used has no strips. Steps that have
 * passed since it was written are blank, as nobody knows of them.
 */
export function readStrips(text: string, moment: BootMoment): Strips {
  const { boot_id, written_boot_ms, tally } = (jsonOf(text) ?? {}) as Partial<TallyDocument>
  const listed: unknown = tally?.strips
  if (boot_id !== moment.bootId || typeof written_boot_ms !== 'number' || !Array.isArray(listed))
    return NO_STRIPS
  const passed = Math.floor(Math.max(0, moment.bootMs - written_boot_ms) / STRIP_STEP_MS)
  // It is written once a step, so that the newest mark is always a step old at most.
  const blanks = Math.min(STRIP_STEPS, Math.max(0, passed - 1))
  const strips = new Map<string, string>()
  for (const entry of listed) {
    const { endpoint, strip } = (entry ?? {}) as { endpoint?: unknown; strip?: unknown }
    if (typeof endpoint !== 'string' || typeof strip !== 'string' || !MARKS.test(strip)) continue
    const padded = strip.padStart(STRIP_STEPS) + ' '.repeat(blanks)
    strips.set(endpoint, padded.slice(-STRIP_STEPS))
  }
  return strips
}
