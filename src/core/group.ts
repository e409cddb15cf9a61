// A group of checks at work: when a sweep starts, which check is asked next, and when it has ended.
import { ask } from './check-run.ts'
import { REQUIRED } from './required.ts'
import type { CheckRun, CheckState, Group, State, Sweep } from './state.ts'
import { MAX_AT_ONCE, type StepContext } from './step-context.ts'
import { UPSTREAM } from './upstream.ts'

/** In what kinds of groups differ: how they are swept, and what follows from it. */
interface Judge {
  /** From the beginning of a sweep to that of the next. */
  periodMs(state: State, group: Group): number
  mode(state: State): Sweep['mode']
  sweepBegins(context: StepContext, group: Group): void
  /** Takes what a check came to. */
  takeRun(context: StepContext, run: CheckRun): void
  /** Takes a sweep that has ended. */
  takeSweep(context: StepContext, group: Group, sweep: Sweep): void
}

const JUDGES: Readonly<Record<Group['kind'], Judge>> = { required: REQUIRED, upstream: UPSTREAM }

/** Starts the sweep that is due, and asks what is due. */
export function runGroup(context: StepContext, group: Group): void {
  if (group.sweep === null && context.nowMs >= group.nextSweepMs) {
    startSweep(context, group)
    JUDGES[group.kind].sweepBegins(context, group)
  }
  sendDue(context, group)
  finishIfDone(context, group)
}

/** Takes a run that has its outcome into its sweep. */
export function takeConcluded(context: StepContext, run: CheckRun): void {
  JUDGES[run.group.kind].takeRun(context, run)
  if (run.sweep !== null) run.sweep.open--
  finishIfDone(context, run.group)
}

/** When the group next needs attention, other than for a result. */
export function groupWakeMs(state: State, group: Group): number {
  const { sweep } = group
  if (sweep === null) return group.nextSweepMs
  const asks = sweep.cursor < sweep.queue.length && hasRoom(state, group)
  return asks ? sweep.nextAskMs : Number.POSITIVE_INFINITY
}

/** The questions are spread over the period, or asked all at once. */
function startSweep({ state, nowMs }: StepContext, group: Group): void {
  const { checks } = group
  const judge = JUDGES[group.kind]
  const mode = judge.mode(state)
  group.sweep = {
    startedMs: nowMs,
    mode,
    gapMs: mode === 'spread' ? judge.periodMs(state, group) / Math.max(1, checks.length) : 0,
    // Whoever has waited longest comes first: a sweep may be cut short again and again.
    queue: checks.every(isInTurn) ? checks : checks.toSorted(byEvidence),
    cursor: 0,
    nextAskMs: nowMs,
    open: 0,
    ok: 0,
    suspicious: false,
    failed: false,
  }
}

function sendDue(context: StepContext, group: Group): void {
  const { sweep } = group
  if (sweep === null) return
  for (let asked = 0; asked < MAX_AT_ONCE; asked++) {
    if (!isDue(context.state, group, sweep, context.nowMs)) return
    const check = sweep.queue[sweep.cursor++] as CheckState
    sweep.nextAskMs += sweep.gapMs
    ask(context, check, group, sweep)
  }
}

function finishIfDone(context: StepContext, group: Group): void {
  const { sweep } = group
  if (sweep === null || sweep.open > 0 || sweep.cursor < sweep.queue.length) return
  const judge = JUDGES[group.kind]
  group.sweep = null
  group.sweeps++
  // After a failure the judge has said when.
  if (!sweep.failed) {
    const periodMs = judge.periodMs(context.state, group)
    group.nextSweepMs = Math.max(context.nowMs, sweep.startedMs + periodMs)
  }
  judge.takeSweep(context, group, sweep)
}

function isDue(state: State, group: Group, sweep: Sweep, nowMs: number): boolean {
  return sweep.cursor < sweep.queue.length && sweep.nextAskMs <= nowMs && hasRoom(state, group)
}

/** Required probes never wait: what lies upstream must not keep a dead server from being found. */
function hasRoom({ upstreamQueries, config }: State, { kind }: Group): boolean {
  return kind === 'required' || upstreamQueries < config.timing.maxConcurrentQueries
}

function isInTurn(check: CheckState, index: number, checks: readonly CheckState[]): boolean {
  return index === 0 || byEvidence(checks[index - 1] as CheckState, check) <= 0
}

function byEvidence(one: CheckState, other: CheckState): number {
  return (one.evidence?.untilMs ?? 0) - (other.evidence?.untilMs ?? 0)
}
