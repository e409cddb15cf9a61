// Drives the drain and the undrain: look, advance, do what is due, and look again.
import type { Override } from '../core/override.ts'
import {
  advanceDrain,
  beginDrain,
  type DrainDeed,
  type DrainPlan,
  type DrainTurn,
  interruptDrain,
  type Proof,
} from '../drain/drain-sequence.ts'
import type { Sight } from '../drain/sight.ts'
import { failed, note, type Step } from '../drain/step.ts'
import {
  advanceUndrain,
  beginUndrain,
  type UndrainDeed,
  type UndrainPlan,
} from '../drain/undrain-sequence.ts'
import type { Clock, Result } from '../ports.ts'
import { pause } from './pause.ts'

/** What both sequences need of the world. */
export interface MaintenancePorts {
  readonly clock: Clock
  look(): Promise<Sight>
  tell(step: Step): void
  /** Somebody has asked for an end, by a signal for one. */
  isCancelled(): boolean
}

export interface DrainPorts extends MaintenancePorts {
  publish(mode: Override['mode']): Result<void>
  /** Puts back what was there before, to the letter. */
  restore(): Result<void>
  prove(): Promise<Proof>
}

export interface UndrainPorts extends MaintenancePorts {
  publish(override: Override): Result<void>
  lift(): Result<void>
  /** Resolves to a sentence. */
  warm(): Promise<string>
}

const LOOK_EVERY_MS = 100

/** Runs the drain to its end; true when the server is drained. */
export async function runDrain(plan: DrainPlan, ports: DrainPorts): Promise<boolean> {
  const { clock } = ports
  let proof: Proof | null = null
  let trouble: string | null = null

  function perform(deed: DrainDeed): void {
    switch (deed.kind) {
      case 'tell':
        ports.tell(deed.step)
        return
      case 'publish':
        trouble = troubleOf(ports.publish(deed.mode))
        return
      case 'restore':
        trouble = troubleOf(ports.restore())
        return
      case 'prove':
        proof = null
        void ports.prove().then((found) => {
          proof = found
        })
        return
      default:
        deed satisfies never
    }
  }

  function take(turn: DrainTurn): DrainTurn['state'] {
    for (const deed of turn.deeds) perform(deed)
    return turn.state
  }

  let state = take(beginDrain(clock.nowMs()))
  while (state.phase !== 'done' && state.phase !== 'failed') {
    if (trouble !== null) {
      ports.tell(failed('failed', trouble))
      return false
    }
    if (ports.isCancelled()) return take(interruptDrain(state)).phase === 'done'
    state = take(advanceDrain(state, plan, await ports.look(), proof))
    await pause(clock, LOOK_EVERY_MS)
  }
  return state.phase === 'done'
}

/** Runs the undrain to its end; true when no order is in force any more. */
export async function runUndrain(plan: UndrainPlan, ports: UndrainPorts): Promise<boolean> {
  const { clock } = ports
  let warmed: string | null = null
  let trouble: string | null = null

  function perform(deed: UndrainDeed): void {
    switch (deed.kind) {
      case 'tell':
        ports.tell(deed.step)
        return
      case 'soften':
        trouble = troubleOf(ports.publish(deed.override))
        return
      case 'lift':
        trouble = troubleOf(ports.lift())
        return
      case 'warm':
        warmed = null
        void ports.warm().then((text) => {
          warmed = text
        })
        return
      default:
        deed satisfies never
    }
  }

  let state = beginUndrain(clock.nowMs())
  while (state.phase !== 'done' && state.phase !== 'failed') {
    if (trouble !== null) {
      ports.tell(failed('failed', trouble))
      return false
    }
    const sight = await ports.look()
    if (ports.isCancelled()) {
      ports.tell(note('interrupted', interruptedText(sight.override)))
      return false
    }
    const turn = advanceUndrain(state, plan, sight, warmed)
    for (const deed of turn.deeds) perform(deed)
    state = turn.state
    await pause(clock, LOOK_EVERY_MS)
  }
  return state.phase === 'done'
}

function interruptedText(override: Override | null): string {
  if (override === null) return 'interrupted, but the order is lifted already'
  return `interrupted: the server stays ${override.mode}; call it again to go on`
}

function troubleOf(result: Result<void>): string | null {
  return result.ok ? null : result.error
}
