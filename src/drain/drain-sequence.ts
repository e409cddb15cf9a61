// The drain as a state machine: what was seen goes in, what is to be done next comes out. Pure.
import type { Override } from '../core/override.ts'
import { durationText } from '../documents/text.ts'
import { type Seat, serverOfPriority } from '../keepalived/election.ts'
import { DRAINED_PRIORITY, isObeyed, type Sight, seatsOf } from './sight.ts'
import { failed, note, ok, type Step } from './step.ts'

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

export type DrainDeed =
  | { readonly kind: 'publish'; readonly mode: Override['mode'] }
  /** The order stands from now on. */
  | { readonly kind: 'confirm' }
  | { readonly kind: 'restore' }
  /** Answered with a proof in a later call. */
  | { readonly kind: 'prove' }
  | { readonly kind: 'tell'; readonly step: Step }

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

export type DrainTurn = { readonly state: DrainState; readonly deeds: readonly DrainDeed[] }

/** A daemon that lives obeys within milliseconds. */
const OBEY_MS = 3000
const ATTEMPTS = 3

export function beginDrain(
  nowMs: number,
  { isIsolated }: Pick<DrainPlan, 'isIsolated'>,
): DrainTurn {
  const { state, deeds } = attempt(nowMs, 1)
  if (!isIsolated) return { state, deeds }
  return { state: { ...state, phase: 'isolating' }, deeds: [{ kind: 'publish', mode: 'isolated' }] }
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
  return { state, deeds: [{ kind: 'publish', mode: 'drained' }] }
}

