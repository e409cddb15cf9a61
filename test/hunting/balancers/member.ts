// What must hold of one real server on one balancer, at every moment. Pure.
import { type Backend, backendAddresses, isAskedAtVirtual } from '../../../src/balancer/backend.ts'
import { REMOVED } from '../../../src/balancer/pool.ts'
import type { Config } from '../../../src/config/config.ts'
import type { Verdict } from '../../../src/core/standing.ts'
import { type BackendStatus, hasCause } from '../../../src/documents/status.ts'
import type { SimulatedBalancer } from './balancer.ts'
import { ORDER_MS, outMs, REPAIR_MS } from './bounds.ts'
import { HALVES, MAX_APART_MS, maxAppliedMs } from './ipvs.ts'
import type { SimulatedServer } from './real-server.ts'

export type MemberRule =
  /** The UDP half and the TCP half differ for longer than keepalived takes to apply one change. */
  | 'halves-differ'
  /** It is in the pool, and nobody has judged it since the balancer's start. */
  | 'unjudged-in-pool'
  /** A daemon gives it weight before it has asked everything once. */
  | 'weight-before-verdict'
  /** Its weight changes although no daemon is awake. */
  | 'weight-without-daemon'
  /** It has long been dead, and is in the pool. */
  | 'dead-in-pool'
  /** An operator took it out, and new connections go there. */
  | 'drained-in-pool'
  /** Its weight is not what its standing says. */
  | 'weight-belies-standing'
  /** It comes back faster than in quarters, or loses weight on the way. */
  | 'climb'
  /** The table is not what the file says. */
  | 'stale-table'
  /** A live daemon leaves its file missing, or removes it. */
  | 'file-missing'

export type MemberReport = (rule: MemberRule, sentence: string) => void

export interface Member {
  readonly backend: Backend
  /** Its file has been there for long enough to count, whatever it holds. */
  isPublished(): boolean
  answered(target: string): void
  /** The file was written, or is gone. */
  written(weight: number | null, byDaemon: boolean): void
  /** What its faults were counts no more. */
  recovered(): void
  /** Looks at everything that a moment can show. */
  look(): void
  /** Compares what is published with what the daemon thinks; `isLastResort` where the rule of the pool says so. */
  compare(status: BackendStatus, isLastResort: boolean): void
}

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
/** The weight of one that is the last choice. */
const LAST_CHOICE = 1

