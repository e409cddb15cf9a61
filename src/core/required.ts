// Judges the checks at this server's own addresses: from their outcomes to passing and failing sweeps.

import { sourceText, targetName } from './check.ts'
import { ask } from './check-run.ts'
import { isSteady, onFailedSweep, onPassedSweep, passesNeeded } from './damper.ts'
import type { TargetFailure } from './effect.ts'
import { isAnswered, isConclusive } from './outcome.ts'
import { isWhole } from './override.ts'
import {
  type CheckRun,
  type CheckState,
  NOT_MISSED,
  type ProbedAddress,
  type RequiredGroup,
  type State,
  type Sweep,
} from './state.ts'
import { emit, log, MAX_AT_ONCE, type StepContext } from './step-context.ts'

export const REQUIRED = {
  periodMs: ({ config }: State) => config.timing.checkIntervalMs,
  mode: ({ damper }: State): Sweep['mode'] => (isSteady(damper) ? 'spread' : 'burst'),
  sweepBegins(context: StepContext, { checks, sweep }: RequiredGroup): void {
    if (checks.length === 0) failSweep(context, sweep, true, null)
  },
  takeRun,
  takeSweep,
}

function takeRun(context: StepContext, run: CheckRun): void {
  const { check, sweep, outcome } = run
  const wasFailing = check.failing
  const isGone = outcome === 'vanished' && !isListedStill(context, check.address)
  const answered = isAnswered(outcome)
  if (answered || isGone) {
    check.failing = false
    check.ignored = false
    if (answered) {
      check.address.listedReadings = NOT_MISSED
      if (sweep !== null) sweep.ok++
    }
    if (wasFailing) log(context, { kind: 'target-recovered', target: targetName(check.target) })
    return
  }
  check.ignored = run.askedMs < check.address.graceEndsMs
  check.failing = !check.ignored
  if (!wasFailing) {
    const ignored = check.ignored ? 'grace' : null
    log(context, { kind: 'target-failed', ...targetFailure(check), ignored })
  }
  // That it cannot be bound to is the kernel's own word, too.
  if (check.failing)
    failSweep(context, sweep, isConclusive(outcome) || outcome === 'vanished', check)
}

/** What a check has come to, for people. */
export function targetFailure({ target, source, outcome, detail }: CheckState): TargetFailure {
  return {
    target: targetName(target),
    question: sourceText(source),
    outcome: outcome ?? 'timeout',
    ...(detail === undefined ? {} : { detail }),
  }
}

/** Before this many readings the table may just not have been read since the address went. */
const READINGS_TO_BELIEVE = 2

/**
 * An address that cannot be bound to has gone, unless the kernel's table goes on listing it: then no
 * client is answered there either.
 */
function isListedStill(context: StepContext, address: ProbedAddress): boolean {
  if (!context.state.probed.has(address.address)) return false
  if (address.listedReadings >= READINGS_TO_BELIEVE) return true
  if (address.listedReadings === NOT_MISSED) address.listedReadings = 0
  emit(context, { kind: 'reread' })
  return false
}

/**
 * The first conclusive failure decides a sweep. A spread sweep ends there, because the burst that
 * follows the backoff will show the whole picture; a burst goes on to its end for the record.
 */
function failSweep(
  context: StepContext,
  sweep: Sweep | null,
  conclusive: boolean,
  check: CheckState | null,
): void {
  const { state, nowMs } = context
  const current = sweep ?? state.required.sweep
  if (current?.failed === true) return
  if (sweep === null && state.damper.phase === 'down') return
  const backoffMs = onFailedSweep(state.damper, state.config.flap, {
    nowMs,
    conclusive,
    planned: isWhole(state.override),
    holder: state.holding.size > 0,
  })
  if (current !== null) {
    current.failed = true
    if (current.mode === 'spread') current.cursor = current.queue.length
  }
  const pendingMs = (current?.startedMs ?? nowMs) + state.config.timing.checkIntervalMs
  const waitMs = backoffMs === null ? null : waitAfter(state, backoffMs)
  state.required.nextSweepMs = waitMs === null ? Math.max(nowMs, pendingMs) : nowMs + waitMs
  context.changed = true
  const { failures } = state.damper
  log(context, {
    kind: 'sweep-failed',
    failures,
    fall: state.config.flap.fall,
    backoffMs: waitMs ?? 0,
    ...(check === null ? {} : { failure: targetFailure(check) }),
  })
}

/**
 * The backoff keeps a server from coming back too often, and a holder has not gone: nobody was
 * better. Its recovery moves nothing, but it must be seen before that of the others.
 */
function waitAfter({ holding, config }: State, backoffMs: number): number {
  return holding.size > 0 ? config.flap.backoffMinMs : backoffMs
}

function takeSweep(context: StepContext, _: RequiredGroup, sweep: Sweep): void {
  const { state, nowMs } = context
  context.sweepEnded = { mode: sweep.mode, tookMs: nowMs - sweep.startedMs }
  context.changed = true
  // Only vanished addresses and ignored failures: that says nothing about the server.
  if (sweep.failed || sweep.ok === 0) return
  const { damper, config } = state
  const holder = state.holding.size > 0
  const before = damper.phase
  const { suspicious } = sweep
  onPassedSweep(damper, config.flap, {
    nowMs,
    periodMs: config.timing.checkIntervalMs,
    holder,
    suspicious,
  })
  if (damper.phase !== before && damper.phase === 'probation') {
    log(context, { kind: 'probation', relapses: damper.relapses, forMs: damper.probationMs })
  } else if (damper.phase === 'down') {
    const needed = passesNeeded(damper, config.flap, holder)
    log(context, { kind: 'rising', passes: damper.passes, needed })
  }
}

/** A young address is asked when its grace time ends, not a period later. */
export function probeAfterGrace(context: StepContext): void {
  const { state, nowMs } = context
  if (nowMs >= state.graceWakeMs) endGrace(state, nowMs)
  for (let asked = 0; asked < MAX_AT_ONCE && state.overdue.length > 0; asked++) {
    const check = state.overdue.shift() as CheckState
    // A failed server asks everything in its next burst anyway.
    if (state.damper.phase === 'down' || !state.required.checks.includes(check)) continue
    ask(context, check, state.required, null)
  }
}

function endGrace(state: State, nowMs: number): void {
  state.graceWakeMs = Number.POSITIVE_INFINITY
  for (const address of state.probed.values()) {
    if (address.graceProbeMs > nowMs) {
      state.graceWakeMs = Math.min(state.graceWakeMs, address.graceProbeMs)
      continue
    }
    address.graceProbeMs = Number.POSITIVE_INFINITY
    for (const check of state.required.checks)
      if (check.address === address) state.overdue.push(check)
  }
}
