// One step in the making: the state it changes, its time, and the effects it has gathered.
import type { Effect } from './effect.ts'
import type { Entry } from './entry.ts'
import type { State } from './state.ts'

export interface Turn {
  readonly state: State
  readonly nowMs: number
  readonly effects: Effect[]
  /** Something that the verdict, the priorities or the status speak of has changed. */
  changed: boolean
}

export function log(turn: Turn, entry: Entry): void {
  turn.effects.push({ kind: 'log', entry })
}