/** Takes in what is seen now, and a proof if one was asked for and has come. */
export function advanceDrain(
  state: DrainState,
  plan: DrainPlan,
  sight: Sight,
  proof: Proof | null,
): DrainTurn {
  switch (state.phase) {
    case 'publishing':
      return publishing(state, plan, sight)
    case 'leaving':
      return leaving(state, plan, sight)
    case 'proving':
      return proving(state, plan, sight, proof)
    case 'isolating':
      return isolating(state, plan, sight)
    case 'returning':
      return returning(state, plan, sight)
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
    ? 'interrupted after the takeover was proven: the order stands'
    : 'interrupted before the takeover was proven: everything is as it was'
  const due: DrainDeed = { kind: isProven ? 'confirm' : 'restore' }
  const deeds: DrainDeed[] = state.phase === 'returning' ? [] : [due]
  return {
    state: { ...state, phase: isProven ? 'done' : 'failed' },
    deeds: [...deeds, tell(note('interrupted', text))],
  }
}

function publishing(state: DrainState, plan: DrainPlan, sight: Sight): DrainTurn {
  const tookMs = sight.nowMs - state.sinceMs
  if (isObeyed(sight, 'drained', plan.instances)) {
    const text = `drained: ${plan.instances.join(', ')} at priority ${DRAINED_PRIORITY}`
    return enter(state, 'leaving', sight, [
      tell(ok('published', `${text} after ${durationText(tookMs)}`)),
    ])
  }
  if (tookMs < OBEY_MS) return stay(state)
  const text =
    sight.status === null
      ? 'the daemon does not run: the order is written and counts from its next start; its dead-man keeps this server out'
      : 'the daemon has not obeyed yet: see "holdfast status"'
  return enter(state, 'leaving', sight, [tell(note('published', text))])
}

function leaving(state: DrainState, plan: DrainPlan, sight: Sight): DrainTurn {
  const tookMs = sight.nowMs - state.startedMs
  const still = plan.instances.filter((name) => sight.here.has(name))
  if (still.length === 0) {
    const text = `no service address is here, ${durationText(tookMs)} after the order`
    return enter(state, 'proving', sight, [tell(ok('left', text)), { kind: 'prove' }])
  }
  if (plan.forced && plan.alone && tookMs >= plan.settleMs) {
    const text = `nobody takes over ${still.join(', ')}: this server keeps it as the last choice, as --force wants it`
    return succeed(state, plan, sight, [tell(note('left', text))])
  }
  const next = watchOthers(state, plan, sight)
  if (isLast(next, plan, sight)) return stepBack(next, sight, ALL_DRAINED, true)
  if (tookMs < plan.timeoutMs) return stay(next)
  const why = `nobody took over ${still.join(', ')} within ${durationText(plan.timeoutMs)}`
  return plan.forced
    ? succeed(state, plan, sight, [tell(note('left', `${why}; going on, as --force wants it`))])
    : stepBack(state, sight, why, true)
}

function proving(state: DrainState, plan: DrainPlan, sight: Sight, proof: Proof | null): DrainTurn {
  const seats = seatsOf(sight, plan.instances)
  const better = seats === null || (seats.length > 0 && seats.every(hearsBetter))
  if (better && proof?.ok === true) {
    const steps = [tell(ok('proven', `${holderText(plan, sight)}; ${proof.text}`))]
    return succeed(state, plan, sight, steps)
  }
  const next = watchOthers(state, plan, sight)
  if (isLast(next, plan, sight)) return stepBack(next, sight, ALL_DRAINED, true)
  if (sight.nowMs - state.startedMs >= patienceMs(plan)) {
    const why =
      proof?.ok === false ? proof.why : 'keepalived here hears no server that is worth more'
    return plan.forced
      ? succeed(next, plan, sight, [tell(note('proven', `${why}; going on, as --force wants it`))])
      : stepBack(next, sight, why, proof?.ok !== false)
  }
  return { state: next, deeds: proof?.ok === false ? [{ kind: 'prove' }] : [] }
}

const ALL_DRAINED = 'the server that holds it is drained or failed as well'

/** Takes note of since when an instance is with a server that is drained as well. */
function watchOthers(state: DrainState, plan: DrainPlan, sight: Sight): DrainState {
  const seats = seatsOf(sight, plan.instances) ?? []
  const isSo = seats.some(
    (seat) => seat.state === 'backup' && seat.hears && seat.masterPriority <= DRAINED_PRIORITY,
  )
  return { ...state, lastSinceMs: isSo ? (state.lastSinceMs ?? sight.nowMs) : null }
}

/** Any better server would have taken over by now: there is none. */
function isLast({ lastSinceMs }: DrainState, plan: DrainPlan, sight: Sight): boolean {
  return !plan.forced && lastSinceMs !== null && sight.nowMs - lastSinceMs >= plan.settleMs
}

/** Where nobody answers and it is forced, there is nothing to wait for. */
function patienceMs(plan: DrainPlan): number {
  return plan.forced && plan.alone ? plan.settleMs : plan.timeoutMs
}

function hearsBetter(seat: Seat): boolean {
  return seat.state !== 'master' && seat.hears && seat.masterPriority > DRAINED_PRIORITY
}

function isolating(state: DrainState, plan: DrainPlan, sight: Sight): DrainTurn {
  const seats = seatsOf(sight, plan.instances)
  const isOut = seats === null || seats.every((seat) => seat.state === 'fault')
  const tookMs = sight.nowMs - state.sinceMs
  if (isOut && isObeyed(sight, 'isolated', plan.instances)) {
    const seen = seats === null ? 'FAULT is published' : 'keepalived is in FAULT'
    const text = `isolated: ${seen}, so that this server cannot elect itself`
    return enter(state, 'done', sight, [{ kind: 'confirm' }, tell(ok('isolated', text))])
  }
  if (tookMs < OBEY_MS) return stay(state)
  if (sight.status === null) {
    const text =
      'drained, and not isolated yet: the daemon does not run; the order stands and counts from its next start'
    return enter(state, 'failed', sight, [{ kind: 'confirm' }, tell(failed('failed', text))])
  }
  if (tookMs < plan.timeoutMs) return stay(state)
  return stepBack(state, sight, 'keepalived has not entered FAULT', false)
}

/** After stepping back the election decides: whoever finds a better server there may go on. */
function returning(state: DrainState, plan: DrainPlan, sight: Sight): DrainTurn {
  if (sight.nowMs - state.sinceMs < plan.settleMs) return stay(state)
  const seats = seatsOf(sight, plan.instances.slice(0, 1)) ?? []
  const isOther = seats.length > 0 && seats.every(hearsBetter)
  if (state.mayRetry && isOther && state.attempt < ATTEMPTS) {
    const text = 'another server has stepped back as well, and holds it: draining again'
    const again = attempt(sight.nowMs, state.attempt + 1)
    return { ...again, deeds: [tell(note('again', text)), ...again.deeds] }
  }
  return enter(state, 'failed', sight, [tell(failed('failed', `not drained: ${state.why}`))])
}

function succeed(
  state: DrainState,
  plan: DrainPlan,
  sight: Sight,
  told: readonly DrainDeed[],
): DrainTurn {
  if (plan.mode === 'drained') return enter(state, 'done', sight, [...told, { kind: 'confirm' }])
  return enter(state, 'isolating', sight, [...told, { kind: 'publish', mode: 'isolated' }])
}

function stepBack(state: DrainState, sight: Sight, why: string, mayRetry: boolean): DrainTurn {
  const next = { ...state, why, mayRetry }
  return enter(next, 'returning', sight, [
    { kind: 'restore' },
    tell(note('restored', `${why}: everything is put back as it was`)),
  ])
}

function holderText(plan: DrainPlan, sight: Sight): string {
  if (sight.election.kind === 'unseen')
    return `addresses alone were looked at, since ${sight.election.why}`
  const { seats } = sight.election
  const parts = plan.instances.map((name) => {
    const priority = Math.min(...(seats.get(name) ?? []).map((seat) => seat.masterPriority))
    const server = serverOfPriority(priority, plan.orders.get(name) ?? [])
    const who =
      server === null ? `a server of priority ${priority}` : `${server} (priority ${priority})`
    return `${name} is on ${who}`
  })
  return parts.join(', ')
}

function enter(
  state: DrainState,
  phase: DrainPhase,
  sight: Sight,
  deeds: readonly DrainDeed[],
): DrainTurn {
  return { state: { ...state, phase, sinceMs: sight.nowMs, lastSinceMs: null }, deeds }
}

function stay(state: DrainState): DrainTurn {
  return { state, deeds: [] }
}

function tell(step: Step): DrainDeed {
  return { kind: 'tell', step }
}
