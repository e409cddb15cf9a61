// One balancer's computer for the daemon: the real runtime on a virtual clock, with files that are maps.
import type { Config } from '../../../src/config/config.ts'
import type { Override } from '../../../src/core/override.ts'
import type { BackendStatus } from '../../../src/documents/status-document.ts'
import { createBalancer } from '../../../src/runtime/balancer.ts'
import { startDaemon } from '../../../src/runtime/daemon.ts'
import {
  clock,
  daemonPorts,
  end,
  files,
  later,
  type MachineHost,
  type MachineState,
  orderPath,
  overrides,
  proberOf,
  removeFile,
  weightFiles,
} from './machine-ports.ts'

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

export function createMachine(config: Config, host: MachineHost): Machine {
  const { balancer: balancerConfig } = config
  if (balancerConfig === null) throw new Error('a balancer needs a config with [balancer]')
  const machine: MachineState = {
    config,
    host,
    weights: new Map(),
    priorities: new Map(),
    orders: new Map(),
    boots: 1,
    life: 0,
    running: null,
    isAlive: false,
    held: null,
    watches: [],
    tellAddresses() {},
  }
  return {
    weights: machine.weights,
    orders: machine.orders,
    life: () => machine.life,
    isAlive: () => machine.isAlive,
    isHung: () => machine.held !== null,
    statuses: () => machine.running?.balancer.statuses() ?? [],
    start() {
      end(machine)
      machine.isAlive = true
      const ports = { clock: clock(machine), log: { line() {} } }
      const balancer = createBalancer(machine.config, balancerConfig, {
        ...ports,
        files: files(machine),
        weights: weightFiles(machine),
        overrides: overrides(machine),
        proberFor: (backend) => proberOf(machine, backend),
      })
      const options = { configFile: 'holdfast.toml', version: 'simulated', pid: machine.life }
      const daemon = startDaemon(machine.config, daemonPorts(machine, balancer, ports), options)
      machine.running = { daemon, balancer }
    },
    kill: () => end(machine),
    stop() {
      machine.isAlive = false
      machine.running?.daemon.stop()
      end(machine)
    },
    hang() {
      if (machine.running !== null) machine.held ??= []
    },
    resume() {
      const due = machine.held ?? []
      machine.held = null
      for (const run of due) run()
    },
    reload() {
      later(machine, machine.host.nowMs(), () => machine.running?.daemon.reload())
    },
    order(backend, override) {
      if (override === null) machine.orders.delete(backend)
      else machine.orders.set(backend, override)
      for (const { paths, onChange } of machine.watches)
        if (paths.includes(orderPath(backend)))
          later(
            machine,
            machine.host.nowMs() + machine.host.random.between(...NOTICES_MS),
            onChange,
          )
    },
    addressesChanged(removed) {
      later(machine, machine.host.nowMs(), () => machine.tellAddresses(removed))
    },
    removeWeight: (backend) => removeFile(machine, backend, false),
    powerOff() {
      end(machine)
      machine.boots++
      machine.priorities.clear()
      for (const name of [...machine.weights.keys()]) removeFile(machine, name, false)
    },
  }
}
