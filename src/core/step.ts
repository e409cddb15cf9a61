// The state machine: one event in; new state, effects and the time to wake out.
import { replan, takeAddresses } from './addresses.ts'
import { endProbation } from './damper.ts'
import type { Event } from './event.ts'
import { dropInquiries, runInquiries, takeResult } from './inquiry.ts'
import { oversleep } from './lapse.ts'
import { isWhole } from './override.ts'
import { requiredConcluded, requiredWakeMs, runRequired } from './required.ts'
import { newUpstream, type State, type Upstream, upstreamGroups } from './state.ts'
import { log, newContext, resetContext, type Step, type StepContext } from './step-context.ts'
import { runUpstreams, upstreamConcluded, upstreamsWakeMs } from './upstream.ts'
import { publishChanges } from './verdict.ts'

export type { Step } from './step-context.ts'

/**
 * Takes one event. Deterministic: the same state and event always give the same step. The state is
 * changed in place and handed back, so the one passed in must not be used again.
 */
export function step(state: State, event: Event): Step {
  return stepOn(newContext(state, false), event)
}

/**
 * The same with a context that the caller keeps and uses again: what one step hands back is good until
 * the next. That is for those who take millions of steps.
 */
export function stepOn(context: StepContext, event: Event): Step {
  const { state } = context
  resetContext(context, event.nowMs)
  if (!state.stopped) {
    // Before anything is taken in: what has come meanwhile says how things were then.
    if (event.nowMs > state.statusUntilMs) oversleep(context)
    take(context, event)
    if (!state.stopped) {
      runInquiries(context)
      runRequired(context)
      if (state.upstreams.length > 0) runUpstreams(context)
    }
    publishChanges(context)
  }
  context.wakeAtMs = wakeAtMs(context)
  return context
}

function take(context: StepContext, event: Event): void {
  const { state } = context
  switch (event.kind) {
    case 'tick':
      return
    case 'result': {
      const inquiry = takeResult(context, event)
      if (inquiry === null) return
      if (inquiry.cycle === state.required) requiredConcluded(context, inquiry)
      else upstreamConcluded(context, inquiry)
      return
    }
    case 'addresses':
      takeAddresses(context, event)
      return
    case 'order':
      takeOrder(context, event.pool, event.servers)
      return
    case 'override':
      if (isWhole(state.override) && !isWhole(event.override))
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
      dropInquiries(context)
      state.stopped = true
      context.changed = true
      return
    default:
      event satisfies never
  }
}

function takeOrder(context: StepContext, pool: string, servers: readonly string[] | null): void {
  const { state } = context
  state.orders.set(pool, servers)
  context.changed = true
  if (servers === null) return
  log(context, { kind: 'order', pool, servers })
  const { name } = state.config.server
  if (!servers.includes(name)) log(context, { kind: 'unlisted', pool, server: name })
}

/**
 * A new config keeps verdict, backoff, known orders and all questions under way by probes that are in it
 * unchanged. Where it changes what is asked, or when, a server that waits is asked at once.
 */
function takeConfig(context: StepContext, read: State['config']): void {
  const { state, nowMs } = context
  const before = state.config
  const config = { ...read, groups: sameWherePossible(read.groups, before.groups) }
  const isAskedOtherwise =
    config.groups.length !== before.groups.length ||
    config.groups.some((group, index) => group !== before.groups[index]) ||
    !isSame(config.timing, before.timing) ||
    !isSame(config.flap, before.flap)
  state.config = config
  if (isAskedOtherwise) state.required.nextSweepMs = Math.min(state.required.nextSweepMs, nowMs)
  state.upstreams = upstreamGroups(config).map((group) => upstreamOf(state, group, nowMs))
  state.orders = new Map(
    config.pools.map((pool) => [pool.name, state.orders.get(pool.name) ?? null]),
  )
  const instances = new Set(
    config.pools.flatMap((pool) => pool.instances.map((instance) => instance.name)),
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
function upstreamOf(state: State, group: Upstream['group'], nowMs: number): Upstream {
  const old = state.upstreams.find((upstream) => upstream.group.name === group.name)
  if (old?.group === group) return old
  const { up, contrary } = old ?? { up: null, contrary: 0 }
  return { ...newUpstream(group, nowMs), up, contrary }
}

/** Configs are data of one shape, read in one order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function wakeAtMs({ state, nowMs }: StepContext): number {
  if (state.stopped) return Number.POSITIVE_INFINITY
  if (state.overdue.length > 0) return nowMs
  const sweepMs = requiredWakeMs(state)
  const soonerMs = Math.min(state.inquiryWakeMs, sweepMs, state.renewStatusMs)
  return state.upstreams.length === 0 ? soonerMs : Math.min(soonerMs, upstreamsWakeMs(state))
}
