// What this server is worth: health, reasons, the priorities that follow, and for how long the status says so.
import type { InstanceConfig } from '../config/config.ts'
import { dropRuns } from './check-run.ts'
import { newDamper, passesNeeded } from './damper.ts'
import type { Reason } from './effect.ts'
import { checkMs, provenUntilMs } from './evidence.ts'
import type { ElectionEntry } from './facts.ts'
import { isWhole, overrideOf } from './override.ts'
import { effectivePriority, rankOf } from './priority.ts'
import { endpointFailure } from './required.ts'
import { type Health, type ServerState, serverStateOf, stateWord } from './server-state.ts'
import { type CheckState, groupsOf, type State, type UpstreamGroup } from './state.ts'
import { emit, log, type StepContext } from './step-context.ts'
import { upstreamFigures } from './upstream.ts'

/** An operator reads the first few; the rest are in the status. */
const MAX_REASONS = 8

/** How long a status outlives the moment when its successor is due at the latest. */
const STATUS_SLACK_MS = 1000

/**
 * Publishes what has changed: health, priorities, status. A status that nothing has changed is
 * written anew before it expires, but only as far as the evidence goes.
 */
export function publishChanges(context: StepContext): void {
  const { state, nowMs } = context
  if (!context.changed && nowMs < state.renewStatusMs) return
  state.decided ||= state.damper.known && state.upstreams.every((upstream) => upstream.up !== null)
  let { health, reasons } = judge(state)
  if (health !== 'failed' && provenUntilMs(state) <= nowMs) {
    lapse(context)
    ;({ health, reasons } = judge(state))
  }
  if (health !== state.health) {
    log(context, { kind: 'health', from: state.health, to: health, reasons })
    state.healthSinceMs = nowMs
  } else if (isFirstFailure(state, health, reasons)) {
    log(context, { kind: 'health', from: health, to: health, reasons })
  }
  state.health = health
  state.reasons = reasons
  if (reasons[0]?.kind === 'endpoint') state.failedFor = reasons
  publishPriorities(context)
  const dueMs = validUntilMs(state, nowMs)
  const untilMs = health === 'failed' ? dueMs : Math.min(dueMs, provenUntilMs(state))
  state.statusUntilMs = untilMs
  state.renewStatusMs = renewalMs(untilMs, nowMs)
  const serverState = serverStateNow(state)
  noteState(state, serverState, nowMs)
  emit(context, { kind: 'status', validUntilMs: untilMs, health, state: serverState, reasons })
}

/** It started in trouble: its health does not change, but now there is a cause. */
function isFirstFailure(state: State, health: Health, reasons: readonly Reason[]): boolean {
  const [first] = reasons
  return (
    health === 'failed' &&
    state.stateWord === 'starting' &&
    first !== undefined &&
    first.kind !== 'starting' &&
    first.kind !== 'stopping'
  )
}

