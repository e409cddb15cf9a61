// Drives the drain and the undrain: look, advance, do what is due, and look again.
import type { Override } from '../core/override.ts'
import {
  advanceDrain,
  beginDrain,
  type DrainAction,
  type DrainPlan,
  type DrainTurn,
  interruptDrain,
  type Proof,
} from '../drain/drain-sequence.ts'
import { type DrainStep, failed, note } from '../drain/drain-step.ts'
import type { Observation } from '../drain/observation.ts'
import {
  advanceUndrain,
  beginUndrain,
  type UndrainAction,
  type UndrainPlan,
  type UndrainState,
} from '../drain/undrain-sequence.ts'
import type { Clock, Result } from '../ports.ts'
import { pause } from './pause.ts'

/** What both sequences need of the world. */
export interface MaintenancePorts {
  readonly clock: Clock
  look(): Promise<Observation>
  tell(step: DrainStep): void
  /** Somebody has asked for an end, by a signal for one. */
  isCancelled(): boolean
}

/** Each change fails where the order is no longer the one that this command has read or written. */
export interface DrainPorts extends MaintenancePorts {
  publish(mode: Override['mode']): Promise<Result<void>>
  /** Has what was published stand, whatever becomes of this command. */
  confirm(): Promise<Result<void>>
  /** Puts back what was there before, to the letter. */
  restore(): Promise<Result<void>>
  /** Whose order stands there that is not this command's, or null. */
  meanwhile(): string | null
  prove(): Promise<Proof>
}

export interface UndrainPorts extends MaintenancePorts {
  publish(override: Override): Promise<Result<void>>
  lift(): Promise<Result<void>>
  /** Resolves to a sentence. */
  warm(): Promise<string>
}

const LOOK_EVERY_MS = 100

/** Runs the drain to its end; true when the server is drained. */
export async function runDrain(plan: DrainPlan, ports: DrainPorts): Promise<boolean> {
  const { clock } = ports
  let proof: Proof | null = null

  async function perform(action: DrainAction): Promise<string | null> {
    switch (action.kind) {
      case 'tell':
        ports.tell(action.step)
        return null
      case 'publish':
        return troubleOf(await ports.publish(action.mode))
      case 'confirm':
        return troubleOf(await ports.confirm())
      case 'restore':
        return troubleOf(await ports.restore())
      case 'prove':
        proof = null
        void ports.prove().then((found) => {
          proof = found
        })
        return null
      default:
        return action satisfies never
    }
  }

  /** Failed at the first action that cannot be done: what follows would say that it was. */
  async function take(turn: DrainTurn): Promise<DrainTurn['state']> {
    for (const action of turn.actions) {
      const trouble = await perform(action)
      if (trouble === null) continue
      const isUndone = action.kind !== 'restore' && (await ports.restore()).ok
      const after = isUndone ? '; rolled back' : ''
      ports.tell(failed('failed', `${trouble}${after}`))
      return { ...turn.state, phase: 'failed' }
    }
    return turn.state
  }

  let state = await take(beginDrain(clock.nowMs(), plan))
  while (state.phase !== 'done' && state.phase !== 'failed') {
    const observation = await ports.look()
    const other = ports.meanwhile()
    if (other !== null) {
      ports.tell(failed('failed', other))
      return false
    }
    if (ports.isCancelled()) state = await take(interruptDrain(state))
    else {
      state = await take(advanceDrain(state, plan, observation, proof))
      await pause(clock, LOOK_EVERY_MS)
    }
  }
  return state.phase === 'done'
}

/** Runs the undrain to its end; true when the drain has ended. */
export async function runUndrain(plan: UndrainPlan, ports: UndrainPorts): Promise<boolean> {
  const { clock } = ports
  let warmed: string | null = null

  async function perform(action: UndrainAction): Promise<string | null> {
    switch (action.kind) {
      case 'tell':
        ports.tell(action.step)
        return null
      case 'soften':
        return troubleOf(await ports.publish(action.override))
      case 'lift':
        return troubleOf(await ports.lift())
      case 'warm':
        warmed = null
        void ports.warm().then((text) => {
          warmed = text
        })
        return null
      default:
        return action satisfies never
    }
  }

  let state = beginUndrain(clock.nowMs())
  while (state.phase !== 'done' && state.phase !== 'failed') {
    const observation = await ports.look()
    if (ports.isCancelled()) {
      ports.tell(note('interrupted', interruptedText(state, observation.override)))
      return state.phase === 'lifting'
    }
    const turn = advanceUndrain(state, plan, observation, warmed)
    for (const action of turn.actions) {
      const trouble = await perform(action)
      if (trouble === null) continue
      ports.tell(failed('failed', trouble))
      return false
    }
    state = turn.state
    await pause(clock, LOOK_EVERY_MS)
  }
  return state.phase === 'done'
}

function interruptedText({ phase }: UndrainState, override: Override | null): string {
  if (phase === 'lifting' || override === null)
    return 'interrupted, but the drain has ended already'
  return `interrupted: the server stays ${override.mode}. Retry: holdfast undrain`
}

function troubleOf(result: Result<void>): string | null {
  return result.ok ? null : result.error
}
