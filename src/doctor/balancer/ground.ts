// What checks of a load balancer stand on: the kernel's table, a keepalived that looks after it, and the real servers as the daemon has them.
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  type IpvsService,
  parseIpvs,
} from '../../balancer/ipvs-table.ts'
import type { Read } from '../../ports.ts'
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import { speakingDaemonFact } from '../facts/running-daemon.ts'
import { fact, type Host, persistsFor } from '../host.ts'
import { runningFact } from '../keepalived/installed.ts'

/** Each time anew: weights change. Everybody may read it; it is missing where the module is. */
export function lookAtIpvs({ inspect }: Host): Read<readonly IpvsService[]> {
  const read = inspect.text(IPVS_TABLE, IPVS_LIMIT_BYTES)
  return read.ok ? { ok: true, value: parseIpvs(read.value) } : read
}

/** keepalived follows a file within some hundredths of a second: what is so for longer, stays so. */
export const SETTLED_MS = 2000

/** That IPVS's table can be judged. */
export const ipvsFact = fact(async (host): Promise<true | Skip> => {
  const table = lookAtIpvs(host)
  if (!table.ok)
    return skip(table.why === 'missing' ? 'because of H601: the kernel has no IPVS' : table.error)
  const running = await runningFact(host)
  return isSkip(running) ? running : true
})

/**
 * What a table shows for two seconds, whenever one looks. Against it a restart helps: with lvs_flush,
 * keepalived that starts makes the table anew, whatever somebody has made of it.
 */
export function lastingInTable(
  host: Host,
  look: (table: readonly IpvsService[]) => readonly string[],
): Promise<readonly string[]> {
  return persistsFor(host, SETTLED_MS, async () => {
    const table = lookAtIpvs(host)
    return table.ok ? look(table.value) : []
  })
}

/** Those that have been judged; not empty. */
export const backendsFact = factOf({ daemon: speakingDaemonFact }, ({ daemon: { status } }) => {
  const known = (status.backends ?? []).filter(({ weight }) => weight !== null)
  return known.length > 0 ? known : skip('no real server has been checked yet')
})
