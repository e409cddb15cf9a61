// The way back as a state machine. It goes by the order on disk, so that it can begin anywhere. Pure.
import type { Override } from '../core/override.ts'
import { sameOrder } from '../documents/override.ts'
import { durationText, overrideText } from '../documents/text.ts'
import { isObeyed, type Sight, seatsOf } from './sight.ts'
import { failed, note, ok, type Step } from './step.ts'

export interface UndrainPlan {
  readonly server: string
  /** All instances of the config. */
  readonly instances: readonly string[]
  /** Passing sweeps in a row before the rank comes back. */
  readonly rise: number
  /** See `settleMs`. */
  readonly settleMs: number
  /** For leaving FAULT and for the checks; infinite for the daemon itself. */
  readonly timeoutMs: number
  /** Wait neither for the checks nor for the cache. */
  readonly now: boolean
  /** There are names to warm the cache with. */
  readonly warm: boolean
}

export type UndrainDeed =
  | { readonly kind: 'soften'; readonly override: Override }
  | { readonly kind: 'warm' }
  | { readonly kind: 'lift' }
  | { readonly kind: 'tell'; readonly step: Step }

export type UndrainPhase =
  | 'entering'
  | 'settling'
  | 'rising'
  | 'warming'
  | 'lifting'
  | 'done'
  | 'failed'

export interface UndrainState {
  readonly phase: UndrainPhase
  readonly sinceMs: number
  /** What the seats were like, and since when. */
  readonly seen: string
  readonly seenSinceMs: number
  /** It was in FAULT when this began, so an election may be under way. */
  readonly wasIsolated: boolean
  /** The order to be lifted, as it was found or made less of; null before it was looked at. */
  readonly order: Override | null
}

export interface UndrainTurn {
  readonly state: UndrainState
  readonly deeds: readonly UndrainDeed[]
}

/** Until then a daemon that lives has published what the order says. */
const OBEY_MS = 3000

export function beginUndrain(nowMs: number): UndrainState {
  const none = { wasIsolated: false, order: null }
  return { phase: 'entering', sinceMs: nowMs, seen: '', seenSinceMs: nowMs, ...none }
}

/** @param warmed a sentence on what warming came to, once it has ended */
export function advanceUndrain(
  state: UndrainState,
  plan: UndrainPlan,
  sight: Sight,
  warmed: string | null,
): UndrainTurn {
  switch (state.phase) {
    case 'entering':
      return entering(state, sight)
    case 'settling':
      return settling(state, plan, sight)
    case 'rising':
      return rising(state, plan, sight)
    case 'warming':
      return warming(state, sight, warmed)
    case 'lifting':
      return lifting(state, plan, sight)
    case 'done':
    case 'failed':
      return { state, deeds: [] }
    default:
      return state.phase satisfies never
  }
}

function entering(state: UndrainState, sight: Sight): UndrainTurn {
  const { override } = sight
  if (override === null)
    return enter(state, 'done', sight, [tell(ok('nothing', 'no order is in force: nothing to do'))])
  if (override.mode === 'drained')
    return enter({ ...state, order: override }, 'settling', sight, [])
  const softer: Override = { ...override, mode: 'drained' }
  const softened = { ...state, wasIsolated: true, order: softer }
  const text = 'leaving FAULT at the lowest priority: drained first'
  return enter(softened, 'settling', sight, [
    { kind: 'soften', override: softer },
    tell(ok('drained', text)),
  ])
}

/** No election must be won by accident: a master is heard, or nobody else wants to be one. */
function settling(given: UndrainState, plan: UndrainPlan, sight: Sight): UndrainTurn {
  const gone = withdrawn(given, sight)
  if (gone !== null) return gone
  const seats = seatsOf(sight, plan.instances)
  const seen = seats === null ? 'unseen' : seats.map((it) => `${it.name} ${it.state}`).join(' ')
  const state = seen === given.seen ? given : { ...given, seen, seenSinceMs: sight.nowMs }
  const quietMs = sight.nowMs - state.seenSinceMs
  const isQuiet = quietMs >= plan.settleMs
  const isReady = isDrained(state, plan, sight)
  if (isReady && seats === null && (isQuiet || !state.wasIsolated)) {
    const why = sight.election.kind === 'unseen' ? sight.election.why : ''
    return toRising(state, plan, sight, note('settled', `the election is not looked at: ${why}`))
  }
  if (isReady && seats !== null && seats.length > 0 && (isQuiet || !state.wasIsolated)) {
    if (seats.every((it) => it.state === 'backup' && it.hears))
      return toRising(
        state,
        plan,
        sight,
        ok('settled', 'keepalived is a backup and hears a master'),
      )
    if (
      isQuiet &&
      seats.every((it) => it.state === 'master' || (it.state === 'backup' && it.hears))
    )
      return toRising(
        state,
        plan,
        sight,
        note('settled', 'this server holds addresses that nobody else wants'),
      )
  }
  if (sight.nowMs - state.sinceMs < plan.timeoutMs) return { state, deeds: [] }
  return giveUp(state, sight, 'keepalived hears no master')
}

