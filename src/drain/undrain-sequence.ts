// The way back as a state machine. It goes by the order on disk, so that it can begin anywhere. Pure.
import type { Override } from '../core/override.ts'
import { sameOrder } from '../documents/override-document.ts'
import { durationText, overrideText } from '../documents/text.ts'
import { failed, note, ok, type Step, type Telling, tell } from './drain-step.ts'
import { isObeyed, OBEY_MS, type Observation, virtualRouters } from './observation.ts'

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

export type UndrainAction =
  | { readonly kind: 'soften'; readonly override: Override }
  | { readonly kind: 'warm' }
  | { readonly kind: 'lift' }
  | Telling

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
  /** What the routers were like, and since when. */
  readonly seen: string
  readonly seenSinceMs: number
  /** It was in FAULT when this began, so an election may be under way. */
  readonly wasIsolated: boolean
  /** The order to be lifted, as it was found or made less of; null before it was looked at. */
  readonly order: Override | null
}

export interface UndrainTurn {
  readonly state: UndrainState
  readonly actions: readonly UndrainAction[]
}

export function beginUndrain(nowMs: number): UndrainState {
  const none = { wasIsolated: false, order: null }
  return { phase: 'entering', sinceMs: nowMs, seen: '', seenSinceMs: nowMs, ...none }
}

/** @param warmed a sentence on what warming came to, once it has ended */
export function advanceUndrain(
  state: UndrainState,
  plan: UndrainPlan,
  seen: Observation,
  warmed: string | null,
): UndrainTurn {
  switch (state.phase) {
    case 'entering':
      return entering(state, seen)
    case 'settling':
      return settling(state, plan, seen)
    case 'rising':
      return rising(state, plan, seen)
    case 'warming':
      return warming(state, seen, warmed)
    case 'lifting':
      return lifting(state, plan, seen)
    case 'done':
    case 'failed':
      return { state, actions: [] }
    default:
      return state.phase satisfies never
  }
}

function entering(state: UndrainState, seen: Observation): UndrainTurn {
  const { override } = seen
  if (override === null)
    return enter(state, 'done', seen, [tell(ok('nothing', 'no order is in force: nothing to do'))])
  if (override.mode === 'drained') return enter({ ...state, order: override }, 'settling', seen, [])
  const softer: Override = { ...override, mode: 'drained' }
  const softened = { ...state, wasIsolated: true, order: softer }
  const text = 'leaving FAULT at the lowest priority: drained first'
  return enter(softened, 'settling', seen, [
    { kind: 'soften', override: softer },
    tell(ok('drained', text)),
  ])
}

/** No election must be won by accident: a master is heard, or nobody else wants to be one. */
function settling(given: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const gone = withdrawn(given, seen)
  if (gone !== null) return gone
  const routers = virtualRouters(seen, plan.instances)
  const states =
    routers === null
      ? 'unseen'
      : routers.map((router) => `${router.name} ${router.state}`).join(' ')
  const state = states === given.seen ? given : { ...given, seen: states, seenSinceMs: seen.nowMs }
  const quietMs = seen.nowMs - state.seenSinceMs
  const isQuiet = quietMs >= plan.settleMs
  const isReady = isDrained(state, plan, seen)
  if (isReady && routers === null && (isQuiet || !state.wasIsolated)) {
    const why = seen.election.kind === 'unseen' ? seen.election.why : ''
    return toRising(state, plan, seen, note('settled', `the election is not looked at: ${why}`))
  }
  if (isReady && routers !== null && routers.length > 0 && (isQuiet || !state.wasIsolated)) {
    if (routers.every((router) => router.state === 'backup' && router.hears))
      return toRising(state, plan, seen, ok('settled', 'keepalived is a backup and hears a master'))
    if (
      isQuiet &&
      routers.every(
        (router) => router.state === 'master' || (router.state === 'backup' && router.hears),
      )
    )
      return toRising(
        state,
        plan,
        seen,
        note('settled', 'this server holds addresses that nobody else wants'),
      )
  }
  if (seen.nowMs - state.sinceMs < plan.timeoutMs) return { state, actions: [] }
  return giveUp(state, seen, 'keepalived hears no master')
}

