// The undrain as a state machine. It reads the drain from disk, so it can begin anywhere. Pure.
import type { Override } from '../core/override.ts'
import { sameOrder } from '../documents/override-document.ts'
import type { StatusDocument } from '../documents/status-document.ts'
import { durationText, overrideText, priorityText } from '../documents/text.ts'
import { type DrainStep, failed, note, ok, type Telling, tell } from './drain-step.ts'
import { isObeyed, OBEY_MS, type Observation, virtualRouters } from './observation.ts'

export interface UndrainPlan {
  readonly server: string
  /** All instances of the config. */
  readonly instances: readonly string[]
  /** Passing check cycles in a row before the drain ends. */
  readonly rise: number
  /** See `settleMs`. */
  readonly settleMs: number
  /** For leaving FAULT and for the checks; infinite for the daemon itself. */
  readonly timeoutMs: number
  /** Wait neither for the checks nor for the cache. */
  readonly noWait: boolean
  /** A failback delay that is running goes on after the drain; otherwise it ends with it. */
  readonly keepFailbackDelay: boolean
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
  /** The drain to end, as it was found or rewritten; null before it was read. */
  readonly order: Override | null
  /** What was left of the failback delay when the drain ended. */
  readonly owedMs: number
}

export interface UndrainTurn {
  readonly state: UndrainState
  readonly actions: readonly UndrainAction[]
}

export function beginUndrain(nowMs: number): UndrainState {
  const none = { wasIsolated: false, order: null, owedMs: 0 }
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
      return entering(state, plan, seen)
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

function entering(state: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const { override } = seen
  if (override === null) {
    const text = `${plan.server} is not drained; nothing to do`
    return enter(state, 'done', seen, [tell(ok('nothing', text))])
  }
  const { keepsFailbackDelay: _, corrupt, ...bare } = override
  const order: Override = {
    ...bare,
    mode: 'drained',
    ...(plan.keepFailbackDelay ? { keepsFailbackDelay: true } : {}),
  }
  const wasIsolated = override.mode === 'isolated'
  const next = { ...state, wasIsolated, order }
  // What is to be kept has to be in the file before the drain ends: the core decides at that moment.
  const isSame = corrupt === undefined ? sameOrder(override, order) : !plan.keepFailbackDelay
  if (isSame) return enter({ ...next, order: override }, 'settling', seen, [])
  const told = wasIsolated ? [tell(ok('drained', 'leaving FAULT (still drained)'))] : []
  return enter(next, 'settling', seen, [{ kind: 'soften', override: order }, ...told])
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
    return toRising(state, plan, seen, note('settled', `VRRP state unknown: ${why}`))
  }
  if (isReady && routers !== null && routers.length > 0 && (isQuiet || !state.wasIsolated)) {
    if (routers.every((router) => router.state === 'backup' && router.hears))
      return toRising(
        state,
        plan,
        seen,
        ok('settled', 'keepalived is BACKUP and receives advertisements'),
      )
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
        note('settled', 'this server is MASTER: no other server takes the addresses'),
      )
  }
  if (seen.nowMs - state.sinceMs < plan.timeoutMs) return { state, actions: [] }
  const why = isReady ? 'no advertisements received' : 'the daemon has not applied the change'
  return giveUp(state, seen, why)
}

function isDrained(state: UndrainState, plan: UndrainPlan, seen: Observation): boolean {
  if (seen.status === null) return false
  const concerned = seen.override?.instances ?? plan.instances
  const { override } = seen.status
  // Without it, the end of the drain would end the failback delay.
  if (plan.keepFailbackDelay && override?.keepsFailbackDelay !== true) return false
  return isObeyed(seen, 'drained', concerned) || seen.nowMs - state.sinceMs > OBEY_MS
}

function toRising(
  state: UndrainState,
  plan: UndrainPlan,
  seen: Observation,
  step: DrainStep,
): UndrainTurn {
  if (!plan.noWait) return enter(state, 'rising', seen, [tell(step)])
  return lift(state, seen, [
    tell(step),
    tell(note('healthy', 'skipped checks and cache warming (--no-wait)')),
  ])
}

