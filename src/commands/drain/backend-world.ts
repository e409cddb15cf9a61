// What drain and undrain of a real server look at: the daemon's status, the kernel's IPVS table.
import { readBounded } from '../../adapters/atomic-file.ts'
import { createClock } from '../../adapters/clock.ts'
import { readStatusFile } from '../../adapters/status-file.ts'
import { backendsNamed, halvesOf } from '../../balancer/backend.ts'
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  parseIpvs,
  type Traffic,
  trafficTo,
} from '../../balancer/ipvs-table.ts'
import { type Backend, backendsOf } from '../../config/balancer-backends.ts'
import type { BalancerConfig } from '../../config/balancer-table.ts'
import type { Config } from '../../config/config.ts'
import { backendOverridePath } from '../../documents/override-document.ts'
import type { BackendStatus } from '../../documents/status-document.ts'
import type { Clock, Result } from '../../ports.ts'
import { pause } from '../../runtime/pause.ts'
import { thereIsNo } from './operator-order.ts'

export interface BackendWorld {
  readonly clock: Clock
  readonly balancer: BalancerConfig
  /** Those that are meant, one at least. */
  readonly backends: readonly Backend[]
  pathOf(backend: Backend): string
  /** What the daemon says of all backends, or null while its status is not fresh. */
  statuses(): readonly BackendStatus[] | null
  /** The status of each of `backends` that has one. */
  own(): readonly BackendStatus[]
  /** What the kernel sends to them; null where it has no table. */
  inKernel(): Traffic | null
  /** Looks until it holds, for this long at most. */
  until(holds: () => boolean, limitMs: number, isCancelled: () => boolean): Promise<boolean>
}

const LOOK_EVERY_MS = 50

/** An error is about the name or the configuration. */
export function createBackendWorld(config: Config, name: string): Result<BackendWorld> {
  const { balancer, paths } = config
  if (balancer === null)
    return { ok: false, error: 'no [balancer] in the configuration: there are no real servers' }
  const all = backendsOf(balancer)
  const backends = backendsNamed(name, all)
  if (backends.length === 0) {
    const [names, servers] = [
      all.map((backend) => backend.name),
      all.map(({ server }) => server.name),
    ]
    return { ok: false, error: thereIsNo('real server', name, names, servers) }
  }
  const clock = createClock()
  const statuses = () => {
    const reading = readStatusFile(paths.runDir)
    return reading.kind === 'fresh' ? (reading.document.backends ?? null) : null
  }
  const inKernel = () => {
    const table = readBounded(IPVS_TABLE, IPVS_LIMIT_BYTES)
    if (!table.ok) return null
    return trafficTo(parseIpvs(table.value), backends.map(halvesOf))
  }
  return {
    ok: true,
    value: {
      clock,
      balancer,
      backends,
      pathOf: (backend) => backendOverridePath(paths.stateDir, backend.name),
      statuses,
      own: () =>
        (statuses() ?? []).filter(({ backend }) => backends.some(({ name }) => name === backend)),
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

/** "recdns.ns1" or "recdns.ns1, web.ns1". */
export function namesOf(backends: readonly Backend[]): string {
  return backends.map(({ name }) => name).join(', ')
}
