// One step in the making: the state it changes, its time, and the effects it has gathered.
import type { Effect } from './effect.ts'
import type { Entry } from './entry.ts'
import type { State } from './state.ts'

/** What comes of one event. */
export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
  /** When to send a tick at the latest; infinite when only other events matter. */
  readonly wakeAtMs: number
}

/** The step itself while it is being made, so that a query costs one object less. */
export interface Turn extends Step {
  nowMs: number
  effects: readonly Effect[]
  wakeAtMs: number
  /** Something that the verdict, the priorities or the status speak of has changed. */
  changed: boolean
  /** What `effects` is made in when the turn is used again and again; null when each has a list of its own. */
  readonly buffer: Effect[] | null
}

/** One turn asks so many at most, so that answers are taken in before more is asked. */
export const MOST_AT_ONCE = 128

/** Most steps have no effect, and need no list of their own. */
const NO_EFFECTS: readonly Effect[] = []

/** @param reused whether the turn will be taken for more than one step */
export function newTurn(state: State, reused: boolean): Turn {
  return {
    state,
    nowMs: 0,
    effects: NO_EFFECTS,
    wakeAtMs: Number.POSITIVE_INFINITY,
    changed: false,
    buffer: reused ? [] : null,
  }
}

export function beginTurn(turn: Turn, nowMs: number): void {
  turn.nowMs = nowMs
  turn.effects = NO_EFFECTS
  turn.changed = false
}

export function emit(turn: Turn, effect: Effect): void {
  if (turn.effects !== NO_EFFECTS) {
    ;(turn.effects as Effect[]).push(effect)
  } else if (turn.buffer === null) {
    turn.effects = [effect]
  } else {
    turn.buffer.length = 0
    turn.buffer.push(effect)
    turn.effects = turn.buffer
  }
}

export function log(turn: Turn, entry: Entry): void {
  emit(turn, { kind: 'log', entry })
}
