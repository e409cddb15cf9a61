// The rules of one real server on one balancer: what is known of it, and what must hold of that. Pure.
import { backendAddresses } from '../../../src/balancer/backend.ts'
import { REMOVED } from '../../../src/balancer/pool.ts'
import { type Backend, isAskedAtVirtual } from '../../../src/config/balancer-backends.ts'
import type { Config } from '../../../src/config/config.ts'
import type { Health } from '../../../src/core/server-state.ts'
import type { BackendStatus } from '../../../src/documents/status-document.ts'
import type { SimulatedBalancer } from './balancer.ts'
import { ORDER_MS, outMs } from './balancers-bounds.ts'
import { HALVES, type Half, MAX_APART_MS, maxAppliedMs } from './ipvs.ts'
import type { SimulatedServer } from './real-server.ts'

export type MemberRule =
  /** The UDP half and the TCP half differ for longer than keepalived takes to apply one change. */
  | 'halves-differ'
  /** It is in the pool, and nobody has judged it since the balancer's start. */
  | 'unjudged-in-pool'
  /** A daemon gives it weight before it has asked everything once. */
  | 'weight-before-health'
  /** Its weight changes although no daemon is awake. */
  | 'weight-without-daemon'
  /** It has long been dead, and is in the pool. */
  | 'dead-in-pool'
  /** An operator took it out, and new connections go there. */
  | 'drained-in-pool'
  /** Its weight is not what its state says. */
  | 'weight-belies-state'
  /** It comes back faster than in quarters, or loses weight on the way. */
  | 'climb'
  /** The table is not what the file says. */
  | 'stale-table'
  /** A live daemon leaves its file missing, or removes it. */
  | 'file-missing'

export type MemberReport = (rule: MemberRule, sentence: string) => void

export interface MemberContext {
  readonly config: Config
  readonly balancer: SimulatedBalancer
  readonly server: SimulatedServer
  /** How many files keepalived follows there. */
  readonly files: number
  readonly nowMs: () => number
  readonly report: MemberReport
}

const ROUNDING_MS = 0.001
/** Less than any weight: it is not in the table, and has no connections. */
const OUT = -1
/** The weight of one that is degraded. */
const DEGRADED_WEIGHT = 1

/** One real server on one balancer, with all that is known of it. */
export interface MemberState extends MemberContext {
  readonly backend: Backend
  readonly who: string
  readonly endpoints: readonly string[]
  /** In quarters of its weight it comes back. */
  readonly quarters: readonly number[]
  /** How long keepalived may take to follow the files there. */
  readonly appliedMs: number
  readonly maxOutMs: number
  /** What has answered since the start of which daemon. */
  readonly answers: { life: number; readonly endpoints: Set<string> }
  /** What a daemon wrote last, and which; null before. */
  last: { readonly weight: number; readonly life: number } | null
  climbsSinceMs: number | null
  file: number | null
  fileSinceMs: number
  presentSinceMs: number
  isKnown: boolean
  apartSinceMs: number | null
  udpBefore: number
  failsSinceMs: number | null
  orderSinceMs: number | null
  isOrderTaken: boolean
}

export function newMemberState(backend: Backend, context: MemberContext): MemberState {
  return {
    ...context,
    backend,
    who: `${backend.name} on ${context.balancer.name}`,
    endpoints: endpointsOf(context.config, backend),
    quarters: [1, 2, 3, 4].map((steps) => Math.ceil((backend.server.weight * steps) / 4)),
    appliedMs: maxAppliedMs(context.files) + ROUNDING_MS,
    maxOutMs: outMs(context.config, context.files),
    answers: { life: -1, endpoints: new Set() },
    last: null,
    climbsSinceMs: null,
    file: null,
    fileSinceMs: 0,
    presentSinceMs: 0,
    isKnown: false,
    apartSinceMs: null,
    udpBefore: OUT,
    failsSinceMs: null,
    orderSinceMs: null,
    isOrderTaken: false,
  }
}

export function isAwake({ balancer: { machine } }: MemberContext): boolean {
  return machine.isAlive() && !machine.isHung()
}

function isSorry({ balancer: { ipvs }, backend }: MemberState): boolean {
  return HALVES.some((half) => ipvs.isSorry(half, backend.service.name))
}

/** Where the sorry server is alone, everybody else gets as little as one of weight 0. */
function weighs(member: MemberState): readonly [udp: number, tcp: number] {
  const outside = isSorry(member) ? 0 : OUT
  const weight = (half: Half) => member.balancer.ipvs.weight(half, member.backend.name) ?? outside
  return [weight('udp'), weight('tcp')]
}

function isAllAnswered(member: MemberState): boolean {
  return (
    member.answers.life === member.balancer.machine.life() &&
    member.endpoints.every((endpoint) => member.answers.endpoints.has(endpoint))
  )
}

export function checkWritten(member: MemberState, weight: number): void {
  if (!isAwake(member)) member.report('weight-without-daemon', `${member.who} gets ${weight}`)
  if (weight > DEGRADED_WEIGHT && !isAllAnswered(member))
    member.report('weight-before-health', `${member.who} gets ${weight} before all of it was asked`)
  // A drain alone may take its weight; only a failure cuts its connections.
  const isObeyed = weight === 0 && member.balancer.machine.orders.has(member.backend.name)
  if (member.answers.life !== member.balancer.machine.life() && !isObeyed)
    member.report(
      'weight-before-health',
      `${member.who} gets ${weight} before anything was answered`,
    )
  const known: readonly number[] = [REMOVED, 0, DEGRADED_WEIGHT, ...member.quarters]
  if (!known.includes(weight))
    member.report('climb', `${member.who} gets ${weight}, which is no quarter`)
}

