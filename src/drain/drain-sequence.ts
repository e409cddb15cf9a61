// The drain as a state machine: what was seen goes in, what is to be done next comes out. Pure.
import type { Override } from '../core/override.ts'
import { durationText } from '../documents/text.ts'
import { serverOfPriority, type VirtualRouter } from '../keepalived/election.ts'
import { failed, note, ok, type Telling, tell } from './drain-step.ts'
import {
  DRAINED_PRIORITY,
  isObeyed,
  OBEY_MS,
  type Observation,
  virtualRouters,
} from './observation.ts'

export interface DrainPlan {
  readonly server: string
  readonly mode: Override['mode']
  /** The whole server is isolated already, and must not leave FAULT for a new order. */
  readonly isIsolated: boolean
  /** The instances to drain; the first one decides between servers that are drained at once. */
  readonly instances: readonly string[]
  /** The order of servers of each instance, best first, to name the new holder by. */
  readonly orders: ReadonlyMap<string, readonly string[]>
  readonly timeoutMs: number
  /** See `settleMs`. */
  readonly settleMs: number
  /** Go on although nobody can take over. */
  readonly forced: boolean
  /** No other server answered before it began. */
  readonly alone: boolean
}

export type DrainAction =
  | { readonly kind: 'publish'; readonly mode: Override['mode'] }
  /** The order stands from now on. */
  | { readonly kind: 'confirm' }
  | { readonly kind: 'restore' }
  /** Answered with a proof in a later call. */
  | { readonly kind: 'prove' }
  | Telling

/** Whether clients are answered elsewhere, asked over the network. */
export type Proof =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string }

export type DrainPhase =
  | 'publishing'
  | 'leaving'
  | 'proving'
  | 'isolating'
  | 'returning'
  | 'done'
  | 'failed'

export interface DrainState {
  readonly phase: DrainPhase
  readonly sinceMs: number
  /** When this attempt began. */
  readonly startedMs: number
  readonly attempt: number
  /** Since when only drained servers are heard, or null. */
  readonly lastSinceMs: number | null
  /** Why it steps back, and whether another server that does the same may let it go on. */
  readonly why: string
  readonly mayRetry: boolean
}

export type DrainTurn = { readonly state: DrainState; readonly actions: readonly DrainAction[] }

const ATTEMPTS = 3

export function beginDrain(
  nowMs: number,
  { isIsolated }: Pick<DrainPlan, 'isIsolated'>,
): DrainTurn {
  const { state, actions } = attempt(nowMs, 1)
  if (!isIsolated) return { state, actions }
  const published = [{ kind: 'publish', mode: 'isolated' }] as const
  return { state: { ...state, phase: 'isolating' }, actions: published }
}

function attempt(nowMs: number, number: number): DrainTurn {
  const state: DrainState = {
    phase: 'publishing',
    sinceMs: nowMs,
    startedMs: nowMs,
    attempt: number,
    lastSinceMs: null,
    why: '',
    mayRetry: false,
  }
  return { state, actions: [{ kind: 'publish', mode: 'drained' }] }
}

/** Takes in what is seen now, and a proof if one was asked for and has come. */
export function advanceDrain(
  state: DrainState,
  plan: DrainPlan,
  seen: Observation,
  proof: Proof | null,
): DrainTurn {
  switch (state.phase) {
    case 'publishing':
      return publishing(state, plan, seen)
    case 'leaving':
      return leaving(state, plan, seen)
    case 'proving':
      return proving(state, plan, seen, proof)
    case 'isolating':
      return isolating(state, plan, seen)
    case 'returning':
      return returning(state, plan, seen)
    case 'done':
    case 'failed':
      return stay(state)
    default:
      return state.phase satisfies never
  }
}

/**
 * What an interruption leaves: the state before, until it is proven that another server serves;
 * from then on the order stands.
 */
