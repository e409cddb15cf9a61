// Judges the checks at this server's own addresses: from their outcomes to passing and failing check cycles.

import { endpointName, sourceText } from './check.ts'
import { ask } from './check-run.ts'
import { isSteady, onFailedCycle, onPassedCycle, passesNeeded } from './damper.ts'
import type { EndpointFailure } from './effect.ts'
import { isAnswered, isConclusive } from './outcome.ts'
import { isWhole } from './override.ts'
import {
  type CheckRun,
  type CheckState,
  type Cycle,
  NOT_MISSED,
  type ProbedAddress,
  type RequiredGroup,
  type State,
} from './state.ts'
import { emit, log, MAX_AT_ONCE, type StepContext } from './step-context.ts'

export const REQUIRED = {
  periodMs: ({ config }: State) => config.timing.checkIntervalMs,
  mode: ({ damper }: State): Cycle['mode'] => (isSteady(damper) ? 'spread' : 'burst'),
  cycleBegins(context: StepContext, { checks, cycle }: RequiredGroup): void {
    if (checks.length === 0) failCycle(context, cycle, true, null)
  },
  takeRun,
  takeCycle,
}

function takeRun(context: StepContext, run: CheckRun): void {
  const { check, cycle, outcome } = run
  const wasFailing = check.failing
  const isGone = outcome === 'address-gone' && !isListedStill(context, check.address)
  const answered = isAnswered(outcome)
  if (answered || isGone) {
    check.failing = false
    check.ignored = false
    if (answered) {
      check.address.listedReadings = NOT_MISSED
      if (cycle !== null) cycle.ok++
    }
    if (wasFailing)
      log(context, { kind: 'endpoint-recovered', endpoint: endpointName(check.endpoint) })
    return
  }
  check.ignored = run.askedMs < check.address.graceEndsMs
  check.failing = !check.ignored
  if (!wasFailing) {
    const ignored = check.ignored ? 'grace' : null
    log(context, { kind: 'endpoint-failed', ...endpointFailure(check), ignored })
  }
  // That it cannot be bound to is the kernel's own word, too.
  if (check.failing)
    failCycle(context, cycle, isConclusive(outcome) || outcome === 'address-gone', check)
}

/** What a check has come to, for people. */
export function endpointFailure({
  endpoint,
  source,
  outcome,
  detail,
}: CheckState): EndpointFailure {
  return {
    endpoint: endpointName(endpoint),
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
 * The first conclusive failure decides a check cycle. A spread cycle ends there, because the burst that
 * follows the backoff will show the whole picture; a burst goes on to its end for the record.
 */
function failCycle(
  context: StepContext,
  cycle: Cycle | null,
  conclusive: boolean,
  check: CheckState | null,
): void {
  const { state, nowMs } = context
  const current = cycle ?? state.required.cycle
  if (current?.failed === true) return
  if (cycle === null && state.damper.phase === 'down') return
  const backoffMs = onFailedCycle(state.damper, state.config.flap, {
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
  state.required.nextCycleMs = waitMs === null ? Math.max(nowMs, pendingMs) : nowMs + waitMs
  context.changed = true
  const { failures } = state.damper
  log(context, {
    kind: 'cycle-failed',
    failures,
    fall: state.config.flap.fall,
    backoffMs: waitMs ?? 0,
    ...(check === null ? {} : { failure: endpointFailure(check) }),
  })
}

/**
 * The backoff keeps a server from coming back too often, and a holder has not gone: nobody was
 * better. Its recovery moves nothing, but it must be seen before that of the others.
 */
function waitAfter({ holding, config }: State, backoffMs: number): number {
  return holding.size > 0 ? config.flap.backoffMinMs : backoffMs
}

function takeCycle(context: StepContext, _: RequiredGroup, cycle: Cycle): void {
  const { state, nowMs } = context
  context.cycleEnded = { mode: cycle.mode, tookMs: nowMs - cycle.startedMs }
  context.changed = true
  // Only addresses that are gone and ignored failures: that says nothing about the server.
  if (cycle.failed || cycle.ok === 0) return
  const { damper, config } = state
  const holder = state.holding.size > 0
  const before = damper.phase
  const { suspicious } = cycle
  onPassedCycle(damper, config.flap, {
    nowMs,
    periodMs: config.timing.checkIntervalMs,
    holder,
    suspicious,
  })
  if (damper.phase !== before && damper.phase === 'probation') {
    log(context, {
      kind: 'probation',
      repeatFailures: damper.repeatFailures,
      forMs: damper.probationMs,
    })
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
