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
  readonly nowMs: number
  effects: readonly Effect[]
  wakeAtMs: number
  /** Something that the verdict, the priorities or the status speak of has changed. */
  changed: boolean
}

/** Most steps have no effect, and need no list of their own. */
const NO_EFFECTS: readonly Effect[] = []

export function newTurn(state: State, nowMs: number): Turn {
  return { state, nowMs, effects: NO_EFFECTS, wakeAtMs: Number.POSITIVE_INFINITY, changed: false }
}

export function emit(turn: Turn, effect: Effect): void {
  if (turn.effects === NO_EFFECTS) turn.effects = [effect]
  else (turn.effects as Effect[]).push(effect)
}

export function log(turn: Turn, entry: Entry): void {
  emit(turn, { kind: 'log', entry })
}
