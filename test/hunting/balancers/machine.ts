// One balancer's computer for the daemon: the real runtime on a virtual clock, with files that are maps.
import type { Backend } from '../../../src/balancer/backend.ts'
import type { Config } from '../../../src/config/config.ts'
import type { Override } from '../../../src/core/override.ts'
import type { PublishedPriority } from '../../../src/core/priority.ts'
import type { LocalAddress } from '../../../src/core/target.ts'
import type { BackendStatus, StatusDocument } from '../../../src/documents/status.ts'
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
import { type Balancer, createBalancer } from '../../../src/runtime/balancer.ts'
import { type Daemon, type DaemonPorts, startDaemon } from '../../../src/runtime/daemon.ts'
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

export interface Machine {
  /** What keepalived reads. */
  readonly weights: ReadonlyMap<string, number>
  /** Orders about real servers; they are on disk. */
  readonly orders: ReadonlyMap<string, Override>
  /** Counts the daemons that have lived here. */
  life(): number
  isAlive(): boolean
  isHung(): boolean
  /** What the living daemon thinks of its real servers; empty without one. */
  statuses(): readonly BackendStatus[]
  start(): void
  kill(): void
  stop(): void
  hang(): void
  resume(): void
  reload(): void
  order(backend: string, override: Override | null): void
  addressesChanged(removed: readonly { address: string; interface: string }[]): void
  /** Somebody removes a file of weights. */
  removeWeight(backend: string): void
  /** Nothing of what is in memory is left. */
  powerOff(): void
}

/** inotify, and the daemon's own wait for the last of several changes. */
const NOTICES_MS = [1, 60] as const
const DONE: Result<void> = { ok: true, value: undefined }
/** Some day; no decision rests on the wall clock. */
const WALL_MS = Date.UTC(2026, 0, 1)