function isDrained(state: UndrainState, plan: UndrainPlan, seen: Observation): boolean {
  if (seen.status === null) return false
  const concerned = seen.override?.instances ?? plan.instances
  return isObeyed(seen, 'drained', concerned) || seen.nowMs - state.sinceMs > OBEY_MS
}

function toRising(
  state: UndrainState,
  plan: UndrainPlan,
  seen: Observation,
  step: Step,
): UndrainTurn {
  if (!plan.now) return enter(state, 'rising', seen, [tell(step)])
  return enter(state, 'lifting', seen, [
    tell(step),
    tell(note('healthy', 'the checks and the cache are not waited for, as --now wants it')),
    { kind: 'lift' },
  ])
}

function rising(state: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const gone = withdrawn(state, seen)
  if (gone !== null) return gone
  const { status } = seen
  if (status?.verdict === 'healthy' && status.flap.passes >= plan.rise) {
    const told = tell(
      ok('healthy', `${plan.server} is healthy: ${plan.rise} sweeps passed in a row`),
    )
    if (plan.warm) return enter(state, 'warming', seen, [told, { kind: 'warm' }])
    return enter(state, 'lifting', seen, [told, { kind: 'lift' }])
  }
  if (seen.nowMs - state.sinceMs < plan.timeoutMs) return { state, actions: [] }
  const why = status === null ? 'the daemon does not run' : `${plan.server} is ${status.verdict}`
  const reasons = status === null || status.reasons.length === 0 ? '' : `: ${status.reasons[0]}`
  return giveUp(state, seen, `${why}${reasons}`)
}

function warming(state: UndrainState, seen: Observation, warmed: string | null): UndrainTurn {
  const gone = withdrawn(state, seen)
  if (gone !== null) return gone
  if (warmed === null) return { state, actions: [] }
  const told = tell(ok('warm', warmed))
  // What was found healthy may have failed meanwhile.
  if (seen.status?.verdict !== 'healthy') return enter(state, 'rising', seen, [told])
  return enter(state, 'lifting', seen, [told, { kind: 'lift' }])
}

function lifting(state: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const { status } = seen
  const tookMs = seen.nowMs - state.sinceMs
  if (status !== null && status.override === null && seen.override === null) {
    const ranks = status.instances
      .map((instance) => `${instance.name} at priority ${instance.priority}`)
      .join(', ')
    return enter(state, 'done', seen, [
      tell(ok('lifted', `${plan.server} has its rank back: ${ranks}`)),
    ])
  }
  if (tookMs < OBEY_MS) return { state, actions: [] }
  const text =
    seen.override === null
      ? 'the order is lifted; the daemon does not run, or has not noticed it yet'
      : `the order is lifted, and there is another one since: ${overrideText(seen.override)}`
  return enter(state, 'done', seen, [tell(note('lifted', text))])
}

/** Somebody else changed the order meanwhile: theirs counts. */
function withdrawn(state: UndrainState, seen: Observation): UndrainTurn | null {
  if (seen.override === null)
    return enter(state, 'done', seen, [tell(note('lifted', 'somebody else has lifted the order'))])
  if (sameOrder(seen.override, state.order)) return null
  const text = `another order came between, and stands: ${overrideText(seen.override)}`
  return enter(state, 'failed', seen, [tell(failed('failed', text))])
}

function giveUp(state: UndrainState, seen: Observation, why: string): UndrainTurn {
  const waited = durationText(seen.nowMs - state.sinceMs)
  const text = `it stays drained: ${why}, after ${waited}; call "holdfast undrain" again to go on`
  return enter(state, 'failed', seen, [tell(failed('failed', text))])
}

function enter(
  state: UndrainState,
  phase: UndrainPhase,
  seen: Observation,
  actions: readonly UndrainAction[],
): UndrainTurn {
  const fresh = { phase, sinceMs: seen.nowMs, seenSinceMs: seen.nowMs, seen: '' }
  return { state: { ...state, ...fresh }, actions }
}