export function interruptDrain(state: DrainState): DrainTurn {
  const isProven = state.phase === 'isolating' || state.phase === 'done'
  const text = isProven
    ? 'interrupted after the takeover was verified: the drain stays'
    : 'interrupted before the takeover was verified; rolled back'
  const due: DrainAction = { kind: isProven ? 'confirm' : 'restore' }
  const actions: DrainAction[] = state.phase === 'returning' ? [] : [due]
  return {
    state: { ...state, phase: isProven ? 'done' : 'failed' },
    actions: [...actions, tell(note('interrupted', text))],
  }
}

function publishing(state: DrainState, plan: DrainPlan, seen: Observation): DrainTurn {
  const tookMs = seen.nowMs - state.sinceMs
  if (isObeyed(seen, 'drained', plan.instances)) {
    const text = `priority lowered to ${DRAINED_PRIORITY}: ${plan.instances.join(', ')}`
    return enter(state, 'leaving', seen, [tell(ok('published', text))])
  }
  if (tookMs < OBEY_MS) return stay(state)
  const text =
    seen.status === null
      ? 'daemon not running: drain saved and applied at next start; until then keepalived uses priority 1'
      : 'the daemon has not applied the drain yet. See: holdfast status'
  return enter(state, 'leaving', seen, [tell(note('published', text))])
}

function leaving(state: DrainState, plan: DrainPlan, seen: Observation): DrainTurn {
  const tookMs = seen.nowMs - state.startedMs
  const still = plan.instances.filter((name) => seen.here.has(name))
  if (still.length === 0) {
    const text = `service addresses have left this server: ${plan.instances.join(', ')}`
    return enter(state, 'proving', seen, [tell(ok('left', text)), { kind: 'prove' }])
  }
  if (plan.forced && plan.alone && tookMs >= plan.settleMs) {
    const text = `no server took over ${still.join(', ')}; still served here (--force)`
    return succeed(state, plan, seen, [tell(note('left', text))])
  }
  const next = watchOthers(state, plan, seen)
  if (isLast(next, plan, seen)) return stepBack(next, seen, ALL_DRAINED, true)
  if (tookMs < plan.timeoutMs) return stay(next)
  const why = `no server took over ${still.join(', ')} within ${durationText(plan.timeoutMs)}`
  return plan.forced
    ? succeed(state, plan, seen, [tell(note('left', `${why}; continuing (--force)`))])
    : stepBack(state, seen, why, true)
}

function proving(
  state: DrainState,
  plan: DrainPlan,
  seen: Observation,
  proof: Proof | null,
): DrainTurn {
  const routers = virtualRouters(seen, plan.instances)
  const better = routers === null || (routers.length > 0 && routers.every(hearsBetter))
  if (better && proof?.ok === true) {
    const steps = [tell(ok('proven', `${holderText(plan, seen)}; ${proof.text}`))]
    return succeed(state, plan, seen, steps)
  }
  const next = watchOthers(state, plan, seen)
  if (isLast(next, plan, seen)) return stepBack(next, seen, ALL_DRAINED, true)
  if (seen.nowMs - state.startedMs >= holderToleranceMs(plan)) {
    const why =
      proof?.ok === false
        ? proof.why
        : 'keepalived receives no advertisements with a higher priority'
    return plan.forced
      ? succeed(next, plan, seen, [tell(note('proven', `${why}; continuing (--force)`))])
      : stepBack(next, seen, why, proof?.ok !== false)
  }
  return { state: next, actions: proof?.ok === false ? [{ kind: 'prove' }] : [] }
}

const ALL_DRAINED = 'the new holder is drained or failed itself'

/** Takes note of since when an instance is with a server that is drained as well. */
function watchOthers(state: DrainState, plan: DrainPlan, seen: Observation): DrainState {
  const routers = virtualRouters(seen, plan.instances) ?? []
  const isSo = routers.some(
    (router) =>
      router.state === 'backup' && router.hears && router.masterPriority <= DRAINED_PRIORITY,
  )
  return { ...state, lastSinceMs: isSo ? (state.lastSinceMs ?? seen.nowMs) : null }
}

