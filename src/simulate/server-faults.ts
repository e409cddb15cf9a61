// What faults of every simulated world have in common, and what can go wrong with one server's BIND.
import type { Agenda } from './agenda.ts'
import { type Bind, SOCKETS_OPEN_MS } from './bind.ts'
import type { Fault } from './fault.ts'
import type { Random } from './random.ts'

/** A server whose BIND faults can change. */
export interface FaultTarget {
  readonly name: string
  readonly bind: Bind
  deadUntilMs: number
  slowUntilMs: number
  /** How often its bursts of losses have been set anew. */
  burstRegimes: number
}

export function newFaultTarget(name: string, bind: Bind): FaultTarget {
  const never = Number.NEGATIVE_INFINITY
  return { name, bind, deadUntilMs: never, slowUntilMs: never, burstRegimes: 0 }
}

/** What a fault needs of its world; `AnyFault` is any fault there. */
export interface FaultContext<AnyFault> {
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly random: Random
  /** Something that clients feel has changed. */
  onImpact(): void
  report(fault: AnyFault, ends: boolean): void
}

type Kinds = { readonly kind: string }

/** What each kind of fault does; the compiler holds that none is missing. */
export type FaultHandlers<Context, AnyFault extends Kinds> = {
  readonly [K in AnyFault['kind']]: (
    context: Context,
    fault: Extract<AnyFault, { kind: K }>,
  ) => void
}

/** A function that begins a fault now and sees to its end. */
export function injector<AnyFault extends Kinds, Context extends FaultContext<AnyFault>>(
  handlers: FaultHandlers<Context, AnyFault>,
): (context: Context, fault: AnyFault) => void {
  return (context, fault) => {
    context.report(fault, false)
    const handle = handlers[fault.kind as AnyFault['kind']]
    handle(context, fault as Parameters<typeof handle>[1])
    context.onImpact()
  }
}

interface Lasting {
  readonly begin?: () => void
  readonly end?: () => void
  /** Where it can end by something else than its time: whether it has not. */
  readonly isOn?: () => boolean
}

/**
 * Begins a fault that lasts for a time, and ends it, unless another of its kind has made it last longer.
 *
 * @param times where `times[key]` says until when a fault of its kind lasts
 */
export function lasts<K extends PropertyKey, AnyFault>(
  context: FaultContext<AnyFault>,
  fault: NoInfer<AnyFault> & { readonly forMs: number },
  times: { [key in K]: number },
  key: K,
  { begin, end, isOn }: Lasting = {},
): void {
  times[key] = Math.max(times[key], context.nowMs() + fault.forMs)
  begin?.()
  context.agenda.add(times[key], () => {
    if (context.nowMs() < times[key] || isOn?.() === false) return
    end?.()
    context.report(fault, true)
    context.onImpact()
  })
}

type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>

/** Losses of one kind take the place of those before, of either kind. */
export function loseQueries(
  context: FaultContext<FaultOf<'errors'>>,
  target: FaultTarget,
  { rate, burstMs }: FaultOf<'errors'>,
): void {
  const { condition } = target.bind
  const regime = ++target.burstRegimes
  condition.errorRate = burstMs === null ? rate : 0
  condition.burstRate = burstMs === null ? 0 : rate
  condition.inBurst = false
  if (burstMs === null || rate <= 0) return
  const gapMs = rate >= 1 ? 0 : (burstMs * (1 - rate)) / rate
  const random = context.random.fork(`bursts ${target.name} ${regime}`)
  const toggle = (): void => {
    if (target.burstRegimes !== regime) return
    condition.inBurst = !condition.inBurst
    context.onImpact()
    const meanMs = condition.inBurst ? burstMs : gapMs
    context.agenda.add(context.nowMs() + random.exponential(meanMs), toggle)
  }
  context.agenda.add(context.nowMs() + random.exponential(gapMs), toggle)
}

export function crash(
  context: FaultContext<FaultOf<'crash'>>,
  target: FaultTarget,
  fault: FaultOf<'crash'>,
): void {
  const { bind } = target
  lasts(context, fault, target, 'deadUntilMs', {
    begin() {
      bind.condition.alive = false
    },
    isOn: () => !bind.condition.alive,
    end() {
      bind.condition.alive = true
      bind.restarted(context.nowMs())
      context.agenda.add(context.nowMs() + SOCKETS_OPEN_MS, () => context.onImpact())
    },
  })
}

export function freeze(
  context: FaultContext<FaultOf<'freeze'>>,
  { bind }: FaultTarget,
  fault: FaultOf<'freeze'>,
): void {
  lasts(context, fault, bind.condition, 'frozenUntilMs')
}

export function slowDown(
  context: FaultContext<FaultOf<'slow'>>,
  target: FaultTarget,
  fault: FaultOf<'slow'>,
): void {
  const set = (slowness: number) => {
    target.bind.condition.slowness = slowness
  }
  lasts(context, fault, target, 'slowUntilMs', {
    begin: () => set(fault.times),
    end: () => set(1),
  })
}

/** What lies upstream of all these servers is out. */
export function loseUpstream(
  context: FaultContext<FaultOf<'upstream-outage'>> & { upstreamUntilMs: number },
  targets: readonly FaultTarget[],
  fault: FaultOf<'upstream-outage'>,
): void {
  const set = (down: boolean) => {
    for (const { bind } of targets) bind.condition.upstreamDown = down
  }
  lasts(context, fault, context, 'upstreamUntilMs', {
    begin: () => set(true),
    end: () => set(false),
  })
}
