// A status that ended before it could be renewed: what it said is not known any more.
import { newDamper } from './damper.ts'
import { provenUntilMs } from './evidence.ts'
import { dropInquiries } from './inquiry.ts'
import { log, type Turn } from './turn.ts'

/** The wake came later than the last status's end: what was asked before says nothing of now. */
export function oversleep(turn: Turn): void {
  const { state } = turn
  if (state.verdict !== 'failed') lapse(turn)
  else {
    // It rises as it would have, but by nothing that came meanwhile.
    if (state.required.sweep?.failed === false) state.required.nextSweepMs = turn.nowMs
    forgetQuestions(turn)
  }
}

/**
 * This process was stopped, or kept from asking: the daemon is starting until a sweep has ended that
 * begins now. Relapses and the clean time that is owed are remembered.
 */
export function lapse(turn: Turn): void {
  const { state, nowMs } = turn
  const endedMs = Math.min(nowMs, state.statusUntilMs, provenUntilMs(state))
  log(turn, { kind: 'lapsed', lateMs: nowMs - endedMs })
  const { relapses, probationMs, backoffMs, holdDownUntilMs } = state.damper
  const kept = { relapses, probationMs, backoffMs, holdDownUntilMs, calmSinceMs: nowMs }
  state.damper = { ...newDamper(), ...kept }
  state.decided = false
  state.required.nextSweepMs = nowMs
  forgetQuestions(turn)
}

function forgetQuestions(turn: Turn): void {
  const { state } = turn
  dropInquiries(turn)
  for (const { cycle } of state.upstreams) cycle.sweep = null
  state.required.sweep = null
  state.statusUntilMs = Number.POSITIVE_INFINITY
  turn.changed = true
}
