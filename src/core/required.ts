// The required probes at all targets: from concluded inquiries to passing and failing sweeps.
import { isAnswered, isConclusive } from '../dns/outcome.ts'
import { questionText } from '../dns/probe.ts'
import { cycleWakeMs, isFinished, sendDue, startSweep } from './cycle.ts'
import { isSteady, onFailedSweep, onPassedSweep, passesNeeded } from './damper.ts'
import { ask } from './inquiry.ts'
import { isWhole } from './override.ts'
import type { Inquiry, Item, ProbedAddress, State, Sweep } from './state.ts'
import { NOT_MISSED } from './state.ts'
import { emit, log, MAX_AT_ONCE, type StepContext } from './step-context.ts'
import { targetName } from './target.ts'

/** Starts the sweep that is due, asks what is due, and probes addresses whose grace time ends. */
export function runRequired(context: StepContext): void {
  const { state, nowMs } = context
  const cycle = state.required
  probeAfterGrace(context)
  if (cycle.sweep === null && nowMs >= cycle.nextSweepMs) {
    const mode = isSteady(state.damper) ? 'spread' : 'burst'
    startSweep(context, cycle, mode, state.config.timing.periodMs)
    if (cycle.items.length === 0 && cycle.sweep !== null) failSweep(context, cycle.sweep, true)
  }
  sendDue(context, cycle)
  finishIfDone(context)
}

/** Takes a concluded inquiry into its sweep. */
export function requiredConcluded(context: StepContext, inquiry: Inquiry): void {
  const { item, sweep } = inquiry
  const wasFailing = item.failing
  const isGone = inquiry.outcome === 'vanished' && !isListedStill(context, item.address)
  const answered = isAnswered(inquiry.outcome)
  if (answered || isGone) {
    item.failing = false
    item.ignored = false
    if (answered) {
      item.address.listedReadings = NOT_MISSED
      if (sweep !== null) sweep.ok++
    }
    if (wasFailing) log(context, { kind: 'target-recovered', target: targetName(item.target) })
  } else {
    item.ignored = inquiry.askedMs < item.address.graceEndsMs
    item.failing = !item.ignored
    if (!wasFailing) {
      log(context, {
        kind: 'target-failed',
        target: targetName(item.target),
        question: questionText(item.probe.question),
        outcome: inquiry.outcome,
        ...(inquiry.detail === undefined ? {} : { detail: inquiry.detail }),
        ignored: item.ignored ? 'grace' : null,
      })
    }
    // That it cannot be bound to is the kernel's own word, too.
    const conclusive = isConclusive(inquiry.outcome) || inquiry.outcome === 'vanished'
    if (item.failing) failSweep(context, sweep, conclusive)
  }
  if (sweep !== null) sweep.open--
  finishIfDone(context)
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

/** When the required probes next need attention, other than for a result. */
export function requiredWakeMs(state: State): number {
  const cycleMs = cycleWakeMs(state, state.required)
  return Math.min(cycleMs, state.graceWakeMs)
}

/**
 * The first conclusive failure decides a sweep. A spread sweep ends there, because the burst that
 * follows the backoff will show the whole picture; a burst goes on to its end for the record.
 */
function failSweep(context: StepContext, sweep: Sweep | null, conclusive: boolean): void {
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
  const pendingMs = (current?.startedMs ?? nowMs) + state.config.timing.periodMs
  const waitMs = backoffMs === null ? null : waitAfter(state, backoffMs)
  state.required.nextSweepMs = waitMs === null ? Math.max(nowMs, pendingMs) : nowMs + waitMs
  context.changed = true
  const { failures } = state.damper
  log(context, {
    kind: 'sweep-failed',
    failures,
    fall: state.config.flap.fall,
    backoffMs: waitMs ?? 0,
  })
}

/**
 * The backoff keeps a server from coming back too often, and a holder has not gone: nobody was
 * better. Its recovery moves nothing, but it must be seen before that of the others.
 */
function waitAfter({ holding, config }: State, backoffMs: number): number {
  return holding.size > 0 ? config.flap.backoffMinMs : backoffMs
}

function finishIfDone(context: StepContext): void {
  const { state, nowMs } = context
  const cycle = state.required
  const { sweep } = cycle
  if (sweep === null || !isFinished(sweep)) return
  cycle.sweep = null
  cycle.sweeps++
  context.sweepEnded = { mode: sweep.mode, tookMs: nowMs - sweep.startedMs }
  context.changed = true
  if (sweep.failed) return
  cycle.nextSweepMs = Math.max(nowMs, sweep.startedMs + state.config.timing.periodMs)
  // Only vanished addresses and ignored failures: that says nothing about the server.
  if (sweep.ok === 0) return
  const { damper } = state
  const holder = state.holding.size > 0
  const before = damper.phase
  const { periodMs } = state.config.timing
  onPassedSweep(damper, state.config.flap, {
    nowMs,
    periodMs,
    holder,
    suspicious: sweep.suspicious,
  })
  if (damper.phase !== before && damper.phase === 'probation') {
    log(context, { kind: 'probation', relapses: damper.relapses, forMs: damper.probationMs })
  } else if (damper.phase === 'down') {
    log(context, {
      kind: 'rising',
      passes: damper.passes,
      needed: passesNeeded(damper, state.config.flap, holder),
    })
  }
}

/** A young address is asked when its grace time ends, not a period later. */
function probeAfterGrace(context: StepContext): void {
  const { state, nowMs } = context
  if (nowMs >= state.graceWakeMs) endGrace(state, nowMs)
  for (let asked = 0; asked < MAX_AT_ONCE && state.overdue.length > 0; asked++) {
    const item = state.overdue.shift() as Item
    // A failed server asks everything in its next burst anyway.
    if (state.damper.phase === 'down' || !state.required.items.includes(item)) continue
    ask(context, item, state.required, null)
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
    for (const item of state.required.items) if (item.address === address) state.overdue.push(item)
  }
}