export function checkClimb(member: MemberState, weight: number): void {
  const life = member.balancer.machine.life()
  const before = member.last
  member.last = { weight, life }
  if (before?.life !== life || weight <= DEGRADED_WEIGHT) {
    member.climbsSinceMs = null
    return
  }
  // Written anew because it was lost.
  if (weight === before.weight) return
  if (before.weight > DEGRADED_WEIGHT && weight < before.weight)
    member.report('climb', `${member.who} falls from ${before.weight} to ${weight}`)
  if (before.weight <= DEGRADED_WEIGHT) member.climbsSinceMs = member.nowMs()
  const slowStartMs = member.config.balancer?.slowStartMs ?? 0
  if (member.climbsSinceMs === null || slowStartMs === 0) return
  const stepMs = slowStartMs / 3
  const steps = Math.floor((member.nowMs() - member.climbsSinceMs + ROUNDING_MS) / stepMs)
  const most = member.quarters[Math.min(3, steps)] as number
  if (weight > most)
    member.report('climb', `${member.who} has ${weight} already, ${most} would be due`)
}

export function lookAtTable(member: MemberState): void {
  const readySinceMs = member.balancer.ipvs.readySinceMs()
  const [udp, tcp] = weighs(member)
  const isFollowed = tcp === member.udpBefore && udp !== member.udpBefore
  if (udp === tcp || readySinceMs === null) member.apartSinceMs = null
  // The next change may begin as soon as the last one is in both halves.
  else if (member.apartSinceMs === null || isFollowed) member.apartSinceMs = member.nowMs()
  member.udpBefore = udp
  if (
    member.apartSinceMs !== null &&
    member.nowMs() - member.apartSinceMs > MAX_APART_MS + ROUNDING_MS
  )
    member.report('halves-differ', `${member.who} has ${udp} in UDP and ${tcp} in TCP`)
  if (!member.isKnown && Math.max(udp, tcp) > 0)
    member.report('unjudged-in-pool', `${member.who} has ${udp} in UDP and ${tcp} in TCP`)
  const since = Math.max(member.fileSinceMs, readySinceMs ?? Number.POSITIVE_INFINITY)
  if (member.nowMs() - since <= member.appliedMs || member.apartSinceMs !== null) return
  const due = member.file === REMOVED ? OUT : Math.max(0, member.file ?? 0)
  if (isSorry(member) ? Math.max(due, udp) > 0 : udp !== due)
    member.report('stale-table', `${member.who} weighs ${udp}, its file says ${member.file}`)
}

export function lookAtServer(member: MemberState): void {
  const { config, backend } = member
  const isVirtual = config.balancer !== null && isAskedAtVirtual(backend.service, config.balancer)
  const isCut = (member.balancer.cutUntilMs[member.server.index] as number) > member.nowMs()
  const isFailing = isCut || member.server.isFailing(member.nowMs(), isVirtual)
  const isWatched = isAwake(member) && member.balancer.ipvs.readySinceMs() !== null
  if (!isFailing || !isWatched) member.failsSinceMs = null
  else member.failsSinceMs ??= member.nowMs()
  if (member.failsSinceMs === null || member.nowMs() - member.failsSinceMs <= member.maxOutMs)
    return
  // Whether it may be degraded is for the pool to say.
  const heaviest = Math.max(...weighs(member))
  if (heaviest > DEGRADED_WEIGHT)
    member.report('dead-in-pool', `${member.who}, long dead, weighs ${heaviest}`)
}

export function lookAtOrder(member: MemberState): void {
  if (!member.balancer.machine.orders.has(member.backend.name)) {
    member.isOrderTaken = false
    member.orderSinceMs = null
    return
  }
  const weight = member.file ?? 0
  if (member.isOrderTaken && weight > 0)
    member.report('drained-in-pool', `${member.who} is drained, and gets ${member.file}`)
  // Nothing else weighs just that; one that is out may come in again before the order was read.
  member.isOrderTaken ||= member.file === 0
  member.orderSinceMs = isAwake(member) ? (member.orderSinceMs ?? member.nowMs()) : null
  if (weight > 0 && member.orderSinceMs !== null && member.nowMs() - member.orderSinceMs > ORDER_MS)
    member.report('drained-in-pool', `${member.who} is drained, and keeps ${member.file}`)
}

/** What is wrong with a weight that was published for a state, or null. */
export function complaintOf(
  { state: serverState, health }: BackendStatus,
  weight: number,
  isFailOpen: boolean,
  full: number,
): string | null {
  switch (serverState) {
    case 'drained':
    case 'isolated':
      return weight === 0 ? null : `its file says ${weight}`
    case 'failed':
      if (isFailOpen) return weight === DEGRADED_WEIGHT ? null : `it is fail-open at ${weight}`
      return weight === REMOVED ? null : `it is not fail-open, and its file says ${weight}`
    case 'degraded':
      return weight === DEGRADED_WEIGHT ? null : `it weighs ${weight}`
    case 'healthy':
    case 'probation': {
      const isHealthy = (health satisfies Health) === 'healthy'
      return isHealthy && weight > 0 && weight <= full ? null : `it weighs ${weight}`
    }
    default:
      return serverState satisfies never
  }
}

/** Every address that it is asked at, over all transports that must answer. */
function endpointsOf({ groups, balancer }: Config, backend: Backend): string[] {
  const transports = new Set(
    groups.flatMap((group) => (group.kind === 'required' ? group.transports : [])),
  )
  const addresses = balancer === null ? [] : backendAddresses(backend, balancer)
  return addresses.flatMap(({ address }) =>
    [...transports].map((transport) => `${transport}/${address}`),
  )
}