export function createMachine(config: Config, host: MachineHost): Machine {
  const { agenda, nowMs, random } = host
  const { balancer: balancerConfig } = config
  if (balancerConfig === null) throw new Error('a balancer needs a config with [balancer]')
  const weights = new Map<string, number>()
  const priorities = new Map<string, PublishedPriority>()
  const orders = new Map<string, Override>()
  let boots = 1
  let life = 0
  let running: { readonly daemon: Daemon; readonly balancer: Balancer } | null = null
  /** From its first instruction until it is told to end. */
  let isAlive = false
  /** What is due while it hangs, in order; null while it does not hang. */
  let held: (() => void)[] | null = null
  let watches: { readonly paths: readonly string[]; readonly onChange: () => void }[] = []
  let tellAddresses: (removed: LocalRemoval) => void = () => {}

  /** Something that this daemon does later: not when it is dead, and late when it hangs. */
  function later(atMs: number, run: () => void): void {
    const born = life
    agenda.add(Math.max(nowMs(), atMs), () => {
      if (born !== life) return
      if (held === null) run()
      else held.push(run)
    })
  }

  function clock(): Clock {
    return {
      nowMs,
      wallMs: () => WALL_MS + nowMs(),
      bootMs: nowMs,
      bootId: `boot ${boots}`,
      wakeAt(atMs, wake) {
        let isWanted = true
        later(atMs, () => {
          if (isWanted) wake()
        })
        return () => {
          isWanted = false
        }
      },
    }
  }

  const proberOf = (backend: Backend): Prober => ({
    ask(query) {
      const { outcome, latencyMs, ttlS } = host.ask(backend, query)
      const answer: Answer = { outcome, latencyMs, ...(ttlS === undefined ? {} : { ttlS }) }
      return new Promise((resolve) =>
        later(nowMs() + latencyMs, () => {
          host.answered(backend, query)
          resolve(answer)
        }),
      )
    },
  })

  const weightFiles: WeightPublisher = {
    weight(backend, weight) {
      weights.set(backend, weight)
      host.weightChanged(backend, weight, true)
      return DONE
    },
    isPublished: (backend, weight) => weights.get(backend) === weight,
    retain(backends) {
      for (const name of [...weights.keys()]) if (!backends.includes(name)) removeFile(name, true)
      return DONE
    },
  }

  const publisher: Publisher = {
    status(text) {
      host.statusWritten(JSON.parse(text) as StatusDocument)
      return DONE
    },
    tally: () => DONE,
    priority(instance, priority) {
      priorities.set(instance, priority)
      host.priorityChanged(instance, priority)
      return DONE
    },
    isPublished: (instance, priority) => priorities.get(instance) === priority,
    retain: () => DONE,
  }

  const files: TextFiles = {
    read: () => ({ ok: true, value: `${host.order.join('\n')}\n` }),
    watch(paths, onChange) {
      const entry = { paths, onChange }
      watches.push(entry)
      return () => {
        watches = watches.filter((it) => it !== entry)
      }
    },
  }

  const overrides: BackendOverrides = {
    pathOf: (backend) => `backend/${backend}`,
    read: (backend) => orders.get(backend) ?? null,
    async lift(backend) {
      orders.delete(backend)
      return DONE
    },
    askClock: () => Promise.resolve(true),
  }

  function removeFile(backend: string, byDaemon: boolean): void {
    if (weights.delete(backend)) host.weightChanged(backend, null, byDaemon)
  }

  function end(): void {
    life++
    isAlive = false
    running = null
    held = null
    watches = []
    tellAddresses = () => {}
  }

  function daemonPorts(balancer: Balancer, ports: Pick<DaemonPorts, 'clock' | 'log'>): DaemonPorts {
    return {
      ...ports,
      prober: NOBODY,
      publisher,
      files,
      balancer,
      override: { path: 'override', read: () => null },
      addresses: {
        start(onChange) {
          tellAddresses = (removed) => onChange({ addresses: host.addresses(), removed })
          // What was there before the daemon has no age that it could know.
          const addresses = host.addresses().map((it) => ({ ...it, sinceMs: null }))
          return { addresses, removed: [] }
        },
        reread: () => tellAddresses([]),
        stop() {},
      },
      service: QUIET_SERVICE,
      textfileCollector: { write: async () => DONE, remove: async () => {} },
      web: { listen: async () => ({ ok: true, value: () => {} }) },
      notifier: {
        onState() {},
        complaints: () => [],
        spool: () => ({ waiting: 0, oldestMs: 0 }),
      },
      loadConfig: () => ({ ok: true, value: structuredClone(config) }),
      onConfig() {},
    }
  }

  return {
    weights,
    orders,
    life: () => life,
    isAlive: () => isAlive,
    isHung: () => held !== null,
    statuses: () => running?.balancer.statuses() ?? [],
    start() {
      end()
      isAlive = true
      const ports = { clock: clock(), log: { line() {} } }
      const balancer = createBalancer(config, balancerConfig, {
        ...ports,
        files,
        weights: weightFiles,
        overrides,
        proberFor: proberOf,
      })
      const options = { configFile: 'holdfast.toml', version: 'simulated', pid: life }
      const daemon = startDaemon(config, daemonPorts(balancer, ports), options)
      running = { daemon, balancer }
    },
    kill: end,
    stop() {
      isAlive = false
      running?.daemon.stop()
      end()
    },
    hang() {
      if (running !== null) held ??= []
    },
    resume() {
      const due = held ?? []
      held = null
      for (const run of due) run()
    },
    reload() {
      later(nowMs(), () => running?.daemon.reload())
    },
    order(backend, override) {
      if (override === null) orders.delete(backend)
      else orders.set(backend, override)
      for (const { paths, onChange } of watches)
        if (paths.includes(overrides.pathOf(backend)))
          later(nowMs() + random.between(...NOTICES_MS), onChange)
    },
    addressesChanged(removed) {
      later(nowMs(), () => tellAddresses(removed))
    },
    removeWeight: (backend) => removeFile(backend, false),
    powerOff() {
      end()
      boots++
      priorities.clear()
      for (const name of [...weights.keys()]) removeFile(name, false)
    },
  }
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
