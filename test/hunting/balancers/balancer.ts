// One simulated balancer: the daemon's machine, keepalived with its IPVS half, and the check between them.
import type { Backend } from '../../../src/config/balancer-backends.ts'
import type { Config } from '../../../src/config/config.ts'
import type { LocalAddress } from '../../../src/core/check.ts'
import type { ProberQuery } from '../../../src/ports.ts'
import type { Agenda } from '../../../src/simulate/agenda.ts'
import type { Reply } from '../../../src/simulate/bind.ts'
import {
  checkPhaseMs,
  createDeadMansSwitch,
  type DeadMansSwitch,
} from '../../../src/simulate/dead-mans-switch.ts'
import type { Random } from '../../../src/simulate/random.ts'
import type { VrrpPriority } from '../../../src/simulate/vrrp.ts'
import { createMachine, type Machine } from './balancer-machine.ts'
import { createIpvs, type Ipvs, type IpvsService } from './ipvs.ts'

export interface SimulatedBalancer {
  readonly index: number
  readonly name: string
  readonly machine: Machine
  readonly ipvs: Ipvs
  isKeepalivedAlive(): boolean
  /** What keepalived's election works with, instance by instance. */
  readonly priorities: readonly VrrpPriority[]
  /** Until when each kind of trouble lasts at least. */
  readonly until: Record<'daemon' | 'keepalived' | 'power' | 'hang', number>
  /** Until when it does not reach a real server. */
  readonly cutUntilMs: number[]
  /** Instances whose addresses are here. */
  readonly holds: Set<number>
  addressMoved(instance: number, comes: boolean): void
  startKeepalived(): void
  /** What the VRRP half does is for the world to see to. */
  endKeepalived(how: 'table' | 'nothing' | 'stop'): void
  /** The daemon says no more: keepalived's check finds out when the status has expired. */
  daemonSilent(): void
  powerOff(): void
}

export interface BalancerContext {
  readonly config: Config
  readonly order: readonly string[]
  readonly servers: number
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly random: Random
  ask(balancer: SimulatedBalancer, backend: Backend, query: ProberQuery): Reply
  answered(balancer: SimulatedBalancer, backend: Backend, query: ProberQuery): void
  weightChanged(
    balancer: SimulatedBalancer,
    backend: string,
    weight: number | null,
    byDaemon: boolean,
  ): void
  tableChanged(balancer: SimulatedBalancer): void
  /** keepalived there wants another priority in an instance's election. */
  wants(balancer: SimulatedBalancer, instance: number): void
}

const LOWEST = 1
const INTERFACE = 'eth0'
const NEVER = Number.NEGATIVE_INFINITY
const NO_STATUS = { validUntilMs: NEVER, mayServe: false }

/** keepalived's VRRP half: what the daemon has published, as far as the check lets it count. */
function createKeepalived(
  instances: number,
  phaseMs: number,
  { agenda, nowMs }: BalancerContext,
  wants: (at: number) => void,
) {
  const published = Array.from({ length: instances }, (): VrrpPriority => LOWEST)
  const priorities = [...published]
  let status = NO_STATUS
  let deadMansSwitch: DeadMansSwitch | null = null

  function elect(at: number): void {
    const file = published[at] as VrrpPriority
    const isBelieved = deadMansSwitch?.passes() === true || file === 'fault'
    priorities[at] = isBelieved ? file : LOWEST
    wants(at)
  }

  function electAll(): void {
    for (const at of priorities.keys()) elect(at)
  }

  return {
    priorities,
    isAlive: () => deadMansSwitch !== null,
    publish(at: number, priority: VrrpPriority): void {
      published[at] = priority
      elect(at)
    },
    statusWritten(written: typeof status): void {
      status = written
      deadMansSwitch?.statusWritten(status.validUntilMs, status.mayServe)
    },
    daemonSilent: () => deadMansSwitch?.daemonStopped(),
    start(): void {
      const started = createDeadMansSwitch(phaseMs, {
        nowMs,
        // A check of a keepalived that has died comes to nothing.
        later(afterMs, run) {
          agenda.add(nowMs() + afterMs, () => {
            if (deadMansSwitch === started) run()
          })
        },
        changed: electAll,
      })
      deadMansSwitch = started
      // It finds the files as they are, and the status of a daemon that may be dead by now.
      started.statusWritten(status.validUntilMs, status.mayServe)
      started.daemonStopped()
      electAll()
    },
    end(): void {
      deadMansSwitch = null
    },
    /** Its host is off, and all that was in memory is gone. */
    forget(): void {
      published.fill(LOWEST)
      status = NO_STATUS
    },
  }
}

