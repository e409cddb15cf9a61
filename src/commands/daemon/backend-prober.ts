// How the daemon asks one real server: at its own addresses, and at the virtual ones through IPVS.
import { readBounded } from '../../adapters/atomic-file.ts'
import { createProber } from '../../adapters/prober.ts'
import type { Backend } from '../../balancer/backend.ts'
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  type IpvsService,
  parseIpvs,
} from '../../balancer/ipvs-table.ts'
import { ledFamilies, markedBackends } from '../../balancer/marks.ts'
import type { BalancerConfig } from '../../config/balancer/balancer-config.ts'
import type { Clock, Prober } from '../../ports.ts'

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

/** Asks a backend as the balancer's configuration has it, at any of its targets. */
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
  const marked = markedBackends(balancer).find((it) => it.backend.name === backend.name)
  if (marked === undefined) return own
  const virtual = createProber({ ...options, sources, ports: marked.ports })
  const virtualAddresses = new Set(backend.service.addresses.map(({ address }) => address))
  return {
    async ask(query) {
      const { address, family } = query.target
      if (!virtualAddresses.has(address)) return own.ask(query)
      return ledFamilies(services(), marked).includes(family) ? virtual.ask(query) : NOT_LED
    },
  }
}

/**
 * While keepalived does not run, a question would go to whoever holds the virtual address, or to
 * nobody: what comes of it says nothing about this real server, as with an address that is not there.
 */
const NOT_LED = { outcome: 'vanished', latencyMs: 0 } as const
