// The kernel's table of IPVS, as this host's network has it.
import { type IpvsService, parseIpvs } from '../../balancer/ipvs-table.ts'
import type { Host } from '../host.ts'

export const IPVS_TABLE = '/proc/net/ip_vs'

type IpvsReading =
  | { readonly kind: 'table'; readonly services: readonly IpvsService[] }
  /** The module is not there. */
  | { readonly kind: 'missing'; readonly error: string }
  | { readonly kind: 'unreadable'; readonly why: string }

/** A line is 60 characters: room for tens of thousands of real servers. */
const LIMIT_BYTES = 4 * 1024 * 1024

/** Each time anew: weights change. Everybody may read it. */
export function lookAtIpvs({ inspect }: Host): IpvsReading {
  const read = inspect.text(IPVS_TABLE, LIMIT_BYTES)
  if (read.ok) return { kind: 'table', services: parseIpvs(read.value) }
  return read.why === 'missing'
    ? { kind: 'missing', error: read.error }
    : { kind: 'unreadable', why: read.error }
}
