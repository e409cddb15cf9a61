// What checks of a load balancer stand on: the kernel has a table, and keepalived looks after it.
import type { IpvsService } from '../../balancer/ipvs-table.ts'
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { lookAtIpvs } from '../facts/ipvs.ts'
import { fact, type Host } from '../host.ts'
import { runningFact } from '../keepalived/installed.ts'
import { persistsFor } from '../keepalived/retry.ts'

/** keepalived follows a file within some hundredths of a second: what is so for longer, stays so. */
export const SETTLED_MS = 2000

/** That IPVS's table can be judged. */
export const ipvsFact = fact(async (host): Promise<true | Skip> => {
  const reading = lookAtIpvs(host)
  if (reading.kind === 'missing') return skip('IPVS is not in the kernel: H601')
  if (reading.kind === 'unreadable') return skip(reading.why)
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
    const reading = lookAtIpvs(host)
    return reading.kind === 'table' ? look(reading.services) : []
  })
}