/** Any better server would have taken over by now: there is none. */
function isLast({ lastSinceMs }: DrainState, plan: DrainPlan, seen: Observation): boolean {
  return !plan.forced && lastSinceMs !== null && seen.nowMs - lastSinceMs >= plan.settleMs
}

/** Where nobody answers and it is forced, there is nothing to wait for. */
function holderToleranceMs(plan: DrainPlan): number {
  return plan.forced && plan.alone ? plan.settleMs : plan.timeoutMs
}

function hearsBetter(router: VirtualRouter): boolean {
  return router.state !== 'master' && router.hears && router.masterPriority > DRAINED_PRIORITY
}

function isolating(state: DrainState, plan: DrainPlan, seen: Observation): DrainTurn {
  const routers = virtualRouters(seen, plan.instances)
  const isOut = routers === null || routers.every((router) => router.state === 'fault')
  const tookMs = seen.nowMs - state.sinceMs
  if (isOut && isObeyed(seen, 'isolated', plan.instances)) {
    const what = routers === null ? 'FAULT published, keepalived not checked' : 'FAULT set'
    const text = `${what}: this server cannot become MASTER`
    return enter(state, 'done', seen, [{ kind: 'confirm' }, tell(ok('isolated', text))])
  }
  if (tookMs < OBEY_MS) return stay(state)
  if (seen.status === null) {
    const text =
      'drained, not isolated: daemon not running; the isolation is saved and applied at next start'
    return enter(state, 'failed', seen, [{ kind: 'confirm' }, tell(failed('failed', text))])
  }
  if (tookMs < plan.timeoutMs) return stay(state)
  return stepBack(state, seen, 'keepalived has not entered FAULT', false)
}

/** After stepping back the election decides: whoever finds a better server there may go on. */
function returning(state: DrainState, plan: DrainPlan, seen: Observation): DrainTurn {
  if (seen.nowMs - state.sinceMs < plan.settleMs) return stay(state)
  const routers = virtualRouters(seen, plan.instances.slice(0, 1)) ?? []
  const isOther = routers.length > 0 && routers.every(hearsBetter)
  if (state.mayRetry && isOther && state.attempt < ATTEMPTS) {
    const text = 'another server rolled back as well and holds the addresses: draining again'
    const again = attempt(seen.nowMs, state.attempt + 1)
    return { ...again, actions: [tell(note('again', text)), ...again.actions] }
  }
  return enter(state, 'failed', seen, [tell(failed('failed', `not drained: ${state.why}`))])
}

function succeed(
  state: DrainState,
  plan: DrainPlan,
  seen: Observation,
  told: readonly DrainAction[],
): DrainTurn {
  if (plan.mode === 'drained') return enter(state, 'done', seen, [...told, { kind: 'confirm' }])
  return enter(state, 'isolating', seen, [...told, { kind: 'publish', mode: 'isolated' }])
}

function stepBack(state: DrainState, seen: Observation, why: string, mayRetry: boolean): DrainTurn {
  const next = { ...state, why, mayRetry }
  return enter(next, 'returning', seen, [
    { kind: 'restore' },
    tell(note('restored', `${why}; rolled back`)),
  ])
}

function holderText(plan: DrainPlan, seen: Observation): string {
  if (seen.election.kind === 'unseen')
    return `VRRP state unknown (${seen.election.why}), only the addresses were checked`
  const { routers } = seen.election
  const parts = plan.instances.map((name) => {
    const priority = Math.min(...(routers.get(name) ?? []).map((router) => router.masterPriority))
    const server = serverOfPriority(priority, plan.orders.get(name) ?? [])
    const who =
      server === null ? `a server of priority ${priority}` : `${server} (priority ${priority})`
    return `${name} moved to ${who}`
  })
  return parts.join(', ')
}

function enter(
  state: DrainState,
  phase: DrainPhase,
  seen: Observation,
  actions: readonly DrainAction[],
): DrainTurn {
  return { state: { ...state, phase, sinceMs: seen.nowMs, lastSinceMs: null }, actions }
}

function stay(state: DrainState): DrainTurn {
  return { state, actions: [] }
}
