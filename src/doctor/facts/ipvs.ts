// The kernel's table of IPVS, as this host's network has it.
import {
  IPVS_LIMIT_BYTES,
  IPVS_TABLE,
  type IpvsService,
  parseIpvs,
} from '../../balancer/ipvs-table.ts'
import type { Host } from '../host.ts'

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
