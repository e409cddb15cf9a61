// Faults around balancers carried out: what each does when it begins, and what ends it.
import { simulatedOverride } from '../../../src/simulate/holdfast.ts'
import {
  crash,
  type FaultContext,
  freeze,
  injector,
  lasts,
  loseQueries,
  loseUpstream,
  slowDown,
} from '../../../src/simulate/server-faults.ts'
import type { SimulatedBalancer } from './balancer.ts'
import type { BalancersFault, BalancersFaultKind } from './fault.ts'
import type { SimulatedServer } from './real-server.ts'

/** The parts of the world that faults can change. */
export interface BalancersContext extends FaultContext<BalancersFault> {
  readonly balancers: readonly SimulatedBalancer[]
  readonly servers: readonly SimulatedServer[]
  /** The backends that a real server is, one a service. */
  backendsOf(server: number): readonly string[]
  partitionUntilMs: number
  upstreamUntilMs: number
  /** keepalived is dead or alive again: VRRP there has ended, or begins anew. */
  keepalivedChanged(balancer: SimulatedBalancer, saysGoodbye: boolean): void
  /** Who hears whom has changed. */
  topologyChanged(): void
}

/** Programs start so soon after their host. */
const BOOTS_WITHIN_MS = 3000

type FaultOf<K extends BalancersFaultKind> = Extract<BalancersFault, { kind: K }>

function serverOf(
  context: BalancersContext,
  { server }: { readonly server: number },
): SimulatedServer {
  return context.servers[server % context.servers.length] as SimulatedServer
}

function balancerOf(context: BalancersContext, fault: { readonly balancer: number }) {
  return context.balancers[fault.balancer % context.balancers.length] as SimulatedBalancer
}

function isOn(context: BalancersContext, { until }: SimulatedBalancer): boolean {
  return context.nowMs() >= until.power
}

/** A daemon runs unless it was struck, or its host was. */
function startDaemonIfDue(context: BalancersContext, balancer: SimulatedBalancer): void {
  const { machine } = balancer
  if (!isOn(context, balancer) || context.nowMs() < balancer.until.daemon || machine.isAlive())
    return
  machine.start()
}

function startKeepalivedIfDue(context: BalancersContext, balancer: SimulatedBalancer): void {
  const isDue = isOn(context, balancer) && context.nowMs() >= balancer.until.keepalived
  if (!isDue || balancer.isKeepalivedAlive()) return
  balancer.startKeepalived()
  context.keepalivedChanged(balancer, false)
}

/** Daemon and keepalived start one after the other; which of them is first is drawn. */
export function boot(context: BalancersContext, balancer: SimulatedBalancer): void {
  const random = context.random.fork(`boot ${balancer.name} ${context.nowMs()}`)
  for (const start of [startDaemonIfDue, startKeepalivedIfDue])
    context.agenda.add(context.nowMs() + random.between(0, BOOTS_WITHIN_MS), () =>
      start(context, balancer),
    )
}

function endDaemon(
  context: BalancersContext,
  fault: FaultOf<'daemon-death' | 'daemon-stop'>,
  how: 'kill' | 'stop',
): void {
  const balancer = balancerOf(context, fault)
  const { machine } = balancer
  lasts(context, fault, balancer.until, 'daemon', {
    begin() {
      // One that hangs takes no signal but SIGKILL.
      if (how === 'stop' && !machine.isHung()) machine.stop()
      else machine.kill()
      balancer.daemonSilent()
    },
    end: () => startDaemonIfDue(context, balancer),
  })
}

function hangDaemon(context: BalancersContext, fault: FaultOf<'daemon-hang'>): void {
  const balancer = balancerOf(context, fault)
  const { machine } = balancer
  const life = machine.life()
  lasts(context, fault, balancer.until, 'hang', {
    begin() {
      machine.hang()
      balancer.daemonSilent()
    },
    end() {
      if (machine.life() === life) machine.resume()
    },
  })
}

function endKeepalived(
  context: BalancersContext,
  fault: FaultOf<'keepalived-death' | 'keepalived-stop'>,
  how: 'table' | 'nothing' | 'stop',
): void {
  const balancer = balancerOf(context, fault)
  lasts(context, fault, balancer.until, 'keepalived', {
    begin() {
      if (!balancer.isKeepalivedAlive()) return
      balancer.endKeepalived(how)
      context.keepalivedChanged(balancer, how === 'stop')
    },
    end: () => startKeepalivedIfDue(context, balancer),
  })
}

function losePower(context: BalancersContext, fault: FaultOf<'power'>): void {
  const balancer = balancerOf(context, fault)
  lasts(context, fault, balancer.until, 'power', {
    begin() {
      balancer.powerOff()
      context.keepalivedChanged(balancer, false)
    },
    end: () => boot(context, balancer),
  })
}

/** What lasts longer for one real server than for another is over for each at its own time. */
function cutOff(context: BalancersContext, fault: FaultOf<'cut'>): void {
  const { cutUntilMs } = balancerOf(context, fault)
  const untilMs = context.nowMs() + fault.forMs
  for (const server of cutUntilMs.keys()) {
    if (fault.server !== 'all' && fault.server !== server) continue
    cutUntilMs[server] = Math.max(cutUntilMs[server] as number, untilMs)
  }
  context.agenda.add(untilMs, () => {
    context.report(fault, true)
    context.onImpact()
  })
}

function part(context: BalancersContext, fault: FaultOf<'partition'>): void {
  const { topologyChanged } = context
  const ends = { begin: topologyChanged, end: topologyChanged }
  lasts(context, fault, context, 'partitionUntilMs', ends)
}

/** An operator gives the order on both balancers, as the manual says. */
function drain(context: BalancersContext, fault: FaultOf<'drain'>): void {
  const server = serverOf(context, fault)
  const set = (mode: 'drained' | null) => {
    for (const { machine } of context.balancers)
      for (const name of context.backendsOf(server.index))
        machine.order(name, simulatedOverride(mode))
  }
  lasts(context, fault, server, 'drainedUntilMs', {
    begin: () => set('drained'),
    end: () => set(null),
  })
}

/** Begins a fault now and sees to its end. */
export const inject = injector<BalancersFault, BalancersContext>({
  errors: (context, fault) => loseQueries(context, serverOf(context, fault), fault),
  crash: (context, fault) => crash(context, serverOf(context, fault), fault),
  freeze: (context, fault) => freeze(context, serverOf(context, fault), fault),
  slow: (context, fault) => slowDown(context, serverOf(context, fault), fault),
  'upstream-outage': (context, fault) => loseUpstream(context, context.servers, fault),
  'one-transport': (context, fault) =>
    lasts(context, fault, serverOf(context, fault).silentUntilMs, fault.transport),
  'lost-virtual': (context, fault) =>
    lasts(context, fault, serverOf(context, fault), 'strayUntilMs'),
  cut: cutOff,
  drain,
  'daemon-death': (context, fault) => endDaemon(context, fault, 'kill'),
  'daemon-stop': (context, fault) => endDaemon(context, fault, 'stop'),
  'daemon-hang': hangDaemon,
  reload: (context, fault) => balancerOf(context, fault).machine.reload(),
  'keepalived-death': (context, fault) => endKeepalived(context, fault, fault.leaves),
  'keepalived-stop': (context, fault) => endKeepalived(context, fault, 'stop'),
  power: losePower,
  'lost-file': (context, fault) => {
    const { machine } = balancerOf(context, fault)
    for (const name of context.backendsOf(serverOf(context, fault).index))
      machine.removeWeight(name)
  },
  partition: part,
})