function noteState(state: State, serverState: ServerState, nowMs: number): void {
  const word = stateWord(serverState, state.reasons[0]?.kind === 'starting')
  if (word === state.stateWord) return
  state.stateWord = word
  state.serverStateSinceMs = nowMs
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

/** The health by the checks, and why. */
function judge(state: State): { health: Health; reasons: Reason[] } {
  if (state.stopped) return { health: 'failed', reasons: [{ kind: 'stopping' }] }
  const { damper } = state
  if (damper.known && damper.phase === 'down')
    return { health: 'failed', reasons: failureReasons(state) }
  if (!state.decided) return { health: 'failed', reasons: [{ kind: 'starting' }] }
  const down = state.upstreams.filter((upstream) => upstream.up === false)
  if (down.length > 0) return { health: 'degraded', reasons: down.map(upstreamReason) }
  return { health: 'healthy', reasons: [] }
}

/** Where this server stands in the election for an instance. */
export function electionEntry(
  state: State,
  cluster: string,
  instance: Pick<InstanceConfig, 'name' | 'reverseOrder'>,
  health: Health,
): ElectionEntry {
  const order = state.orders.get(cluster) ?? null
  const rank =
    order === null ? null : rankOf(order, state.config.server.name, instance.reverseOrder)
  const probation = state.damper.phase === 'probation'
  const serverState = serverStateOf(health, {
    override: overrideOf(state.override, instance.name),
    listed: rank !== null,
    probation,
  })
  const of = order?.length ?? 0
  // An isolated server must not elect itself, least of all while nobody watches it.
  const withdrawn = state.stopped && serverState !== 'isolated'
  const priority = withdrawn ? 'lowest' : effectivePriority(serverState, rank ?? of, of)
  return { rank, of, state: serverState, priority }
}

/** What this server is worth wherever an order lists it; an override for some instances is about those alone. */
export function serverStateNow(state: State): ServerState {
  const probation = state.damper.phase === 'probation'
  const override = isWhole(state.override) ? state.override : null
  return serverStateOf(state.health, { override, listed: true, probation })
}

function publishPriorities(context: StepContext): void {
  const { state } = context
  for (const cluster of state.config.clusters) {
    for (const instance of cluster.instances) {
      const entry = electionEntry(state, cluster.name, instance, state.health)
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
  if (state.required.checks.length === 0) return [{ kind: 'no-endpoints' }]
  const failing = state.required.checks.filter((check) => check.failing)
  if (failing.length > 0) return failing.slice(0, MAX_REASONS).map(endpointReason)
  if (state.damper.passes === 0 && state.failedFor.length > 0) return [...state.failedFor]
  const needed = passesNeeded(state.damper, state.config.flap, state.holding.size > 0)
  return [{ kind: 'rising', passes: state.damper.passes, needed }]
}

function endpointReason(check: CheckState): Reason {
  return { kind: 'endpoint', ...endpointFailure(check) }
}

function upstreamReason(upstream: UpstreamGroup): Reason {
  return { kind: 'upstream', ...upstreamFigures(upstream) }
}

/**
 * The latest time by which a live daemon has written the next status. Within a check cycle that is the
 * cycle's end; between cycles it is the end of the next one, the backoff before it included.
 */
function validUntilMs(state: State, nowMs: number): number {
  const { timing } = state.config
  const { cycle, nextCycleMs } = state.required
  const startMs = cycle?.startedMs ?? (Number.isFinite(nextCycleMs) ? nextCycleMs : nowMs)
  const asksMs = checkMs(state.config)
  const endMs = startMs + timing.checkIntervalMs + asksMs
  // A burst that failed goes on; then the next status comes with its end, or after the backoff.
  return Math.max(endMs, nowMs + asksMs, cycle?.failed === true ? nextCycleMs : 0) + STATUS_SLACK_MS
}

/** The wake came later than the last status's end: what was asked before says nothing of now. */
export function oversleep(context: StepContext): void {
  const { state } = context
  if (state.health !== 'failed') lapse(context)
  else {
    // It rises as it would have, but by nothing that came meanwhile.
    if (state.required.cycle?.failed === false) state.required.nextCycleMs = context.nowMs
    forgetQuestions(context)
  }
}

/**
 * This process was stopped, or kept from asking: the daemon is starting until a check cycle has ended that
 * begins now. Repeat failures and the clean time that is owed are remembered.
 */
function lapse(context: StepContext): void {
  const { state, nowMs } = context
  const endedMs = Math.min(nowMs, state.statusUntilMs, provenUntilMs(state))
  log(context, { kind: 'lapsed', lateMs: nowMs - endedMs })
  const { repeatFailures, probationMs, backoffMs, backoffHoldUntilMs } = state.damper
  const kept = {
    repeatFailures: repeatFailures,
    probationMs,
    backoffMs,
    backoffHoldUntilMs,
    calmSinceMs: nowMs,
  }
  state.damper = { ...newDamper(), ...kept }
  state.decided = false
  state.required.nextCycleMs = nowMs
  forgetQuestions(context)
}

function forgetQuestions(context: StepContext): void {
  const { state } = context
  dropRuns(context)
  for (const group of groupsOf(state)) group.cycle = null
  state.statusUntilMs = Number.POSITIVE_INFINITY
  context.changed = true
}
