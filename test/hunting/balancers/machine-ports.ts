// What a daemon finds on a simulated balancer: a virtual clock, files that are maps, real servers to ask.
import type { Backend } from '../../../src/config/balancer-backends.ts'
import type { Config } from '../../../src/config/config.ts'
import type { LocalAddress } from '../../../src/core/check.ts'
import type { Override } from '../../../src/core/override.ts'
import type { PublishedPriority } from '../../../src/core/priority.ts'
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import type {
  Answer,
  BackendOverrides,
  Clock,
  Prober,
  ProberQuery,
  Publisher,
  Result,
  TextFiles,
  WeightPublisher,
} from '../../../src/ports.ts'
import type { Balancer } from '../../../src/runtime/balancer.ts'
import type { Daemon, DaemonPorts } from '../../../src/runtime/daemon.ts'
import type { Agenda } from '../../../src/simulate/agenda.ts'
import type { Reply } from '../../../src/simulate/bind.ts'
import type { Random } from '../../../src/simulate/random.ts'

export interface MachineHost {
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly random: Random
  /** The balancers in their order of preference, as the order file has them. */
  readonly order: readonly string[]
  /** Asks a real server; what comes back is known at once, and true from `latencyMs` on. */
  ask(backend: Backend, query: ProberQuery): Reply
  /** A question has come to something. */
  answered(backend: Backend, query: ProberQuery): void
  /** A file of weights was written, or removed. */
  weightChanged(backend: string, weight: number | null, byDaemon: boolean): void
  priorityChanged(instance: string, priority: PublishedPriority): void
  statusWritten(document: StatusDocument): void
  /** The service addresses that are here. */
  addresses(): readonly LocalAddress[]
}

/** A balancer's computer, and the daemon that lives there. */
export interface MachineState {
  readonly config: Config
  readonly host: MachineHost
  readonly weights: Map<string, number>
  readonly priorities: Map<string, PublishedPriority>
  readonly orders: Map<string, Override>
  boots: number
  /** Counts the daemons. */
  life: number
  running: { readonly daemon: Daemon; readonly balancer: Balancer } | null
  /** From its first instruction until it is told to end. */
  isAlive: boolean
  /** What is due while it hangs, in order; null while it does not hang. */
  held: (() => void)[] | null
  watches: readonly { readonly paths: readonly string[]; readonly onChange: () => void }[]
  tellAddresses: (removed: LocalRemoval) => void
}

const DONE: Result<void> = { ok: true, value: undefined }
/** Some day; no decision rests on the wall clock. */
const WALL_MS = Date.UTC(2026, 0, 1)

/** Something that this daemon does later: not when it is dead, and late when it hangs. */
export function later(machine: MachineState, atMs: number, run: () => void): void {
  const born = machine.life
  machine.host.agenda.add(Math.max(machine.host.nowMs(), atMs), () => {
    if (born !== machine.life) return
    if (machine.held === null) run()
    else machine.held.push(run)
  })
}

export function clock(machine: MachineState): Clock {
  return {
    nowMs: machine.host.nowMs,
    wallMs: () => WALL_MS + machine.host.nowMs(),
    bootMs: machine.host.nowMs,
    bootId: `boot ${machine.boots}`,
    wakeAt(atMs, wake) {
      let isWanted = true
      later(machine, atMs, () => {
        if (isWanted) wake()
      })
      return () => {
        isWanted = false
      }
    },
  }
}

export const proberOf = (machine: MachineState, backend: Backend): Prober => ({
  ask(query) {
    const { outcome, latencyMs, ttlS } = machine.host.ask(backend, query)
    const answer: Answer = { outcome, latencyMs, ...(ttlS === undefined ? {} : { ttlS }) }
    return new Promise((resolve) =>
      later(machine, machine.host.nowMs() + latencyMs, () => {
        machine.host.answered(backend, query)
        resolve(answer)
      }),
    )
  },
})

export function weightFiles(machine: MachineState): WeightPublisher {
  return {
    weight(backend, weight) {
      machine.weights.set(backend, weight)
      machine.host.weightChanged(backend, weight, true)
      return DONE
    },
    isPublished: (backend, weight) => machine.weights.get(backend) === weight,
    retain(backends) {
      for (const name of [...machine.weights.keys()])
        if (!backends.includes(name)) removeFile(machine, name, true)
      return DONE
    },
  }
}

function publisher(machine: MachineState): Publisher {
  return {
    status(text) {
      machine.host.statusWritten(JSON.parse(text) as StatusDocument)
      return DONE
    },
    tally: () => DONE,
    priority(instance, priority) {
      machine.priorities.set(instance, priority)
      machine.host.priorityChanged(instance, priority)
      return DONE
    },
    isPublished: (instance, priority) => machine.priorities.get(instance) === priority,
    retain: () => DONE,
  }
}

export function files(machine: MachineState): TextFiles {
  return {
    read: () => ({ ok: true, value: `${machine.host.order.join('\n')}\n` }),
    watch(paths, onChange) {
      const entry = { paths, onChange }
      machine.watches = [...machine.watches, entry]
      return () => {
        machine.watches = machine.watches.filter((watch) => watch !== entry)
      }
    },
  }
}

export function overrides(machine: MachineState): BackendOverrides {
  return {
    pathOf: orderPath,
    readerOf: (backend) => () => machine.orders.get(backend) ?? null,
    async lift(backend) {
      machine.orders.delete(backend)
      return DONE
    },
    askClock: () => Promise.resolve(true),
  }
}

export function removeFile(machine: MachineState, backend: string, byDaemon: boolean): void {
  if (machine.weights.delete(backend)) machine.host.weightChanged(backend, null, byDaemon)
}

export function end(machine: MachineState): void {
  machine.life++
  machine.isAlive = false
  machine.running = null
  machine.held = null
  machine.watches = []
  machine.tellAddresses = () => {}
}

export function daemonPorts(
  machine: MachineState,
  balancer: Balancer,
  ports: Pick<DaemonPorts, 'clock' | 'log'>,
): DaemonPorts {
  return {
    ...ports,
    prober: NOBODY,
    publisher: publisher(machine),
    files: files(machine),
    balancer,
    override: { path: 'override', read: () => null },
    addresses: {
      start(onChange) {
        machine.tellAddresses = (removed) =>
          onChange({ addresses: machine.host.addresses(), removed })
        // What was there before the daemon has no age that it could know.
        const addresses = machine.host.addresses().map((address) => ({ ...address, sinceMs: null }))
        return { addresses, removed: [] }
      },
      reread: () => machine.tellAddresses([]),
      stop() {},
    },
    service: QUIET_SERVICE,
    textfileCollector: { write: async () => DONE, remove: async () => {} },
    web: { listen: async () => ({ ok: true, value: () => {} }) },
    notifier: {
      onStatus() {},
      complaints: () => [],
      spool: () => ({ waiting: 0, oldestMs: 0 }),
    },
    loadConfig: () => ({ ok: true, value: structuredClone(machine.config) }),
    onConfig() {},
  }
}

export function orderPath(backend: string): string {
  return `backend/${backend}`
}

type LocalRemoval = readonly { readonly address: string; readonly interface: string }[]

/** A balancer's own questions are answered by its pool. */
const NOBODY: Prober = {
  ask: async () => ({ outcome: 'unreachable', latencyMs: 0 }),
}

const QUIET_SERVICE: DaemonPorts['service'] = {
  ready() {},
  reloading() {},
  stopping() {},
  status() {},
  watchdogMs: null,
  watchdog() {},
}
