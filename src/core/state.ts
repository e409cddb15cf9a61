// Everything the core remembers.
import type { Family } from '../dns/probe.ts'
import type { Check, LocalAddress, Run } from './check.ts'
import {
  type CoreConfig,
  type RequiredConfig,
  type UpstreamConfig,
  upstreamGroups,
} from './core-config.ts'
import { type Damper, newDamper } from './damper.ts'
import type { Reason } from './effect.ts'
import type { Latency } from './latency.ts'
import type { Outcome } from './outcome.ts'
import type { Override } from './override.ts'
import type { PublishedPriority } from './priority.ts'
import type { Health, StateWord } from './server-state.ts'

/**
 * The state belongs to `step`: it is changed in place and handed back, and a caller must not keep
 * an older one. That makes a step cost what it changes, not what there is.
 */
export interface State {
  config: CoreConfig
  stopped: boolean
  /** True once everything has been asked at least once: the first result is out. */
  decided: boolean
  /** The kernel's table, unfiltered. */
  addresses: readonly LocalAddress[]
  /** The addresses that are probed, by address. */
  probed: Map<string, ProbedAddress>
  /** No grace time ends before this time. */
  graceWakeMs: number
  /** Checks whose address's grace time has ended, and which are to be asked. */
  overdue: CheckState[]
  readonly required: RequiredGroup
  upstreams: UpstreamGroup[]
  damper: Damper
  /** Queries under way, by id. */
  readonly queries: Map<number, Query>
  /** Those of upstream groups among them, which alone are limited: the required ones wait for nobody. */
  upstreamQueries: number
  nextQueryId: number
  /** Checks being asked that wait for a time to come. */
  readonly runs: Set<CheckRun>
  /** None of them needs attention before this time. */
  runWakeMs: number
  orders: Map<string, readonly string[] | null>
  override: Override | null
  health: Health
  healthSinceMs: number
  /** What people are told, and since when. */
  stateWord: StateWord
  serverStateSinceMs: number
  reasons: readonly Reason[]
  /** What failed last: the reason that is left when the address that failed has gone with its service. */
  failedFor: readonly Reason[]
  /** Instances whose service addresses are on an interface of this server other than loopback. */
  holding: Set<string>
  published: Map<string, PublishedPriority>
  /** What is known of each required endpoint, by its name. */
  readonly evidence: Map<string, Evidence>
  /** The end of the last status; infinite before the first. */
  statusUntilMs: number
  /** The status is written anew by then, whether anything has changed or not. */
  renewStatusMs: number
}

/** An address that is probed, however many interfaces it is on. */
export interface ProbedAddress {
  readonly address: string
  readonly family: Family
  /** The interface it has been on for longest. */
  readonly interface: string
  readonly loopback: boolean
  /** Failures of queries asked before this time are ignored. */
  readonly graceEndsMs: number
  /** When to ask because the grace time ends; infinite once done. */
  graceProbeMs: number
  /** How many readings of the table have listed it since a question found it gone; NOT_MISSED before. */
  listedReadings: number
}

/** Of an address that no question has found gone. */
export const NOT_MISSED = -1

/** What is known of a required endpoint: until when its last conclusive answer counts. */
export interface Evidence {
  untilMs: number
}

/** What the answers to one upstream probe have shown by their TTLs. */
export interface Freshness {
  /** The last answers that were fetched anew and have not come to their end. */
  seen: readonly { readonly ttlS: number; readonly atMs: number }[]
  /** The last good answer came from beyond the cache at this time or later. */
  fetchedMs: number
  /** When the question before was asked. */
  askedMs: number
  /** When the first of the failures in a row was asked for; null while it is answered well. */
  failedMs: number | null
}

/** One check with what is known of it. */
export interface CheckState extends Check {
  readonly group: RequiredConfig | UpstreamConfig
  /** Which of the group's probes it is. */
  readonly probeIndex: number
  address: ProbedAddress
  /** Shared by all probes at the endpoint; null in an upstream group. */
  readonly evidence: Evidence | null
  /** null in a required group. */
  readonly freshness: Freshness | null
  readonly latency: Latency
  outcome: Outcome | null
  detail: string | undefined
  latencyMs: number | null
  atMs: number | null
  failing: boolean
  /** It fails, but its address is younger than the grace time. */
  ignored: boolean
}

