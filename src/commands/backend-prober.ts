// How the daemon asks one real server: at its own addresses, and at the virtual ones through IPVS.
import { readBounded } from '../adapters/atomic-file.ts'
import { createProber } from '../adapters/prober.ts'
import type { Backend } from '../balance/backend.ts'
import { parseIpvs } from '../balance/ipvs-table.ts'
import { type MarkedBackend, markedBackends } from '../balance/marks.ts'
import type { BalancerConfig } from '../config/balancer-config.ts'
import type { Target } from '../core/target.ts'
import type { Clock, Prober } from '../ports.ts'
import { IPVS_LIMIT_BYTES, IPVS_TABLE } from './backend-world.ts'

/** Asks a backend as the balancer's configuration has it, at any of its targets. */
export function backendProber(clock: Clock, backend: Backend, balancer: BalancerConfig): Prober {
  const entries = balancer.source.map(({ family, address }) => [family, address])
  const options = { clock, port: backend.service.port, remote: true }
  const sources = Object.fromEntries(entries)
  const own = createProber({ ...options, sources })
  const marked = markedBackends(balancer).find((it) => it.backend.name === backend.name)
  if (marked === undefined) return own
  const virtual = createProber({ ...options, sources, ports: marked.ports })
  const virtualAddresses = new Set(backend.service.addresses.map(({ address }) => address))
  const isLed = createLeading(clock, marked)
  return {
    async ask(query) {
      if (!virtualAddresses.has(query.target.address)) return own.ask(query)
      return isLed(query.target) ? virtual.ask(query) : NOT_LED
    },
  }
}

/**
 * While keepalived does not run, a question would go to whoever holds the virtual address, or to
 * nobody: what comes of it says nothing about this real server, as with an address that is not there.
 */
const NOT_LED = { outcome: 'vanished', latencyMs: 0 } as const

/** How old what was read of the kernel's table may be. */
const TABLE_AGE_MS = 200

/** Whether IPVS has the service that leads to this real server, and to it alone. */
function createLeading(clock: Clock, { marks, backend }: MarkedBackend): (at: Target) => boolean {
  let readMs = Number.NEGATIVE_INFINITY
  let led: ReadonlySet<number> = new Set()
  function read(): void {
    const table = readBounded(IPVS_TABLE, IPVS_LIMIT_BYTES)
    const addresses = backend.server.addresses.map(({ address }) => address)
    const services = table.ok ? parseIpvs(table.value) : []
    const leading = services.filter(
      ({ protocol, destinations }) =>
        protocol === 'FWM' &&
        destinations.length > 0 &&
        destinations.every(({ address }) => addresses.includes(address)),
    )
    led = new Set(leading.map(({ port }) => port))
  }
  return ({ family }) => {
    const nowMs = clock.nowMs()
    if (nowMs - readMs >= TABLE_AGE_MS) {
      readMs = nowMs
      read()
    }
    return marks.some((it) => it.family === family && led.has(it.mark))
  }
}
