// A status that ended before it could be renewed: what it said is not known any more.
import { newDamper } from './damper.ts'
import { provenUntilMs } from './evidence.ts'
import { dropInquiries } from './inquiry.ts'
import { log, type Turn } from './turn.ts'

/**
 * This process was stopped, or kept from asking: the daemon is starting until a sweep has ended that
 * begins now. Relapses and the clean time that is owed are remembered.
 */
export function lapse(turn: Turn): void {
  const { state, nowMs } = turn
  const endedMs = Math.min(nowMs, state.servesUntilMs, provenUntilMs(state))
  log(turn, { kind: 'lapsed', lateMs: nowMs - endedMs })
  dropInquiries(turn)
  const { relapses, probationMs, backoffMs, holdDownUntilMs } = state.damper
  const kept = { relapses, probationMs, backoffMs, holdDownUntilMs, calmSinceMs: nowMs }
  state.damper = { ...newDamper(), ...kept }
  state.decided = false
  state.servesUntilMs = Number.POSITIVE_INFINITY
  for (const { cycle } of state.upstreams) cycle.sweep = null
  state.required.sweep = null
  state.required.nextSweepMs = nowMs
  turn.changed = true
}
