// The state machine: one event in; new state, effects and the time to wake out.

import { confirmDue, dropRuns, takeQuery, takeResult } from './check-run.ts'
import { type CoreConfig, type UpstreamConfig, upstreamGroups } from './core-config.ts'
import { endProbation } from './damper.ts'
import type { Event, ResultEvent } from './event.ts'
import type { StepFacts } from './facts.ts'
import { groupWakeMs, runGroup, takeConcluded } from './group.ts'
import { oversleep, publishChanges } from './health.ts'
import { isWhole } from './override.ts'
import { replan, takeAddresses } from './probed-addresses.ts'
import { probeAfterGrace } from './required.ts'
import { newUpstream, type State, type UpstreamGroup } from './state.ts'
import { log, type StepContext } from './step-context.ts'

/** What comes of one event. */
export interface Step extends StepFacts {
  readonly state: State
  /** When to send a tick at the latest; infinite when only other events matter. */
  readonly wakeAtMs: number
}

/**
 * Takes one event. Deterministic: the same state and event always give the same step. The state is
 * changed in place and handed back, so the one passed in must not be used again.
 */
export function step(state: State, event: Event): Step {
  const context: StepContext = {
    state,
    nowMs: event.nowMs,
    effects: [],
    answered: null,
    cycleEnded: null,
    changed: false,
  }
  if (!state.stopped) {
    // Before anything is taken in: what has come meanwhile says how things were then.
    if (event.nowMs > state.statusUntilMs) oversleep(context)
    take(context, event)
    if (!state.stopped) {
      confirmDue(context)
      probeAfterGrace(context)
      runGroup(context, state.required)
      for (const upstream of state.upstreams) runGroup(context, upstream)
    }
    publishChanges(context)
  }
  const { effects, answered, cycleEnded } = context
  return { state, effects, answered, cycleEnded, wakeAtMs: wakeAtMs(context) }
}

function take(context: StepContext, event: Event): void {
  const { state } = context
  switch (event.kind) {
    case 'tick':
      return
    case 'result':
      takeAnswer(context, event)
      return
    case 'addresses':
      takeAddresses(context, event)
      return
    case 'order':
      takeOrder(context, event.cluster, event.servers)
      return
    case 'override':
      if (isWhole(state.override) && !isWhole(event.override) && !isKept(state.override))
        endProbation(state.damper, event.nowMs)
      state.override = event.override
      log(context, { kind: 'override', override: event.override })
      context.changed = true
      return
    case 'config':
      takeConfig(context, event.config)
      return
    case 'overslept':
      if (Number.isFinite(state.statusUntilMs)) oversleep(context)
      return
    case 'stop':
      dropRuns(context)
      state.stopped = true
      context.changed = true
      return
    default:
      event satisfies never
  }
}

/** Its operator undrained with --keep-failback-delay. */
function isKept(override: State['override']): boolean {
  return override?.keepsFailbackDelay === true
}

function takeAnswer(context: StepContext, event: ResultEvent): void {
  const query = takeQuery(context.state, event.queryId)
  if (query === null) return
  const { run, nth } = query
  const concluded = takeResult(context, run, event)
  if (concluded !== null) takeConcluded(context, concluded)
  const { suspected, check } = run
  const concludes = concluded !== null
  context.answered = { run, nth, suspected, concludes, ignored: check.ignored }
}

function takeOrder(context: StepContext, cluster: string, servers: readonly string[] | null): void {
  const { state } = context
  state.orders.set(cluster, servers)
  context.changed = true
  if (servers === null) return
  log(context, { kind: 'order', cluster, servers })
  const { name } = state.config.server
  if (!servers.includes(name)) log(context, { kind: 'unlisted', cluster, server: name })
}

/**
 * A new config keeps health, backoff, known orders and all questions under way by probes that are in it
 * unchanged. Where it changes what is asked, or when, a server that waits is asked at once.
 */
function takeConfig(context: StepContext, read: CoreConfig): void {
  const { state, nowMs } = context
  const before = state.config
  const config = { ...read, groups: sameWherePossible(read.groups, before.groups) }
  const isAskedOtherwise =
    config.groups.length !== before.groups.length ||
    config.groups.some((group, index) => group !== before.groups[index]) ||
    !isSame(config.timing, before.timing) ||
    !isSame(config.flap, before.flap)
  state.config = config
  if (isAskedOtherwise) state.required.nextCycleMs = Math.min(state.required.nextCycleMs, nowMs)
  state.upstreams = upstreamGroups(config).map((group) => upstreamOf(state, group, nowMs))
  state.orders = new Map(
    config.clusters.map((cluster) => [cluster.name, state.orders.get(cluster.name) ?? null]),
  )
  const instances = new Set(
    config.clusters.flatMap((cluster) => cluster.instances.map((instance) => instance.name)),
  )
  for (const name of state.published.keys()) if (!instances.has(name)) state.published.delete(name)
  replan(context)
  context.changed = true
}

/** Groups that are as before are the same objects, so that what is known of them stays. */
function sameWherePossible<Group extends { readonly name: string }>(
  read: readonly Group[],
  before: readonly Group[],
): Group[] {
  return read.map((group) => before.find((old) => isSame(old, group)) ?? group)
}

/** A changed group is asked anew, and has its debounce from before. */
function upstreamOf(state: State, config: UpstreamConfig, nowMs: number): UpstreamGroup {
  const old = state.upstreams.find((upstream) => upstream.config.name === config.name)
  if (old?.config === config) return old
  const { up, contrary } = old ?? { up: null, contrary: 0 }
  return { ...newUpstream(config, nowMs), up, contrary }
}

/** Configs are data of one shape, read in one order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function wakeAtMs({ state, nowMs }: StepContext): number {
  if (state.stopped) return Number.POSITIVE_INFINITY
  if (state.overdue.length > 0) return nowMs
  const requiredMs = groupWakeMs(state, state.required)
  let wakeMs = Math.min(requiredMs, state.runWakeMs, state.graceWakeMs, state.renewStatusMs)
  for (const upstream of state.upstreams) wakeMs = Math.min(wakeMs, groupWakeMs(state, upstream))
  return wakeMs
}
