// One step in the making: the state it changes, its time, and the effects it has gathered.
import type { Effect } from './effect.ts'
import type { AnsweredFacts, SweepFacts } from './facts.ts'
import type { LogEvent } from './log-event.ts'
import type { State } from './state.ts'

/** What comes of one event. */
export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
  /** The query that ended with the event, unless nobody waits for it any more. */
  readonly answered: AnsweredFacts | null
  readonly sweepEnded: SweepFacts | null
  /** When to send a tick at the latest; infinite when only other events matter. */
  readonly wakeAtMs: number
}

/** The step itself while it is being made, so that a query costs one object less. */
export interface StepContext extends Step {
  nowMs: number
  effects: readonly Effect[]
  answered: AnsweredFacts | null
  sweepEnded: SweepFacts | null
  wakeAtMs: number
  /** Something that the verdict, the priorities or the status speak of has changed. */
  changed: boolean
  /** What `effects` is made in when the context is used again and again; null when each has a list of its own. */
  readonly buffer: Effect[] | null
}

/** One context asks so many at most, so that answers are taken in before more is asked. */
export const MAX_AT_ONCE = 128

/** Most steps have no effect, and need no list of their own. */
const NO_EFFECTS: readonly Effect[] = []

/** @param reused whether the context will be taken for more than one step */
export function newContext(state: State, reused: boolean): StepContext {
  return {
    state,
    nowMs: 0,
    effects: NO_EFFECTS,
    answered: null,
    sweepEnded: null,
    wakeAtMs: Number.POSITIVE_INFINITY,
    changed: false,
    buffer: reused ? [] : null,
  }
}

export function resetContext(context: StepContext, nowMs: number): void {
  context.nowMs = nowMs
  context.effects = NO_EFFECTS
  context.answered = null
  context.sweepEnded = null
  context.changed = false
}

export function emit(context: StepContext, effect: Effect): void {
  if (context.effects !== NO_EFFECTS) {
    ;(context.effects as Effect[]).push(effect)
  } else if (context.buffer === null) {
    context.effects = [effect]
  } else {
    context.buffer.length = 0
    context.buffer.push(effect)
    context.effects = context.buffer
  }
}

export function log(context: StepContext, entry: LogEvent): void {
  emit(context, { kind: 'log', entry })
}
