// One simulated balancer: the daemon's machine, keepalived with its IPVS half, and the check between them.
import type { Backend } from '../../../src/balancer/backend.ts'
import type { Config } from '../../../src/config/config.ts'
import type { LocalAddress } from '../../../src/core/target.ts'
import type { ProberQuery } from '../../../src/ports.ts'
import type { Agenda } from '../../../src/simulate/agenda.ts'
import type { Reply } from '../../../src/simulate/bind.ts'
import { checkPhaseMs, createDeadMan, type DeadMan } from '../../../src/simulate/dead-man.ts'
import type { Random } from '../../../src/simulate/random.ts'
import type { VrrpPriority } from '../../../src/simulate/vrrp.ts'
import { createIpvs, type Ipvs } from './ipvs.ts'
import { createMachine, type Machine } from './machine.ts'

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

export function createSimulatedBalancer(
  name: string,
  index: number,
  context: BalancerContext,
): SimulatedBalancer {
  const { config, agenda, nowMs } = context
  const random = context.random.fork(name)
  const instances = config.pools.flatMap((pool) => pool.instances)
  const published = instances.map((): VrrpPriority => LOWEST)
  const priorities = instances.map((): VrrpPriority => LOWEST)
  const cameMs = new Map<number, number>()
  const phaseMs = checkPhaseMs(random.next())
  const never = Number.NEGATIVE_INFINITY
  let status = { validUntilMs: never, mayServe: false }
  let keepalived: { readonly deadMan: DeadMan } | null = null

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
        const at = instances.findIndex((it) => it.name === instance)
        published[at] = priority === 'lowest' ? LOWEST : priority
        elect(at)
      },
      statusWritten(document) {
        status = { validUntilMs: document.valid_until_boot_ms, mayServe: document.may_serve }
        keepalived?.deadMan.statusWritten(status.validUntilMs, status.mayServe)
      },
      addresses: () => table(),
    },
  )

  const ipvs = createIpvs(
    (config.balancer?.services ?? []).map((service) => ({
      name: service.name,
      backends: service.servers.map((server) => `${service.name}.${server.name}`),
      sorry: service.sorry.length > 0,
    })),
    {
      agenda,
      nowMs,
      random: random.fork('ipvs'),
      read: (backend) => machine.weights.get(backend) ?? null,
      changed: () => context.tableChanged(balancer),
    },
  )

  function elect(at: number): void {
    const file = published[at] as VrrpPriority
    const isBelieved = keepalived?.deadMan.passes() === true || file === 'fault'
    priorities[at] = isBelieved ? file : LOWEST
    context.wants(balancer, at)
  }

  function electAll(): void {
    for (const at of instances.keys()) elect(at)
  }

  function table(): LocalAddress[] {
    return [...balancer.holds].flatMap((at) => {
      const sinceMs = cameMs.get(at) ?? null
      const common = { interface: INTERFACE, loopback: false, state: 'ready', sinceMs } as const
      return (instances[at]?.addresses ?? []).map(
        (address): LocalAddress => ({ address, family: address.includes(':') ? 6 : 4, ...common }),
      )
    })
  }

  const balancer: SimulatedBalancer = {
    index,
    name,
    machine,
    ipvs,
    isKeepalivedAlive: () => keepalived !== null,
    priorities,
    until: { daemon: never, keepalived: never, power: never, hang: never },
    cutUntilMs: Array.from({ length: context.servers }, () => never),
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
      const deadMan = createDeadMan(phaseMs, {
        nowMs,
        // A check of a keepalived that has died comes to nothing.
        later(afterMs, run) {
          agenda.add(nowMs() + afterMs, () => {
            if (keepalived?.deadMan === deadMan) run()
          })
        },
        changed: electAll,
      })
      keepalived = { deadMan }
      // It finds the files as they are, and the status of a daemon that may be dead by now.
      deadMan.statusWritten(status.validUntilMs, status.mayServe)
      deadMan.daemonStopped()
      electAll()
      ipvs.start()
    },
    endKeepalived(how) {
      keepalived = null
      if (how === 'stop') ipvs.stop()
      else ipvs.die(how)
    },
    daemonSilent: () => keepalived?.deadMan.daemonStopped(),
    powerOff() {
      balancer.endKeepalived('stop')
      machine.powerOff()
      published.fill(LOWEST)
      status = { validUntilMs: never, mayServe: false }
    },
  }
  return balancer
}