export function createSimulatedBalancer(
  name: string,
  index: number,
  context: BalancerContext,
): SimulatedBalancer {
  const { config, agenda, nowMs } = context
  const random = context.random.fork(name)
  const instances = config.clusters.flatMap((pool) => pool.instances)
  const cameMs = new Map<number, number>()
  const phaseMs = checkPhaseMs(random.next())
  const keepalived = createKeepalived(instances.length, phaseMs, context, (at) =>
    context.wants(balancer, at),
  )

  const machine = createMachine(
    { ...config, server: { name } },
    {
      agenda,
      nowMs,
      random: random.fork('machine'),
      order: context.order,
      ask: (backend, query) => context.ask(balancer, backend, query),
      answered: (backend, query) => context.answered(balancer, backend, query),
      weightChanged(backend, weight, byDaemon) {
        context.weightChanged(balancer, backend, weight, byDaemon)
        ipvs.fileChanged(backend)
      },
      priorityChanged(instance, priority) {
        const at = instances.findIndex((instanceConfig) => instanceConfig.name === instance)
        keepalived.publish(at, priority === 'lowest' ? LOWEST : priority)
      },
      statusWritten: ({ valid_until_boot_ms: validUntilMs, may_serve: mayServe }) =>
        keepalived.statusWritten({ validUntilMs, mayServe }),
      addresses: () =>
        [...balancer.holds].flatMap((at) =>
          (instances[at]?.addresses ?? []).map((address) =>
            localAddress(address, cameMs.get(at) ?? null),
          ),
        ),
    },
  )

  const ipvs = createIpvs(servicesOf(config), {
    agenda,
    nowMs,
    random: random.fork('ipvs'),
    read: (backend) => machine.weights.get(backend) ?? null,
    changed: () => context.tableChanged(balancer),
  })

  const balancer: SimulatedBalancer = {
    index,
    name,
    machine,
    ipvs,
    isKeepalivedAlive: keepalived.isAlive,
    priorities: keepalived.priorities,
    until: { daemon: NEVER, keepalived: NEVER, power: NEVER, hang: NEVER },
    cutUntilMs: Array.from({ length: context.servers }, () => NEVER),
    holds: new Set(),
    addressMoved(at, comes) {
      if (comes) {
        balancer.holds.add(at)
        cameMs.set(at, nowMs())
      } else balancer.holds.delete(at)
      const gone = comes ? [] : (instances[at]?.addresses ?? [])
      machine.addressesChanged(gone.map((address) => ({ address, interface: INTERFACE })))
    },
    startKeepalived() {
      keepalived.start()
      ipvs.start()
    },
    endKeepalived(how) {
      keepalived.end()
      if (how === 'stop') ipvs.stop()
      else ipvs.die(how)
    },
    daemonSilent: keepalived.daemonSilent,
    powerOff() {
      balancer.endKeepalived('stop')
      machine.powerOff()
      keepalived.forget()
    },
  }
  return balancer
}

function localAddress(address: string, sinceMs: number | null): LocalAddress {
  const family = address.includes(':') ? 6 : 4
  return { address, family, interface: INTERFACE, loopback: false, state: 'ready', sinceMs }
}

function servicesOf({ balancer }: Config): IpvsService[] {
  return (balancer?.services ?? []).map(({ name, servers, sorryServer }) => ({
    name,
    backends: servers.map((server) => `${name}.${server.name}`),
    sorry: sorryServer.length > 0,
  }))
}