function isDrained(state: UndrainState, plan: UndrainPlan, sight: Sight): boolean {
  if (sight.status === null) return false
  const concerned = sight.override?.instances ?? plan.instances
  return isObeyed(sight, 'drained', concerned) || sight.nowMs - state.sinceMs > OBEY_MS
}

function toRising(state: UndrainState, plan: UndrainPlan, sight: Sight, step: Step): UndrainTurn {
  if (!plan.now) return enter(state, 'rising', sight, [tell(step)])
  return enter(state, 'lifting', sight, [
    tell(step),
    tell(note('healthy', 'the checks and the cache are not waited for, as --now wants it')),
    { kind: 'lift' },
  ])
}

function rising(state: UndrainState, plan: UndrainPlan, sight: Sight): UndrainTurn {
  const gone = withdrawn(state, sight)
  if (gone !== null) return gone
  const { status } = sight
  if (status?.verdict === 'healthy' && status.flap.passes >= plan.rise) {
    const told = tell(
      ok('healthy', `${plan.server} is healthy: ${plan.rise} sweeps passed in a row`),
    )
    if (plan.warm) return enter(state, 'warming', sight, [told, { kind: 'warm' }])
    return enter(state, 'lifting', sight, [told, { kind: 'lift' }])
  }
  if (sight.nowMs - state.sinceMs < plan.timeoutMs) return { state, deeds: [] }
  const why = status === null ? 'the daemon does not run' : `${plan.server} is ${status.verdict}`
  const reasons = status === null || status.reasons.length === 0 ? '' : `: ${status.reasons[0]}`
  return giveUp(state, sight, `${why}${reasons}`)
}

function warming(state: UndrainState, sight: Sight, warmed: string | null): UndrainTurn {
  const gone = withdrawn(state, sight)
  if (gone !== null) return gone
  if (warmed === null) return { state, deeds: [] }
  const told = tell(ok('warm', warmed))
  // What was found healthy may have failed meanwhile.
  if (sight.status?.verdict !== 'healthy') return enter(state, 'rising', sight, [told])
  return enter(state, 'lifting', sight, [told, { kind: 'lift' }])
}

function lifting(state: UndrainState, plan: UndrainPlan, sight: Sight): UndrainTurn {
  const { status } = sight
  const tookMs = sight.nowMs - state.sinceMs
  if (status !== null && status.override === null && sight.override === null) {
    const ranks = status.instances.map((it) => `${it.name} at priority ${it.priority}`).join(', ')
    return enter(state, 'done', sight, [
      tell(ok('lifted', `${plan.server} has its rank back: ${ranks}`)),
    ])
  }
  if (tookMs < OBEY_MS) return { state, deeds: [] }
  const text =
    sight.override === null
      ? 'the order is lifted; the daemon does not run, or has not noticed it yet'
      : `the order is lifted, and there is another one since: ${overrideText(sight.override)}`
  return enter(state, 'done', sight, [tell(note('lifted', text))])
}

/** Somebody else changed the order meanwhile: theirs counts. */
function withdrawn(state: UndrainState, sight: Sight): UndrainTurn | null {
  if (sight.override === null)
    return enter(state, 'done', sight, [tell(note('lifted', 'somebody else has lifted the order'))])
  if (sameOrder(sight.override, state.order)) return null
  const text = `another order came between, and stands: ${overrideText(sight.override)}`
  return enter(state, 'failed', sight, [tell(failed('failed', text))])
}

function giveUp(state: UndrainState, sight: Sight, why: string): UndrainTurn {
  const waited = durationText(sight.nowMs - state.sinceMs)
  const text = `it stays drained: ${why}, after ${waited}; call "holdfast undrain" again to go on`
  return enter(state, 'failed', sight, [tell(failed('failed', text))])
}

function enter(
  state: UndrainState,
  phase: UndrainPhase,
  sight: Sight,
  deeds: readonly UndrainDeed[],
): UndrainTurn {
  const fresh = { phase, sinceMs: sight.nowMs, seenSinceMs: sight.nowMs, seen: '' }
  return { state: { ...state, ...fresh }, deeds }
}

function tell(step: Step): UndrainDeed {
  return { kind: 'tell', step }
}
