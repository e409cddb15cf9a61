// The lines of a history: what a daemon records of itself, so that a replay can follow it.
import type { Config } from '../config/config.ts'
import type { CoreConfig } from '../core/core-config.ts'
import type { Damper } from '../core/damper.ts'
import type { AddressesEvent, OrderEvent, OverrideEvent } from '../core/event.ts'
import type { Outcome } from '../core/outcome.ts'
import type { ServerState } from '../core/server-state.ts'
import type { Expectation, Question } from '../dns/probe.ts'

/** Readers refuse a later one. */
export const HISTORY_VERSION = 1

/** What of a config the core goes by; the rest may hold what is nobody's business. */
export type RecordedConfig = Pick<
  Config,
  'server' | 'clusters' | 'groups' | 'addresses' | 'timing' | 'flap'
>

/** As which a balancer's count of its real servers stands in a history: a question that nobody sends. */
const QUORUM: { readonly question: Question; readonly expect: Expectation } = {
  question: { name: 'real', type: 'servers', class: 'IN' },
  expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 0 },
}

export function recordedConfig(config: CoreConfig): RecordedConfig {
  const { server, clusters, addresses, timing, flap } = config
  const groups = config.groups.map((group) => ({
    ...group,
    probes: group.probes.map((source) => (source.kind === 'quorum' ? QUORUM : source)),
  }))
  return { server, clusters, groups, addresses, timing, flap }
}

/** Times are milliseconds on the daemon's own clock; `wallMs` ties that clock to the calendar. */
export type HistoryLine =
  | StartLine
  | AddressesEvent
  | OrderEvent
  | OverrideEvent
  | ConfigLine
  | { readonly kind: 'stop'; readonly nowMs: number }
  | ItemsLine
  | ResultLine
  | AgainLine
  | BeatLine
  | StateLine
  | WeightLine
  | LostLine

/** The first line of a daemon's life, and of each file that goes on with it. */
export interface StartLine {
  readonly kind: 'start'
  readonly version: number
  readonly nowMs: number
  readonly wallMs: number
  readonly config: RecordedConfig
  /** What the daemon knew when the file began; null at the beginning of its life. */
  readonly state: StartState | null
}

export interface StartState {
  readonly damper: Readonly<Damper>
  readonly decided: boolean
  readonly upstreams: readonly { readonly name: string; readonly up: boolean | null }[]
  readonly state: ServerState
}

export interface ConfigLine {
  readonly kind: 'config'
  readonly nowMs: number
  readonly config: RecordedConfig
}

/** What the numbers in the lines that follow stand for: probes at endpoints. */
export interface ItemsLine {
  readonly kind: 'items'
  readonly nowMs: number
  readonly names: readonly string[]
}

/** The end of a query that failed, or was one of an item that was asked again. */
export interface ResultLine {
  readonly kind: 'result'
  readonly nowMs: number
  readonly item: number
  /** When the item's first query was sent. */
  readonly askedMs: number
  /** The same for the time before; null when there was none. */
  readonly beforeMs: number | null
  /** Which query this was: 0 for the first, from 1 for those that confirm. */
  readonly nth: number
  readonly outcome: Outcome
  readonly latencyMs: number
}

/** The first time that an item was answered at once after it had not been. */
export interface AgainLine {
  readonly kind: 'again'
  readonly nowMs: number
  readonly item: number
  readonly askedMs: number
}

/** Now and then, so that a replay keeps step: which cycle began when, and how soon answers come. */
export interface BeatLine {
  readonly kind: 'beat'
  readonly nowMs: number
  readonly cycle: number
  readonly startedMs: number
  /** Mean latency of the answers since the last beat that were not out of the ordinary; null without any. */
  readonly latencyMs: number | null
}

/** What the server was worth from now on. */
export interface StateLine {
  readonly kind: 'state'
  readonly nowMs: number
  readonly state: ServerState
  /** The first check cycle has not finished: nothing has failed yet. */
  readonly starting?: true
  /** Why the health was not healthy, in words; left out where it was, and by older daemons. */
  readonly reasons?: readonly string[]
}

/** What a load balancer's real server weighs from now on. */
export interface WeightLine {
  readonly kind: 'weight'
  readonly nowMs: number
  /** SERVICE.SERVER */
  readonly backend: string
  readonly weight: number
  readonly state: ServerState
  /** Why the health is not healthy, in words; left out where it is. */
  readonly reasons?: readonly string[]
}

/** Lines that could not be written before this one. */
export interface LostLine {
  readonly kind: 'lost'
  readonly lines: number
}

/**
 * A line as it is written: JSON, an object each, but lists for the ends of queries, because of them
 * there may be many. Times are rounded to what a replay can follow, a thousandth of a millisecond.
 */
export function historyText(line: HistoryLine): string {
  return JSON.stringify(
    isFrequent(line) ? Object.values(ordered(line)) : line,
    (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value)
        ? Math.round(value * 1000) / 1000
        : value,
  )
}

/** The line that a text is, or null when it is none; damaged ones are to be expected. */
export function parseHistoryLine(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? fromList(value) : value
  } catch {
    return null
  }
}

function isFrequent(line: HistoryLine): line is ResultLine | AgainLine {
  return line.kind === 'result' || line.kind === 'again'
}

/** The fields in the order in which they stand in a list. */
function ordered(line: ResultLine | AgainLine): object {
  const { kind, nowMs, item, askedMs } = line
  if (kind === 'again') return { kind, nowMs, item, askedMs }
  const { beforeMs, nth, outcome, latencyMs } = line
  return { kind, nowMs, item, askedMs, beforeMs, nth, outcome, latencyMs }
}

function fromList(list: readonly unknown[]): object {
  const [kind, nowMs, item, askedMs, beforeMs, nth, outcome, latencyMs] = list
  return kind === 'again'
    ? { kind, nowMs, item, askedMs }
    : { kind, nowMs, item, askedMs, beforeMs, nth, outcome, latencyMs }
}
