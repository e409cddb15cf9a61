// What checks of a load balancer stand on: the kernel's table, a keepalived that looks after it, and the real servers as the daemon has them.
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  type IpvsService,
  parseIpvs,
} from '../../balancer/ipvs-table.ts'
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import { speakingDaemonFact } from '../facts/running-daemon.ts'
import { fact, type Host, persistsFor } from '../host.ts'
import { runningFact } from '../keepalived/installed.ts'

type IpvsReading =
  | { readonly kind: 'table'; readonly services: readonly IpvsService[] }
  /** The module is not there. */
  | { readonly kind: 'missing'; readonly error: string }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Each time anew: weights change. Everybody may read it. */
export function lookAtIpvs({ inspect }: Host): IpvsReading {
  const read = inspect.text(IPVS_TABLE, IPVS_LIMIT_BYTES)
  if (read.ok) return { kind: 'table', services: parseIpvs(read.value) }
  return read.why === 'missing'
    ? { kind: 'missing', error: read.error }
    : { kind: 'unreadable', why: read.error }
}

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

/** Those that have been judged; not empty. */
export const backendsFact = factOf({ daemon: speakingDaemonFact }, ({ daemon: { status } }) => {
  const known = (status.backends ?? []).filter(({ weight }) => weight !== null)
  return known.length > 0 ? known : skip('no real server has been judged yet')
})