export function createMember(backend: Backend, context: MemberContext): Member {
  const { config, balancer, server, nowMs, report } = context
  const { machine, ipvs } = balancer
  const { name } = backend
  const who = `${name} on ${balancer.name}`
  const full = backend.server.weight
  const quarters = [1, 2, 3, 4].map((steps) => Math.ceil((full * steps) / 4))
  const slowStartMs = config.balancer?.slowStartMs ?? 0
  const appliedMs = maxAppliedMs(context.files) + ROUNDING_MS
  const maxOutMs = outMs(config, context.files)
  const targets = targetsOf(config, backend)
  const isVirtual = config.balancer !== null && isAskedAtVirtual(backend.service, config.balancer)
  const answers = { life: -1, targets: new Set<string>() }
  /** What a daemon wrote last, and which; null before. */
  let last: { readonly weight: number; readonly life: number } | null = null
  let climbsSinceMs: number | null = null
  let file: number | null = null
  let fileSinceMs = 0
  let presentSinceMs = 0
  let isKnown = false
  let apartSinceMs: number | null = null
  let udpBefore = OUT
  let failsSinceMs: number | null = null
  let orderSinceMs: number | null = null
  let isOrderTaken = false

  const isSorry = () => HALVES.some((half) => ipvs.isSorry(half, backend.service.name))
  /** Where the sorry server is alone, everybody else gets as little as one of weight 0. */
  const weighs = () => {
    const outside = isSorry() ? 0 : OUT
    const [udp, tcp] = HALVES.map((half) => ipvs.weight(half, name) ?? outside)
    return [udp ?? outside, tcp ?? outside] as const
  }
  const isAwake = () => machine.isAlive() && !machine.isHung()

  function isAllAnswered(): boolean {
    return answers.life === machine.life() && targets.every((target) => answers.targets.has(target))
  }

  function checkWritten(weight: number): void {
    if (!isAwake()) report('weight-without-daemon', `${who} gets ${weight}`)
    if (weight > LAST_CHOICE && !isAllAnswered())
      report('weight-before-verdict', `${who} gets ${weight} before all of it was asked`)
    // An order alone may let it have no weight; to cut its connections takes a verdict.
    const isObeyed = weight === 0 && machine.orders.has(name)
    if (answers.life !== machine.life() && !isObeyed)
      report('weight-before-verdict', `${who} gets ${weight} before anything was answered`)
    const known: readonly number[] = [REMOVED, 0, LAST_CHOICE, ...quarters]
    if (!known.includes(weight)) report('climb', `${who} gets ${weight}, which is no quarter`)
  }

  function checkClimb(weight: number): void {
    const life = machine.life()
    const before = last
    last = { weight, life }
    if (before?.life !== life || weight <= LAST_CHOICE) {
      climbsSinceMs = null
      return
    }
    // Written anew because it was lost.
    if (weight === before.weight) return
    if (before.weight > LAST_CHOICE && weight < before.weight)
      report('climb', `${who} falls from ${before.weight} to ${weight}`)
    if (before.weight <= LAST_CHOICE) climbsSinceMs = nowMs()
    if (climbsSinceMs === null || slowStartMs === 0) return
    const stepMs = slowStartMs / 3
    const steps = Math.floor((nowMs() - climbsSinceMs + ROUNDING_MS) / stepMs)
    const most = quarters[Math.min(3, steps)] as number
    if (weight > most) report('climb', `${who} has ${weight} already, ${most} would be due`)
  }

  function lookAtTable(): void {
    const readySinceMs = ipvs.readySinceMs()
    const [udp, tcp] = weighs()
    const isFollowed = tcp === udpBefore && udp !== udpBefore
    if (udp === tcp || readySinceMs === null) apartSinceMs = null
    // The next change may begin as soon as the last one is in both halves.
    else if (apartSinceMs === null || isFollowed) apartSinceMs = nowMs()
    udpBefore = udp
    if (apartSinceMs !== null && nowMs() - apartSinceMs > MAX_APART_MS + ROUNDING_MS)
      report('halves-differ', `${who} has ${udp} in UDP and ${tcp} in TCP`)
    if (!isKnown && Math.max(udp, tcp) > 0)
      report('unjudged-in-pool', `${who} has ${udp} in UDP and ${tcp} in TCP`)
    const since = Math.max(fileSinceMs, readySinceMs ?? Number.POSITIVE_INFINITY)
    if (nowMs() - since <= appliedMs || apartSinceMs !== null) return
    const due = file === REMOVED ? OUT : Math.max(0, file ?? 0)
    if (isSorry() ? Math.max(due, udp) > 0 : udp !== due)
      report('stale-table', `${who} weighs ${udp}, its file says ${file}`)
  }

  function lookAtServer(): void {
    const isCut = (balancer.cutUntilMs[server.index] as number) > nowMs()
    const isFailing = isCut || server.isFailing(nowMs(), isVirtual)
    const isWatched = isAwake() && ipvs.readySinceMs() !== null
    if (!isFailing || !isWatched) failsSinceMs = null
    else failsSinceMs ??= nowMs()
    if (failsSinceMs === null || nowMs() - failsSinceMs <= maxOutMs) return
    // Whether it may be the last choice is for the pool to say.
    const heaviest = Math.max(...weighs())
    if (heaviest > LAST_CHOICE) report('dead-in-pool', `${who}, long dead, weighs ${heaviest}`)
  }

  function lookAtOrder(): void {
    if (!machine.orders.has(name)) {
      isOrderTaken = false
      orderSinceMs = null
      return
    }
    const weight = file ?? 0
    if (isOrderTaken && weight > 0) report('drained-in-pool', `${who} is drained, and gets ${file}`)
    // Nothing else weighs just that; one that is out may come in again before the order was read.
    isOrderTaken ||= file === 0
    orderSinceMs = isAwake() ? (orderSinceMs ?? nowMs()) : null
    if (weight > 0 && orderSinceMs !== null && nowMs() - orderSinceMs > ORDER_MS)
      report('drained-in-pool', `${who} is drained, and keeps ${file}`)
  }

  return {
    backend,
    isPublished: () => file !== null && nowMs() - presentSinceMs > appliedMs,
    answered(target) {
      if (answers.life !== machine.life()) answers.targets.clear()
      answers.life = machine.life()
      answers.targets.add(target)
    },
    written(weight, byDaemon) {
      if (file === null) presentSinceMs = nowMs()
      file = weight
      fileSinceMs = nowMs()
      if (byDaemon && weight === null) report('file-missing', `the daemon removes that of ${who}`)
      if (byDaemon && weight !== null) {
        isKnown = true
        checkWritten(weight)
        checkClimb(weight)
      }
      // Its host is off: what it knew is gone.
      if (weight === null && nowMs() < balancer.until.power) {
        isKnown = false
        last = null
      }
    },
    recovered() {
      failsSinceMs = null
    },
    look() {
      lookAtTable()
      lookAtServer()
      lookAtOrder()
      // What this daemon has not written it has not judged yet.
      if (file !== null || last?.life !== machine.life() || !isAwake()) return
      if (nowMs() - fileSinceMs > REPAIR_MS) report('file-missing', `the file of ${who} is missing`)
    },
    compare(status, isLastResort) {
      if (file === null || !isAwake() || status.weight === null) return
      // Since an order was lifted, or this process was stopped: until the verdict it keeps what it had.
      const isUnjudged = hasCause(status, 'starting')
      if (isUnjudged && (file === 0 || file === last?.weight)) return
      const wrong = complaintOf(status, file, isLastResort, full)
      if (wrong !== null) report('weight-belies-standing', `${who} is ${status.standing}: ${wrong}`)
    },
  }
}

/** What is wrong with a weight that was published for a standing, or null. */
function complaintOf(
  { standing, verdict }: BackendStatus,
  weight: number,
  isLastResort: boolean,
  full: number,
): string | null {
  switch (standing) {
    case 'drained':
    case 'isolated':
      return weight === 0 ? null : `its file says ${weight}`
    case 'failed':
      if (isLastResort) return weight === LAST_CHOICE ? null : `it is the last resort at ${weight}`
      return weight === REMOVED ? null : `it is no last resort, and its file says ${weight}`
    case 'degraded':
      return weight === LAST_CHOICE ? null : `it weighs ${weight}`
    case 'healthy':
    case 'probation': {
      const isHealthy = (verdict satisfies Verdict) === 'healthy'
      return isHealthy && weight > 0 && weight <= full ? null : `it weighs ${weight}`
    }
    default:
      return standing satisfies never
  }
}

/** Every address that it is asked at, over all transports that must answer. */
function targetsOf({ groups, balancer }: Config, backend: Backend): string[] {
  const transports = new Set(
    groups.flatMap((group) => (group.kind === 'required' ? group.transports : [])),
  )
  const addresses = balancer === null ? [] : backendAddresses(backend, balancer)
  return addresses.flatMap(({ address }) =>
    [...transports].map((transport) => `${transport}/${address}`),
  )
}
