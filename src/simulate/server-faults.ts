// What can go wrong with a server's BIND, carried out: what each fault does when it begins, and what ends it.
import type { Agenda } from './agenda.ts'
import { type Bind, SOCKETS_OPEN_MS } from './bind.ts'
import type { Fault } from './fault.ts'
import type { Random } from './random.ts'

/** A server that can be struck. */
export interface FaultTarget {
  readonly name: string
  readonly bind: Bind
  deadUntilMs: number
  slowUntilMs: number
  /** How often its bursts of losses have been set anew. */
  burstRegimes: number
}

export function newVictim(name: string, bind: Bind): FaultTarget {
  const never = Number.NEGATIVE_INFINITY
  return { name, bind, deadUntilMs: never, slowUntilMs: never, burstRegimes: 0 }
}

/** What a fault needs of its world; `FaultOf` is any fault there. */
export interface Site<FaultOf> {
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly random: Random
  /** Something that clients feel has changed. */
  onImpact(): void
  report(fault: FaultOf, ends: boolean): void
}

/** Faults that strike one server's BIND. */
export type ServerFault = Extract<Fault, { kind: 'errors' | 'crash' | 'freeze' | 'slow' }>

/** Runs `end` when the fault is over, unless another of its kind has made it last longer. */
export function until<FaultOf>(
  site: Site<FaultOf>,
  fault: FaultOf,
  untilMs: number,
  isOver: () => boolean,
  end: () => void,
): void {
  site.agenda.add(untilMs, () => {
    if (!isOver()) return
    end()
    site.report(fault, true)
    site.onImpact()
  })
}

/** As `until`, for what ends by itself at a time, which a later fault of its kind may put off. */
export function lasts<FaultOf>(site: Site<FaultOf>, fault: FaultOf, untilMs: () => number): void {
  until(
    site,
    fault,
    untilMs(),
    () => site.nowMs() >= untilMs(),
    () => {},
  )
}

/** Losses of one kind take the place of those before, of either kind. */
export function loseQueries<FaultOf>(
  site: Site<FaultOf>,
  node: FaultTarget,
  fault: Extract<Fault, { kind: 'errors' }>,
): void {
  const { condition } = node.bind
  const regime = ++node.burstRegimes
  condition.errorRate = fault.burstMs === null ? fault.rate : 0
  condition.burstRate = fault.burstMs === null ? 0 : fault.rate
  condition.inBurst = false
  if (fault.burstMs === null || fault.rate <= 0) return
  const { burstMs } = fault
  const gapMs = fault.rate >= 1 ? 0 : (burstMs * (1 - fault.rate)) / fault.rate
  const random = site.random.fork(`bursts ${node.name} ${regime}`)
  const toggle = (): void => {
    if (node.burstRegimes !== regime) return
    condition.inBurst = !condition.inBurst
    site.onImpact()
    site.agenda.add(site.nowMs() + random.exponential(condition.inBurst ? burstMs : gapMs), toggle)
  }
  site.agenda.add(site.nowMs() + random.exponential(gapMs), toggle)
}

export function crash<FaultOf>(
  site: Site<FaultOf>,
  node: FaultTarget,
  fault: FaultOf & Extract<Fault, { kind: 'crash' }>,
): void {
  const { condition } = node.bind
  node.deadUntilMs = Math.max(node.deadUntilMs, site.nowMs() + fault.forMs)
  condition.alive = false
  until(
    site,
    fault,
    node.deadUntilMs,
    () => !condition.alive && site.nowMs() >= node.deadUntilMs,
    () => {
      condition.alive = true
      node.bind.restarted(site.nowMs())
      site.agenda.add(site.nowMs() + SOCKETS_OPEN_MS, () => site.onImpact())
    },
  )
}

export function freeze<FaultOf>(
  site: Site<FaultOf>,
  node: FaultTarget,
  fault: FaultOf & Extract<Fault, { kind: 'freeze' }>,
): void {
  const { condition } = node.bind
  condition.frozenUntilMs = Math.max(condition.frozenUntilMs, site.nowMs() + fault.forMs)
  lasts(site, fault, () => condition.frozenUntilMs)
}

export function slowDown<FaultOf>(
  site: Site<FaultOf>,
  node: FaultTarget,
  fault: FaultOf & Extract<Fault, { kind: 'slow' }>,
): void {
  node.slowUntilMs = Math.max(node.slowUntilMs, site.nowMs() + fault.forMs)
  node.bind.condition.slowness = fault.times
  until(
    site,
    fault,
    node.slowUntilMs,
    () => site.nowMs() >= node.slowUntilMs,
    () => {
      node.bind.condition.slowness = 1
    },
  )
}

/** What lies upstream of all these servers is out. */
export function loseUpstream<FaultOf>(
  site: Site<FaultOf> & { upstreamUntilMs: number },
  victims: readonly FaultTarget[],
  fault: FaultOf & Extract<Fault, { kind: 'upstream-outage' }>,
): void {
  const set = (down: boolean) => {
    for (const { bind } of victims) bind.condition.upstreamDown = down
  }
  site.upstreamUntilMs = Math.max(site.upstreamUntilMs, site.nowMs() + fault.forMs)
  set(true)
  until(
    site,
    fault,
    site.upstreamUntilMs,
    () => site.nowMs() >= site.upstreamUntilMs,
    () => set(false),
  )
}