/** Checks that are asked together, cycle after cycle, and judged together (see group.ts). */
export type Group = RequiredGroup | UpstreamGroup

interface Cycling {
  checks: readonly CheckState[]
  cycle: Cycle | null
  nextCycleMs: number
  /** Check cycles finished. */
  cycles: number
}

/** All that must pass at this server's own addresses; the damper holds what its cycles came to. */
export interface RequiredGroup extends Cycling {
  readonly kind: 'required'
}

/** An upstream group with a debounce of its own. */
export interface UpstreamGroup extends Cycling {
  readonly kind: 'upstream'
  readonly config: UpstreamConfig
  /** null until its first check cycle has finished. */
  up: boolean | null
  /** Consecutive cycles that speak against `up`. */
  contrary: number
  /** Probes answered well in the last check cycle. */
  passed: number
}

export interface Cycle {
  readonly startedMs: number
  readonly mode: 'spread' | 'burst'
  /** Between two questions of a spread cycle. */
  gapMs: number
  queue: readonly CheckState[]
  /** The next check of the queue to ask. */
  cursor: number
  nextAskMs: number
  /** Checks being asked. */
  open: number
  ok: number
  /** Some query had to be asked again. */
  suspicious: boolean
  /** Set by the first conclusive failure; the rest is asked once, for the record. */
  failed: boolean
}

/** One query under way. */
export interface Query {
  readonly run: CheckRun
  readonly nth: number
}

/** A check being asked, confirming queries included. */
export interface CheckRun extends Run {
  readonly check: CheckState
  readonly group: Group
  /** null when it was asked on its own, at the end of a grace time. */
  readonly cycle: Cycle | null
  /** It has an end by then, whatever probes take the place of its own meanwhile. */
  readonly endsMs: number
  /** Queries sent so far. */
  sent: number
  /** Queries sent and not ended. */
  open: number
  suspected: boolean
  /** Confirming queries still to be sent. */
  unsent: number
  /** The time between two of them, from its beginning on: a new config may have none. */
  readonly gapMs: number
  /** When it is late, or when the next confirming query is due. */
  dueMs: number
  outcome: Outcome
  detail: string | undefined
  /** Of the last answer; null where it cannot be kept. */
  ttlS: number | null
  concluded: boolean
}

export function newUpstream(config: UpstreamConfig, firstCycleMs: number): UpstreamGroup {
  return {
    kind: 'upstream',
    config,
    ...beforeFirstCycle(firstCycleMs),
    up: null,
    contrary: 0,
    passed: 0,
  }
}

function beforeFirstCycle(firstCycleMs: number): Cycling {
  return { checks: [], cycle: null, nextCycleMs: firstCycleMs, cycles: 0 }
}

/** All groups of checks; the required one comes first. */
export function groupsOf({ required, upstreams }: State): readonly Group[] {
  return upstreams.length === 0 ? [required] : [required, ...upstreams]
}

/**
 * The state before anything is known: failed, because nothing is served before it is known to be
 * good. The first check cycles wait for the address table.
 */
export function initialState(config: CoreConfig, nowMs: number): State {
  return {
    config,
    stopped: false,
    decided: false,
    addresses: [],
    probed: new Map(),
    graceWakeMs: Number.POSITIVE_INFINITY,
    overdue: [],
    required: { kind: 'required', ...beforeFirstCycle(Number.POSITIVE_INFINITY) },
    upstreams: upstreamGroups(config).map((group) => newUpstream(group, Number.POSITIVE_INFINITY)),
    damper: newDamper(),
    queries: new Map(),
    upstreamQueries: 0,
    nextQueryId: 1,
    runs: new Set(),
    runWakeMs: Number.POSITIVE_INFINITY,
    orders: new Map(config.clusters.map((cluster) => [cluster.name, null])),
    override: null,
    health: 'failed',
    healthSinceMs: nowMs,
    stateWord: 'starting',
    serverStateSinceMs: nowMs,
    reasons: [{ kind: 'starting' }],
    failedFor: [],
    holding: new Set(),
    published: new Map(),
    evidence: new Map(),
    statusUntilMs: Number.POSITIVE_INFINITY,
    renewStatusMs: Number.POSITIVE_INFINITY,
  }
}
