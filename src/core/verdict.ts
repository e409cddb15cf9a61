// What this server is worth: verdict, reasons, the priorities that follow, and for how long the status says so.
import type { InstanceConfig } from '../config/config.ts'
import { dropRuns } from './check-run.ts'
import { newDamper, passesNeeded } from './damper.ts'
import type { Reason } from './effect.ts'
import { checkMs, provenUntilMs } from './evidence.ts'
import type { ElectionEntry } from './facts.ts'
import { isWhole, overrideOf } from './override.ts'
import { effectivePriority, rankOf } from './priority.ts'
import { targetFailure } from './required.ts'
import { type Standing, standingOf, stateWord, type Verdict } from './standing.ts'
import { type CheckState, groupsOf, type State, type UpstreamGroup } from './state.ts'
import { emit, log, type StepContext } from './step-context.ts'
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
  } else if (isFirstFailure(state, verdict, reasons)) {
    log(context, { kind: 'verdict', from: verdict, to: verdict, reasons })
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
  noteState(state, standing, nowMs)
  emit(context, { kind: 'status', validUntilMs: untilMs, verdict, standing, reasons })
}

/** It started in trouble: its health does not change, but now there is a cause. */
function isFirstFailure(state: State, verdict: Verdict, reasons: readonly Reason[]): boolean {
  const [first] = reasons
  return (
    verdict === 'failed' &&
    state.stateWord === 'starting' &&
    first !== undefined &&
    first.kind !== 'starting' &&
    first.kind !== 'stopping'
  )
}

function noteState(state: State, standing: Standing, nowMs: number): void {
  const word = stateWord(standing, state.reasons[0]?.kind === 'starting')
  if (word === state.stateWord) return
  state.stateWord = word
  state.standingSinceMs = nowMs
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

/** Where this server stands in the election for an instance. */
export function electionEntry(
  state: State,
  pool: string,
  instance: Pick<InstanceConfig, 'name' | 'reverseOrder'>,
  verdict: Verdict,
): ElectionEntry {
  const order = state.orders.get(pool) ?? null
  const rank =
    order === null ? null : rankOf(order, state.config.server.name, instance.reverseOrder)
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
  for (const pool of state.config.clusters) {
    for (const instance of pool.instances) {
      const entry = electionEntry(state, pool.name, instance, state.verdict)
      const from = state.published.get(instance.name) ?? null
      if (from === entry.priority) continue
      state.published.set(instance.name, entry.priority)
      emit(context, { kind: 'priority', instance: instance.name, priority: entry.priority })
      const { rank, of } = entry
      log(context, {
        kind: 'priority',
        instance: instance.name,
        from,
        to: entry.priority,
        rank,
        of,
      })
    }
  }
}

function failureReasons(state: State): Reason[] {
  if (state.required.checks.length === 0) return [{ kind: 'no-targets' }]
  const failing = state.required.checks.filter((check) => check.failing)
  if (failing.length > 0) return failing.slice(0, MAX_REASONS).map(targetReason)
  if (state.damper.passes === 0 && state.failedFor.length > 0) return [...state.failedFor]
  const needed = passesNeeded(state.damper, state.config.flap, state.holding.size > 0)
  return [{ kind: 'rising', passes: state.damper.passes, needed }]
}

function targetReason(check: CheckState): Reason {
  return { kind: 'target', ...targetFailure(check) }
}

function upstreamReason(upstream: UpstreamGroup): Reason {
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
  const asksMs = checkMs(state.config)
  const endMs = startMs + timing.checkIntervalMs + asksMs
  // A burst that failed goes on; then the next status comes with its end, or after the backoff.
  return Math.max(endMs, nowMs + asksMs, sweep?.failed === true ? nextSweepMs : 0) + STATUS_SLACK_MS
}

/** The wake came later than the last status's end: what was asked before says nothing of now. */
export function oversleep(context: StepContext): void {
  const { state } = context
  if (state.verdict !== 'failed') lapse(context)
  else {
    // It rises as it would have, but by nothing that came meanwhile.
    if (state.required.sweep?.failed === false) state.required.nextSweepMs = context.nowMs
    forgetQuestions(context)
  }
}

/**
 * This process was stopped, or kept from asking: the daemon is starting until a sweep has ended that
 * begins now. Relapses and the clean time that is owed are remembered.
 */
function lapse(context: StepContext): void {
  const { state, nowMs } = context
  const endedMs = Math.min(nowMs, state.statusUntilMs, provenUntilMs(state))
  log(context, { kind: 'lapsed', lateMs: nowMs - endedMs })
  const { relapses, probationMs, backoffMs, holdDownUntilMs } = state.damper
  const kept = { relapses, probationMs, backoffMs, holdDownUntilMs, calmSinceMs: nowMs }
  state.damper = { ...newDamper(), ...kept }
  state.decided = false
  state.required.nextSweepMs = nowMs
  forgetQuestions(context)
}

function forgetQuestions(context: StepContext): void {
  const { state } = context
  dropRuns(context)
  for (const group of groupsOf(state)) group.sweep = null
  state.statusUntilMs = Number.POSITIVE_INFINITY
  context.changed = true
}
