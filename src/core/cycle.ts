// Sweeps: when one starts, which item is asked next, and when it has finished.
import { ask } from './inquiry.ts'
import type { Item, State, Sweep, SweepSchedule } from './state.ts'
import { MAX_AT_ONCE, type StepContext } from './step-context.ts'

/** Starts a sweep over the cycle's items, its questions spread over the period or all at once. */
export function startSweep(
  context: StepContext,
  cycle: SweepSchedule,
  mode: Sweep['mode'],
  periodMs: number,
): void {
  const { items } = cycle
  cycle.sweep = {
    startedMs: context.nowMs,
    mode,
    gapMs: mode === 'spread' ? periodMs / Math.max(1, items.length) : 0,
    // Whoever has waited longest comes first: a sweep may be cut short again and again.
    queue: items.every(isInTurn) ? items : items.toSorted(byEvidence),
    cursor: 0,
    nextAskMs: context.nowMs,
    open: 0,
    ok: 0,
    suspicious: false,
    failed: false,
  }
}

/** Asks what is due. */
export function sendDue(context: StepContext, cycle: SweepSchedule): void {
  const { sweep } = cycle
  if (sweep === null) return
  for (let asked = 0; asked < MAX_AT_ONCE; asked++) {
    if (!isDue(context.state, cycle, sweep, context.nowMs)) return
    const item = sweep.queue[sweep.cursor++] as Item
    sweep.nextAskMs += sweep.gapMs
    ask(context, item, cycle, sweep)
  }
}

export function isFinished(sweep: Sweep): boolean {
  return sweep.open === 0 && sweep.cursor >= sweep.queue.length
}

/** When the cycle next needs attention, other than for a result. */
export function cycleWakeMs(state: State, cycle: SweepSchedule): number {
  const { sweep } = cycle
  if (sweep === null) return cycle.nextSweepMs
  const asks = sweep.cursor < sweep.queue.length && hasRoom(state, cycle)
  return asks ? sweep.nextAskMs : Number.POSITIVE_INFINITY
}

function isDue(state: State, cycle: SweepSchedule, sweep: Sweep, nowMs: number): boolean {
  return sweep.cursor < sweep.queue.length && sweep.nextAskMs <= nowMs && hasRoom(state, cycle)
}

/** Required probes never wait: what lies upstream must not keep a dead server from being found. */
function hasRoom(state: State, cycle: SweepSchedule): boolean {
  return cycle === state.required || state.upstreamQueries < state.config.timing.maxInFlight
}

function isInTurn(item: Item, index: number, items: readonly Item[]): boolean {
  return index === 0 || byEvidence(items[index - 1] as Item, item) <= 0
}

function byEvidence(one: Item, other: Item): number {
  return (one.evidence?.untilMs ?? 0) - (other.evidence?.untilMs ?? 0)
}
