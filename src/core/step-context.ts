// One step in the making: the state it changes, its time, and the effects it has gathered.
import type { Effect, LogEvent } from './effect.ts'
import type { AnsweredFacts, CycleFacts } from './facts.ts'
import type { State } from './state.ts'

export interface StepContext {
  readonly state: State
  readonly nowMs: number
  readonly effects: Effect[]
  answered: AnsweredFacts | null
  cycleEnded: CycleFacts | null
  /** Something that the health, the priorities or the status speak of has changed. */
  changed: boolean
}

/** One step asks so many at most, so that answers are taken in before more is asked. */
export const MAX_AT_ONCE = 128

export function emit(context: StepContext, effect: Effect): void {
  context.effects.push(effect)
}

export function log(context: StepContext, entry: LogEvent): void {
  emit(context, { kind: 'log', entry })
}
