// What this server is worth: verdict, reasons, and the priorities that follow.

import type { InstanceConfig } from '../config/config.ts'
import { questionText } from '../dns/probe.ts'
import { passesNeeded } from './damper.ts'
import { inquiryMs, provenUntilMs } from './evidence.ts'
import { lapse } from './lapse.ts'
import type { Reason } from './log-event.ts'
import { isWhole, overrideOf } from './override.ts'
import { effectivePriority, type PublishedPriority } from './priority.ts'
import { rankOf } from './rank.ts'
import { type Standing, standingOf, type Verdict } from './standing.ts'
import type { Item, State, Upstream } from './state.ts'
import { emit, log, type StepContext } from './step-context.ts'
import { targetName } from './target.ts'
import { upstreamFigures } from './upstream.ts'

/** An operator reads the first few; the rest are in the status. */
const MAX_REASONS = 8

/** How long a status outlives the moment when its successor is due at the latest. */
const STATUS_SLACK_MS = 1000

/**
 * Publishes what has changed: verdict, priorities, status. A status that nothing has changed is
 * written anew before it expires, but only as far as the evidence goes.
 */
export function publishChanges(context: StepContext): void {
  const { state, nowMs } = context
  if (!context.changed && nowMs < state.renewStatusMs) return
  state.decided ||= state.damper.known && state.upstreams.every((upstream) => upstream.up !== null)
  let { verdict, reasons } = judge(state)
  if (verdict !== 'failed' && provenUntilMs(state) <= nowMs) {
    lapse(context)
    ;({ verdict, reasons } = judge(state))
  }
  if (verdict !== state.verdict) {
    log(context, { kind: 'verdict', from: state.verdict, to: verdict, reasons })
    state.verdictSinceMs = nowMs
  }
  state.verdict = verdict
  state.reasons = reasons
  if (reasons[0]?.kind === 'target') state.failedFor = reasons
  publishPriorities(context)
  const dueMs = validUntilMs(state, nowMs)
  const untilMs = verdict === 'failed' ? dueMs : Math.min(dueMs, provenUntilMs(state))
  state.statusUntilMs = untilMs
  state.renewStatusMs = renewalMs(untilMs, nowMs)
  const standing = serverStanding(state)
  emit(context, { kind: 'status', validUntilMs: untilMs, verdict, standing, reasons })
}

/**
 * Before a status ends. Where evidence is wanting then, it is looked at again and again until the end:
 * a wake after that would be a lapse, whatever has been answered meanwhile.
 */
function renewalMs(untilMs: number, nowMs: number): number {
  const leftMs = untilMs - nowMs
  if (leftMs > STATUS_SLACK_MS) return untilMs - STATUS_SLACK_MS
  return leftMs > MIN_LOOK_MS ? nowMs + Math.max(MIN_LOOK_MS, leftMs / 2) : untilMs
}

const MIN_LOOK_MS = 20

/** The verdict of the checks, and why. */
function judge(state: State): { verdict: Verdict; reasons: Reason[] } {
  if (state.stopped) return { verdict: 'failed', reasons: [{ kind: 'stopping' }] }
  const { damper } = state
  if (damper.known && damper.phase === 'down')
    return { verdict: 'failed', reasons: failureReasons(state) }
  if (!state.decided) return { verdict: 'failed', reasons: [{ kind: 'starting' }] }
  const down = state.upstreams.filter((upstream) => upstream.up === false)
  if (down.length > 0) return { verdict: 'degraded', reasons: down.map(upstreamReason) }
  return { verdict: 'healthy', reasons: [] }
}

/** An instance's place in the election. */
export interface ElectionEntry {
  readonly rank: number | null
  readonly of: number
  readonly standing: Standing
  readonly priority: PublishedPriority
}

/** Where this server stands in the election for an instance. */
export function electionEntry(
  state: State,
  pool: string,
  instance: Pick<InstanceConfig, 'name' | 'direction'>,
  verdict: Verdict,
): ElectionEntry {
  const order = state.orders.get(pool) ?? null
  const rank = order === null ? null : rankOf(order, state.config.server.name, instance.direction)
  const probation = state.damper.phase === 'probation'
  const standing = standingOf(verdict, {
    override: overrideOf(state.override, instance.name),
    listed: rank !== null,
    probation,
  })
  const of = order?.length ?? 0
  // An isolated server must not elect itself, least of all while nobody watches it.
  const withdrawn = state.stopped && standing !== 'isolated'
  const priority = withdrawn ? 'lowest' : effectivePriority(standing, rank ?? of, of)
  return { rank, of, standing, priority }
}

/** What this server is worth wherever an order lists it; an override for some instances is about those alone. */
export function serverStanding(state: State): Standing {
  const probation = state.damper.phase === 'probation'
  const override = isWhole(state.override) ? state.override : null
  return standingOf(state.verdict, { override, listed: true, probation })
}

function publishPriorities(context: StepContext): void {
  const { state } = context
  for (const pool of state.config.pools) {
    for (const instance of pool.instances) {
      const seat = electionEntry(state, pool.name, instance, state.verdict)
      const from = state.published.get(instance.name) ?? null
      if (from === seat.priority) continue
      state.published.set(instance.name, seat.priority)
      emit(context, { kind: 'priority', instance: instance.name, priority: seat.priority })
      const { rank, of } = seat
      log(context, { kind: 'priority', instance: instance.name, from, to: seat.priority, rank, of })
    }
  }
}

function failureReasons(state: State): Reason[] {
  if (state.required.items.length === 0) return [{ kind: 'no-targets' }]
  const failing = state.required.items.filter((item) => item.failing)
  if (failing.length > 0) return failing.slice(0, MAX_REASONS).map(targetReason)
  if (state.damper.passes === 0 && state.failedFor.length > 0) return [...state.failedFor]
  const needed = passesNeeded(state.damper, state.config.flap, state.holding.size > 0)
  return [{ kind: 'rising', passes: state.damper.passes, needed }]
}

function targetReason(item: Item): Reason {
  return {
    kind: 'target',
    target: targetName(item.target),
    question: questionText(item.probe.question),
    outcome: item.outcome ?? 'timeout',
    ...(item.detail === undefined ? {} : { detail: item.detail }),
  }
}

function upstreamReason(upstream: Upstream): Reason {
  return { kind: 'upstream', ...upstreamFigures(upstream) }
}

/**
 * The latest time by which a live daemon has written the next status. Within a sweep that is the
 * sweep's end; between sweeps it is the end of the next one, the backoff before it included.
 */
function validUntilMs(state: State, nowMs: number): number {
  const { timing } = state.config
  const { sweep, nextSweepMs } = state.required
  const startMs = sweep?.startedMs ?? (Number.isFinite(nextSweepMs) ? nextSweepMs : nowMs)
  const asksMs = inquiryMs(state.config)
  const endMs = startMs + timing.periodMs + asksMs
  // A burst that failed goes on; then the next status comes with its end, or after the backoff.
  return Math.max(endMs, nowMs + asksMs, sweep?.failed === true ? nextSweepMs : 0) + STATUS_SLACK_MS
}
