// The state machine: one event in; new state, effects and the time to wake out.
import { replan, takeAddresses } from './addresses.ts'
import { endProbation } from './damper.ts'
import type { Event } from './event.ts'
import { attendInquiries, dropInquiries, takeResult } from './inquiry.ts'
import { oversleep } from './lapse.ts'
import { isWhole } from './override.ts'
import { attendRequired, requiredConcluded, requiredWakeMs } from './required.ts'
import { newUpstream, type State, type Upstream, upstreamGroups } from './state.ts'
import { beginTurn, log, newTurn, type Step, type Turn } from './turn.ts'
import { attendUpstreams, upstreamConcluded, upstreamsWakeMs } from './upstream.ts'
import { settle } from './verdict.ts'

export type { Step } from './turn.ts'

/**
 * Takes one event. Deterministic: the same state and event always give the same step. The state is
 * changed in place and handed back, so the one passed in must not be used again.
 */
export function step(state: State, event: Event): Step {
  return stepOn(newTurn(state, false), event)
}

/**
 * The same with a turn that the caller keeps and uses again: what one step hands back is good until
 * the next. That is for those who take millions of steps.
 */
export function stepOn(turn: Turn, event: Event): Step {
  const { state } = turn
  beginTurn(turn, event.nowMs)
  if (!state.stopped) {
    // Before anything is taken in: what has come meanwhile says how things were then.
    if (event.nowMs > state.statusUntilMs) oversleep(turn)
    take(turn, event)
    if (!state.stopped) {
      attendInquiries(turn)
      attendRequired(turn)
      if (state.upstreams.length > 0) attendUpstreams(turn)
    }
    settle(turn)
  }
  turn.wakeAtMs = wakeAtMs(turn)
  return turn
}

function take(turn: Turn, event: Event): void {
  const { state } = turn
  switch (event.kind) {
    case 'tick':
      return
    case 'result': {
      const inquiry = takeResult(turn, event)
      if (inquiry === null) return
      if (inquiry.cycle === state.required) requiredConcluded(turn, inquiry)
      else upstreamConcluded(turn, inquiry)
      return
    }
    case 'addresses':
      takeAddresses(turn, event)
      return
    case 'order':
      takeOrder(turn, event.pool, event.servers)
      return
    case 'override':
      if (isWhole(state.override) && !isWhole(event.override))
        endProbation(state.damper, event.nowMs)
      state.override = event.override
      log(turn, { kind: 'override', override: event.override })
      turn.changed = true
      return
    case 'config':
      takeConfig(turn, event.config)
      return
    case 'overslept':
      if (Number.isFinite(state.statusUntilMs)) oversleep(turn)
      return
    case 'stop':
      dropInquiries(turn)
      state.stopped = true
      turn.changed = true
      return
    default:
      event satisfies never
  }
}

function takeOrder(turn: Turn, pool: string, servers: readonly string[] | null): void {
  const { state } = turn
  state.orders.set(pool, servers)
  turn.changed = true
  if (servers === null) return
  log(turn, { kind: 'order', pool, servers })
  const { name } = state.config.server
  if (!servers.includes(name)) log(turn, { kind: 'unlisted', pool, server: name })
}

/**
 * A new config keeps verdict, backoff, known orders and all questions under way by probes that are in it
 * unchanged. Where it changes what is asked, or when, a server that waits is asked at once.
 */
function takeConfig(turn: Turn, read: State['config']): void {
  const { state, nowMs } = turn
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
  replan(turn)
  turn.changed = true
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

function wakeAtMs({ state, nowMs }: Turn): number {
  if (state.stopped) return Number.POSITIVE_INFINITY
  if (state.overdue.length > 0) return nowMs
  const sweepMs = requiredWakeMs(state)
  const soonerMs = Math.min(state.inquiryWakeMs, sweepMs, state.renewStatusMs)
  return state.upstreams.length === 0 ? soonerMs : Math.min(soonerMs, upstreamsWakeMs(state))
}
