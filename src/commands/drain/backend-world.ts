// What drain and undrain of a real server look at: the daemon's status, the kernel's IPVS table.
import { readBounded } from '../../adapters/atomic-file.ts'
import { createClock } from '../../adapters/clock.ts'
import { type Backend, backendsNamed, backendsOf } from '../../balancer/backend.ts'
import { halvesIn, parseIpvs } from '../../balancer/ipvs-table.ts'
import { readStatusFile } from '../../cli/status-file.ts'
import type { BalancerConfig, FamilyAddress } from '../../config/balancer/balancer-config.ts'
import type { Config } from '../../config/config.ts'
import { suggest } from '../../config/text/suggest.ts'
import type { BackendStatus } from '../../documents/status.ts'
import type { Clock, Result } from '../../ports.ts'
import { pause } from '../../runtime/pause.ts'
import { backendOverridePath } from './backend-override.ts'

export interface BackendWorld {
  readonly clock: Clock
  readonly balancer: BalancerConfig
  /** Those that are meant, one at least. */
  readonly backends: readonly Backend[]
  pathOf(backend: Backend): string
  /** What the daemon says of all backends, or null while its status is not fresh. */
  statuses(): readonly BackendStatus[] | null
  /**
   * The most that one of them weighs in the kernel, and the active connections of all; null where
   * the kernel has no table.
   */
  inKernel(): { readonly weight: number; readonly active: number } | null
  /** Looks until it holds, for this long at most. */
  until(holds: () => boolean, limitMs: number, isCancelled: () => boolean): Promise<boolean>
}

export const IPVS_TABLE = '/proc/net/ip_vs'
/** A line is some sixty bytes: this is room for sixty thousand real servers. */
export const IPVS_LIMIT_BYTES = 4 * 1024 * 1024
const LOOK_EVERY_MS = 50

/** An error is about the name or the configuration. */
export function createBackendWorld(config: Config, name: string): Result<BackendWorld> {
  const { balancer, paths } = config
  if (balancer === null)
    return { ok: false, error: 'the configuration has no [balancer], so there is no real server' }
  const all = backendsOf(balancer)
  const backends = backendsNamed(name, all)
  if (backends.length === 0) return { ok: false, error: unknown(name, all) }
  const clock = createClock()
  const textsOf = (all: readonly FamilyAddress[]) => all.map(({ address }) => address)
  const inKernel = () => {
    const table = readBounded(IPVS_TABLE, IPVS_LIMIT_BYTES)
    if (!table.ok) return null
    const services = parseIpvs(table.value)
    const each = backends.map(({ server, service }) => {
      const { addresses, port } = service
      return halvesIn(services, {
        virtual: textsOf(addresses),
        real: textsOf(server.addresses),
        port,
      })
    })
    return {
      weight: Math.max(...each.map(({ weight }) => weight)),
      active: each.reduce((sum, { active }) => sum + active, 0),
    }
  }
  return {
    ok: true,
    value: {
      clock,
      balancer,
      backends,
      pathOf: (backend) => backendOverridePath(paths.stateDir, backend.name),
      statuses() {
        const reading = readStatusFile(paths.runDir)
        return reading.kind === 'fresh' ? (reading.document.backends ?? null) : null
      },
      inKernel,
      async until(holds, limitMs, isCancelled) {
        const endMs = clock.nowMs() + limitMs
        while (!holds()) {
          if (isCancelled() || clock.nowMs() >= endMs) return false
          await pause(clock, LOOK_EVERY_MS)
        }
        return true
      },
    },
  }
}

function unknown(name: string, all: readonly Backend[]): string {
  const names = all.map((backend) => backend.name)
  const nearest = suggest(name, [...names, ...all.map(({ server }) => server.name)])
  const advice = nearest === null ? `there are ${names.join(', ')}` : `did you mean ${nearest}?`
  return `there is no real server "${name}"; ${advice}`
}

/** "recdns.ns1" or "recdns.ns1 and web.ns1". */
export function namesOf(backends: readonly Backend[]): string {
  return backends.map(({ name }) => name).join(' and ')
}

/** The status of each of these that has one. */
export function statusesOf(
  backends: readonly Backend[],
  statuses: readonly BackendStatus[] | null,
): readonly BackendStatus[] {
  return (statuses ?? []).filter((it) => backends.some(({ name }) => name === it.backend))
}
