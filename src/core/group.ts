// A group of checks at work: when a check cycle starts, which check is asked next, and when it has ended.
import { ask } from './check-run.ts'
import { REQUIRED } from './required.ts'
import type { CheckRun, CheckState, Cycle, Group, State } from './state.ts'
import { MAX_AT_ONCE, type StepContext } from './step-context.ts'
import { UPSTREAM } from './upstream.ts'

/** In what kinds of groups differ: how their checks follow each other, and what follows from it. */
interface Judge {
  /** From the beginning of a check cycle to that of the next. */
  periodMs(state: State, group: Group): number
  mode(state: State): Cycle['mode']
  cycleBegins(context: StepContext, group: Group): void
  /** Takes what a check came to. */
  takeRun(context: StepContext, run: CheckRun): void
  /** Takes a check cycle that has ended. */
  takeCycle(context: StepContext, group: Group, cycle: Cycle): void
}

const JUDGES: Readonly<Record<Group['kind'], Judge>> = { required: REQUIRED, upstream: UPSTREAM }

/** Starts the cycle that is due, and asks what is due. */
export function runGroup(context: StepContext, group: Group): void {
  if (group.cycle === null && context.nowMs >= group.nextCycleMs) {
    startCycle(context, group)
    JUDGES[group.kind].cycleBegins(context, group)
  }
  sendDue(context, group)
  finishIfDone(context, group)
}

/** Takes a run that has its outcome into its cycle. */
export function takeConcluded(context: StepContext, run: CheckRun): void {
  JUDGES[run.group.kind].takeRun(context, run)
  if (run.cycle !== null) run.cycle.open--
  finishIfDone(context, run.group)
}

/** When the group next needs attention, other than for a result. */
export function groupWakeMs(state: State, group: Group): number {
  const { cycle } = group
  if (cycle === null) return group.nextCycleMs
  const asks = cycle.cursor < cycle.queue.length && hasRoom(state, group)
  return asks ? cycle.nextAskMs : Number.POSITIVE_INFINITY
}

/** The questions are spread over the period, or asked all at once. */
function startCycle({ state, nowMs }: StepContext, group: Group): void {
  const { checks } = group
  const judge = JUDGES[group.kind]
  const mode = judge.mode(state)
  group.cycle = {
    startedMs: nowMs,
    mode,
    gapMs: mode === 'spread' ? judge.periodMs(state, group) / Math.max(1, checks.length) : 0,
    // Whoever has waited longest comes first: a check cycle may be cut short again and again.
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
  const { cycle } = group
  if (cycle === null) return
  for (let asked = 0; asked < MAX_AT_ONCE; asked++) {
    if (!isDue(context.state, group, cycle, context.nowMs)) return
    const check = cycle.queue[cycle.cursor++] as CheckState
    cycle.nextAskMs += cycle.gapMs
    ask(context, check, group, cycle)
  }
}

function finishIfDone(context: StepContext, group: Group): void {
  const { cycle } = group
  if (cycle === null || cycle.open > 0 || cycle.cursor < cycle.queue.length) return
  const judge = JUDGES[group.kind]
  group.cycle = null
  group.cycles++
  // After a failure the judge has said when.
  if (!cycle.failed) {
    const periodMs = judge.periodMs(context.state, group)
    group.nextCycleMs = Math.max(context.nowMs, cycle.startedMs + periodMs)
  }
  judge.takeCycle(context, group, cycle)
}

function isDue(state: State, group: Group, cycle: Cycle, nowMs: number): boolean {
  return cycle.cursor < cycle.queue.length && cycle.nextAskMs <= nowMs && hasRoom(state, group)
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
