// Sweeps: when one starts, which item is asked next, and when it has finished.
import { ask } from './inquiry.ts'
import type { Cycle, Item, State, Sweep } from './state.ts'
import type { Turn } from './turn.ts'

/** Starts a sweep over the cycle's items, its questions spread over the period or all at once. */
export function startSweep(turn: Turn, cycle: Cycle, mode: Sweep['mode'], periodMs: number): void {
  cycle.sweep = {
    startedMs: turn.nowMs,
    mode,
    gapMs: mode === 'spread' ? periodMs / Math.max(1, cycle.items.length) : 0,
    queue: cycle.items,
    cursor: 0,
    nextAskMs: turn.nowMs,
    open: 0,
    ok: 0,
    suspicious: false,
    failed: false,
  }
}

/** Asks what is due. */
export function pump(turn: Turn, cycle: Cycle): void {
  const { sweep } = cycle
  if (sweep === null) return
  while (isDue(turn.state, sweep, turn.nowMs)) {
    const item = sweep.queue[sweep.cursor++] as Item
    sweep.nextAskMs += sweep.gapMs
    ask(turn, item, cycle, sweep)
  }
}

export function isFinished(sweep: Sweep): boolean {
  return sweep.open === 0 && sweep.cursor >= sweep.queue.length
}

/** When the cycle next needs attention, other than for a result. */
export function cycleWakeMs(state: State, cycle: Cycle): number {
  const { sweep } = cycle
  if (sweep === null) return cycle.nextSweepMs
  const asks = sweep.cursor < sweep.queue.length && hasRoom(state)
  return asks ? sweep.nextAskMs : Number.POSITIVE_INFINITY
}

function isDue(state: State, sweep: Sweep, nowMs: number): boolean {
  return sweep.cursor < sweep.queue.length && sweep.nextAskMs <= nowMs && hasRoom(state)
}

/** New questions take half of the room; the other half is for confirming old ones, which decide. */
function hasRoom(state: State): boolean {
  return state.queries.size < state.config.timing.maxInFlight / 2
}
