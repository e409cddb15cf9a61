// Wires a load balancer's part of the daemon; loaded only where the configuration has one.
import { dirname } from 'node:path'
import { isClockSet } from '../../adapters/clock-set.ts'
import { attempt } from '../../adapters/file-error.ts'
import { makeFolder } from '../../adapters/new-file.ts'
import { createOrderReader, type SwapOrder } from '../../adapters/override-file.ts'
import { createWeightPublisher } from '../../adapters/publisher.ts'
import type { BalancerConfig } from '../../config/balancer/balancer-config.ts'
import type { Config } from '../../config/config.ts'
import type { Override } from '../../core/override.ts'
import { backendOverridePath } from '../../documents/override.ts'
import type { BackendOverrides, Clock, Log, TextFiles } from '../../ports.ts'
import { type Balancer, createBalancer } from '../../runtime/balancer.ts'
import { backendProber, ipvsReader } from './backend-prober.ts'

export function balancerOf(
  config: Config,
  balancer: BalancerConfig,
  ports: {
    readonly clock: Clock
    readonly log: Log
    readonly files: TextFiles
    readonly swapOrder: SwapOrder
  },
): Balancer {
  const { runDir, stateDir } = config.paths
  const services = ipvsReader(ports.clock)
  makeOrderFolder(dirname(backendOverridePath(stateDir, 'any')), ports.log)
  return createBalancer(config, balancer, {
    ...ports,
    weights: createWeightPublisher({ runDir, log: ports.log }),
    overrides: overridesIn(stateDir, ports.swapOrder),
    proberFor: (backend, current) => backendProber(ports.clock, backend, current, services),
  })
}

/** systemd-tmpfiles makes it on an installed host; elsewhere the daemon has to. */
function makeOrderFolder(path: string, log: Log): void {
  const made = attempt('make', path, () => makeFolder(path, 0o755))
  if (!made.ok) log.line('warn', `no order about a real server can be left: ${made.error}`)
}

function overridesIn(stateDir: string, swap: SwapOrder): BackendOverrides {
  const pathOf = (backend: string) => backendOverridePath(stateDir, backend)
  const readers = new Map<string, () => Override | null>()
  return {
    pathOf,
    read(backend) {
      const read = readers.get(backend) ?? createOrderReader(pathOf(backend))
      readers.set(backend, read)
      return read()
    },
    lift: async (backend, override) => swap(pathOf(backend), { override }, null),
    askClock: isClockSet,
  }
}
