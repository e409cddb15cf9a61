// A status that ended before it could be renewed: what it said is not known any more.
import { dropRuns } from './check-run.ts'
import { newDamper } from './damper.ts'
import { provenUntilMs } from './evidence.ts'
import { groupsOf } from './state.ts'
import { log, type StepContext } from './step-context.ts'

/** The wake came later than the last status's end: what was asked before says nothing of now. */
export function oversleep(context: StepContext): void {
  const { state } = context
  if (state.verdict !== 'failed') lapse(context)
  else {
    // It rises as it would have, but by nothing that came meanwhile.
    if (state.required.sweep?.failed === false) state.required.nextSweepMs = context.nowMs
    forgetQuestions(context)
  }
}

/**
 * This process was stopped, or kept from asking: the daemon is starting until a sweep has ended that
 * begins now. Relapses and the clean time that is owed are remembered.
 */
export function lapse(context: StepContext): void {
  const { state, nowMs } = context
  const endedMs = Math.min(nowMs, state.statusUntilMs, provenUntilMs(state))
  log(context, { kind: 'lapsed', lateMs: nowMs - endedMs })
  const { relapses, probationMs, backoffMs, holdDownUntilMs } = state.damper
  const kept = { relapses, probationMs, backoffMs, holdDownUntilMs, calmSinceMs: nowMs }
  state.damper = { ...newDamper(), ...kept }
  state.decided = false
  state.required.nextSweepMs = nowMs
  forgetQuestions(context)
}

function forgetQuestions(context: StepContext): void {
  const { state } = context
  dropRuns(context)
  for (const group of groupsOf(state)) group.sweep = null
  state.statusUntilMs = Number.POSITIVE_INFINITY
  context.changed = true
}
