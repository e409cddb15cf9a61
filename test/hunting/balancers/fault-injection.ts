// Faults around balancers carried out: what each does when it begins, and what ends it.
import { simulatedOverride } from '../../../src/simulate/holdfast.ts'
import {
  crash,
  type FaultTarget,
  freeze,
  lasts,
  loseQueries,
  loseUpstream,
  type Site,
  slowDown,
  until,
} from '../../../src/simulate/server-faults.ts'
import type { SimulatedBalancer } from './balancer.ts'
import type { BalancersFault, BalancersFaultKind } from './fault.ts'
import type { SimulatedServer } from './real-server.ts'

/** The parts of the world that faults can change. */
export interface BalancersStage extends Site<BalancersFault> {
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

/** Begins a fault now and sees to its end. */
export function beginFault(stage: BalancersStage, fault: BalancersFault): void {
  stage.report(fault, false)
  const carryOut = HANDLERS[fault.kind] as (stage: BalancersStage, fault: BalancersFault) => void
  carryOut(stage, fault)
  stage.onImpact()
}

function serverOf(stage: BalancersStage, { server }: { readonly server: number }): SimulatedServer {
  return stage.servers[server % stage.servers.length] as SimulatedServer
}

function balancerOf(stage: BalancersStage, fault: { readonly balancer: number }) {
  return stage.balancers[fault.balancer % stage.balancers.length] as SimulatedBalancer
}

function isOn(stage: BalancersStage, { until }: SimulatedBalancer): boolean {
  return stage.nowMs() >= until.power
}

/** A daemon runs unless it was struck, or its host was. */
function startDaemonIfDue(stage: BalancersStage, balancer: SimulatedBalancer): void {
  const { machine } = balancer
  if (!isOn(stage, balancer) || stage.nowMs() < balancer.until.daemon || machine.isAlive()) return
  machine.start()
}

function startKeepalivedIfDue(stage: BalancersStage, balancer: SimulatedBalancer): void {
  const isDue = isOn(stage, balancer) && stage.nowMs() >= balancer.until.keepalived
  if (!isDue || balancer.isKeepalivedAlive()) return
  balancer.startKeepalived()
  stage.keepalivedChanged(balancer, false)
}

/** Daemon and keepalived start one after the other; which of them is first is drawn. */
export function boot(stage: BalancersStage, balancer: SimulatedBalancer): void {
  const random = stage.random.fork(`boot ${balancer.name} ${stage.nowMs()}`)
  for (const start of [startDaemonIfDue, startKeepalivedIfDue])
    stage.agenda.add(stage.nowMs() + random.between(0, BOOTS_WITHIN_MS), () =>
      start(stage, balancer),
    )
}

function endDaemon(
  stage: BalancersStage,
  fault: FaultOf<'daemon-death' | 'daemon-stop'>,
  how: 'kill' | 'stop',
): void {
  const balancer = balancerOf(stage, fault)
  const { machine } = balancer
  balancer.until.daemon = Math.max(balancer.until.daemon, stage.nowMs() + fault.forMs)
  // One that hangs takes no signal but SIGKILL.
  if (how === 'stop' && !machine.isHung()) machine.stop()
  else machine.kill()
  balancer.daemonSilent()
  until(
    stage,
    fault,
    balancer.until.daemon,
    () => stage.nowMs() >= balancer.until.daemon,
    () => startDaemonIfDue(stage, balancer),
  )
}

function hangDaemon(stage: BalancersStage, fault: FaultOf<'daemon-hang'>): void {
  const balancer = balancerOf(stage, fault)
  const { machine } = balancer
  const life = machine.life()
  balancer.until.hang = Math.max(balancer.until.hang, stage.nowMs() + fault.forMs)
  machine.hang()
  balancer.daemonSilent()
  until(
    stage,
    fault,
    balancer.until.hang,
    () => stage.nowMs() >= balancer.until.hang,
    () => {
      if (machine.life() === life) machine.resume()
    },
  )
}

function endKeepalived(
  stage: BalancersStage,
  fault: FaultOf<'keepalived-death' | 'keepalived-stop'>,
  how: 'table' | 'nothing' | 'stop',
): void {
  const balancer = balancerOf(stage, fault)
  balancer.until.keepalived = Math.max(balancer.until.keepalived, stage.nowMs() + fault.forMs)
  if (balancer.isKeepalivedAlive()) {
    balancer.endKeepalived(how)
    stage.keepalivedChanged(balancer, how === 'stop')
  }
  until(
    stage,
    fault,
    balancer.until.keepalived,
    () => stage.nowMs() >= balancer.until.keepalived,
    () => startKeepalivedIfDue(stage, balancer),
  )
}

function losePower(stage: BalancersStage, fault: FaultOf<'power'>): void {
  const balancer = balancerOf(stage, fault)
  const { until: times } = balancer
  times.power = Math.max(times.power, stage.nowMs() + fault.forMs)
  balancer.powerOff()
  stage.keepalivedChanged(balancer, false)
  until(
    stage,
    fault,
    times.power,
    () => stage.nowMs() >= times.power,
    () => boot(stage, balancer),
  )
}

function silence(stage: BalancersStage, fault: FaultOf<'one-transport'>): void {
  const { silentUntilMs } = serverOf(stage, fault)
  const { transport } = fault
  silentUntilMs[transport] = Math.max(silentUntilMs[transport], stage.nowMs() + fault.forMs)
  lasts(stage, fault, () => silentUntilMs[transport])
}

function loseVirtual(stage: BalancersStage, fault: FaultOf<'lost-virtual'>): void {
  const server = serverOf(stage, fault)
  server.strayUntilMs = Math.max(server.strayUntilMs, stage.nowMs() + fault.forMs)
  lasts(stage, fault, () => server.strayUntilMs)
}

function cutOff(stage: BalancersStage, fault: FaultOf<'cut'>): void {
  const { cutUntilMs } = balancerOf(stage, fault)
  const untilMs = stage.nowMs() + fault.forMs
  for (const server of cutUntilMs.keys()) {
    if (fault.server !== 'all' && fault.server !== server) continue
    cutUntilMs[server] = Math.max(cutUntilMs[server] as number, untilMs)
  }
  until(
    stage,
    fault,
    untilMs,
    () => true,
    () => {},
  )
}

function part(stage: BalancersStage, fault: FaultOf<'partition'>): void {
  stage.partitionUntilMs = Math.max(stage.partitionUntilMs, stage.nowMs() + fault.forMs)
  stage.topologyChanged()
  until(
    stage,
    fault,
    stage.partitionUntilMs,
    () => stage.nowMs() >= stage.partitionUntilMs,
    stage.topologyChanged,
  )
}

/** An operator gives the order on both balancers, as the manual says. */
function drain(stage: BalancersStage, fault: FaultOf<'drain'>): void {
  const server = serverOf(stage, fault)
  const set = (mode: 'drained' | null) => {
    for (const { machine } of stage.balancers)
      for (const name of stage.backendsOf(server.index))
        machine.order(name, simulatedOverride(mode))
  }
  server.drainedUntilMs = Math.max(server.drainedUntilMs, stage.nowMs() + fault.forMs)
  set('drained')
  until(
    stage,
    fault,
    server.drainedUntilMs,
    () => stage.nowMs() >= server.drainedUntilMs,
    () => set(null),
  )
}

const struck =
  <K extends BalancersFaultKind & ('errors' | 'crash' | 'freeze' | 'slow')>(
    strike: (stage: BalancersStage, victim: FaultTarget, fault: FaultOf<K>) => void,
  ) =>
  (stage: BalancersStage, fault: FaultOf<K>) =>
    strike(stage, serverOf(stage, fault as { readonly server: number }), fault)

/** What each kind of fault does; the compiler holds that none is missing. */
const HANDLERS: {
  readonly [K in BalancersFaultKind]: (stage: BalancersStage, fault: FaultOf<K>) => void
} = {
  errors: struck<'errors'>(loseQueries),
  crash: struck<'crash'>(crash),
  freeze: struck<'freeze'>(freeze),
  slow: struck<'slow'>(slowDown),
  'upstream-outage': (stage, fault) => loseUpstream(stage, stage.servers, fault),
  'one-transport': silence,
  'lost-virtual': loseVirtual,
  cut: cutOff,
  drain,
  'daemon-death': (stage, fault) => endDaemon(stage, fault, 'kill'),
  'daemon-stop': (stage, fault) => endDaemon(stage, fault, 'stop'),
  'daemon-hang': hangDaemon,
  reload: (stage, fault) => balancerOf(stage, fault).machine.reload(),
  'keepalived-death': (stage, fault) => endKeepalived(stage, fault, fault.leaves),
  'keepalived-stop': (stage, fault) => endKeepalived(stage, fault, 'stop'),
  power: losePower,
  'lost-file': (stage, fault) => {
    const { machine } = balancerOf(stage, fault)
    for (const name of stage.backendsOf(serverOf(stage, fault).index)) machine.removeWeight(name)
  },
  partition: part,
}
