// Wires a load balancer's part of the daemon, and how it asks real servers; loaded only where the config has one.
import { dirname } from 'node:path'
import { readBounded } from '../../adapters/atomic-file.ts'
import { isClockSet } from '../../adapters/clock.ts'
import { attempt } from '../../adapters/file-error.ts'
import { makeFolder } from '../../adapters/new-file.ts'
import { createOrderReader, type SwapOrder } from '../../adapters/override-file.ts'
import { createProber } from '../../adapters/prober.ts'
import { createWeightPublisher } from '../../adapters/publisher.ts'
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  type IpvsService,
  ledFamilies,
  parseIpvs,
} from '../../balancer/ipvs-table.ts'
import { type Backend, markedBackends } from '../../config/balancer-backends.ts'
import type { BalancerConfig } from '../../config/balancer-table.ts'
import type { Config } from '../../config/config.ts'
import { backendOverridePath } from '../../documents/override-document.ts'
import type { BackendOverrides, Clock, Log, Prober, TextFiles } from '../../ports.ts'
import { type Balancer, createBalancer } from '../../runtime/balancer.ts'

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
  return {
    pathOf,
    readerOf: (backend) => createOrderReader(pathOf(backend)),
    lift: async (backend, override) => swap(pathOf(backend), { override }, null),
    askClock: isClockSet,
  }
}

/** How old what was read of the kernel's table may be. */
const TABLE_AGE_MS = 200

/** The kernel's table of services, read a few times a second at most, whoever asks; empty without one. */
export function ipvsReader(clock: Clock): () => readonly IpvsService[] {
  let readMs = Number.NEGATIVE_INFINITY
  let services: readonly IpvsService[] = []
  return () => {
    const nowMs = clock.nowMs()
    if (nowMs - readMs >= TABLE_AGE_MS) {
      readMs = nowMs
      const table = readBounded(IPVS_TABLE, IPVS_LIMIT_BYTES)
      // While nothing can be opened the table is what it was.
      if (table.ok || !table.exhausted) services = table.ok ? parseIpvs(table.value) : []
    }
    return services
  }
}

/** Asks a backend as the balancer's configuration has it, at any of its endpoints. */
export function backendProber(
  clock: Clock,
  backend: Backend,
  balancer: BalancerConfig,
  services: () => readonly IpvsService[],
): Prober {
  const entries = balancer.source.map(({ family, address }) => [family, address])
  const options = { clock, port: backend.service.port, remote: true }
  const sources = Object.fromEntries(entries)
  const own = createProber({ ...options, sources })
  const marked = markedBackends(balancer).find(
    (markedBackend) => markedBackend.backend.name === backend.name,
  )
  if (marked === undefined) return own
  const virtual = createProber({ ...options, sources, ports: marked.ports })
  const virtualAddresses = new Set(backend.service.addresses.map(({ address }) => address))
  return {
    async ask(query) {
      const { address, family } = query.endpoint
      if (!virtualAddresses.has(address)) return own.ask(query)
      return ledFamilies(services(), marked).includes(family) ? virtual.ask(query) : NOT_LED
    },
  }
}

/**
 * While keepalived does not run, a question would go to whoever holds the virtual address, or to
 * nobody: what comes of it says nothing about this real server, as with an address that is not there.
 */
const NOT_LED = { outcome: 'address-gone', latencyMs: 0 } as const