function rising(state: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const gone = withdrawn(state, seen)
  if (gone !== null) return gone
  const { status } = seen
  if (status?.health === 'healthy' && status.flap.passes >= plan.rise) {
    const times = plan.rise === 1 ? 'once' : `${plan.rise} times in a row`
    const told = tell(ok('healthy', `checks passed ${times}`))
    if (plan.warm) return enter(state, 'warming', seen, [told, { kind: 'warm' }])
    return lift(state, seen, [told])
  }
  if (seen.nowMs - state.sinceMs < plan.timeoutMs) return { state, actions: [] }
  const why = status === null ? 'daemon not running' : `health is ${status.health}`
  const reasons = status === null || status.reasons.length === 0 ? '' : `: ${status.reasons[0]}`
  return giveUp(state, seen, `${why}${reasons}`)
}

function warming(state: UndrainState, seen: Observation, warmed: string | null): UndrainTurn {
  const gone = withdrawn(state, seen)
  if (gone !== null) return gone
  if (warmed === null) return { state, actions: [] }
  const told = tell(ok('warm', warmed))
  // What was found healthy may have failed meanwhile.
  if (seen.status?.health !== 'healthy') return enter(state, 'rising', seen, [told])
  return lift(state, seen, [told])
}

function lifting(state: UndrainState, plan: UndrainPlan, seen: Observation): UndrainTurn {
  const { status } = seen
  const tookMs = seen.nowMs - state.sinceMs
  if (status !== null && status.override === null && seen.override === null) {
    return enter(state, 'done', seen, [
      ...delaySteps(state, plan),
      tell(ok('lifted', priorityTextOf(status))),
    ])
  }
  if (tookMs < OBEY_MS) return { state, actions: [] }
  const text =
    seen.override === null
      ? 'drain ended; the daemon is not running, or has not read that yet'
      : `drain ended, but there is a new one: ${overrideText(seen.override)}`
  return enter(state, 'done', seen, [tell(note('lifted', text))])
}

/** Somebody else changed the drain meanwhile: theirs counts. */
function withdrawn(state: UndrainState, seen: Observation): UndrainTurn | null {
  if (seen.override === null)
    return enter(state, 'done', seen, [tell(note('lifted', 'drain was ended by someone else'))])
  if (sameOrder(seen.override, state.order)) return null
  const text = `another drain replaced this one: ${overrideText(seen.override)}`
  return enter(state, 'failed', seen, [tell(failed('failed', text))])
}

function giveUp(state: UndrainState, seen: Observation, why: string): UndrainTurn {
  const waited = durationText(seen.nowMs - state.sinceMs)
  const text = `still drained after ${waited}: ${why}. Retry: holdfast undrain`
  return enter(state, 'failed', seen, [tell(failed('failed', text))])
}

function lift(state: UndrainState, seen: Observation, told: readonly Telling[]): UndrainTurn {
  // Only the end of a drain of the whole server ends a failback delay.
  const isWhole = state.order?.instances === undefined
  const owedMs = isWhole ? (seen.status?.flap.probation_ms ?? 0) : 0
  return enter({ ...state, owedMs }, 'lifting', seen, [...told, { kind: 'lift' }])
}

/** What has become of a failback delay that was running. */
function delaySteps({ owedMs }: UndrainState, plan: UndrainPlan): Telling[] {
  if (owedMs === 0) return []
  const left = durationText(owedMs)
  const text = plan.keepFailbackDelay
    ? `failback delay continues: ${left} left (--keep-failback-delay)`
    : `failback delay ended: ${left} were left`
  return [tell(note('failback-delay', text))]
}

function priorityTextOf({ instances }: StatusDocument): string {
  const isFull = instances.every(({ state }) => state === 'healthy')
  const each = instances.map(
    ({ name, priority, state }) =>
      `${name} ${priorityText(priority)}${state === 'healthy' ? '' : ` (${state})`}`,
  )
  return `${isFull ? 'priority restored' : 'drain ended'}: ${each.join(', ')}`
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
