// The addresses on this host's interfaces, as `ip` tells them.
import type { LocalAddress } from '../../core/target.ts'
import type { Family } from '../../dns/probe.ts'
import { fact } from '../host.ts'

export interface HostAddress extends Omit<LocalAddress, 'sinceMs'> {
  readonly prefixLength: number
  /** IPv6: nothing is sent from it by itself. */
  readonly deprecated: boolean
  readonly interfaceUp: boolean
}

export type AddressTable =
  | { readonly kind: 'addresses'; readonly addresses: readonly HostAddress[] }
  | { readonly kind: 'unreadable'; readonly why: string }

export const addressesFact = fact(async ({ inspect }): Promise<AddressTable> => {
  const run = await inspect.run('ip', ['-json', 'address', 'show'])
  if (!run.ok) return { kind: 'unreadable', why: run.error }
  const { code, stdout, stderr } = run.value
  if (code !== 0) return { kind: 'unreadable', why: stderr.trim() || `ip ended with ${code}` }
  const addresses = parseAddresses(stdout)
  if (addresses === null) return { kind: 'unreadable', why: 'ip did not print what it should' }
  return { kind: 'addresses', addresses }
})

/** Reads the output of `ip -json address show`; null when it is something else. */
export function parseAddresses(text: string): readonly HostAddress[] | null {
  let links: unknown
  try {
    links = JSON.parse(text)
  } catch {
    return null
  }
  return Array.isArray(links) ? links.flatMap((link: unknown) => addressesOf(link)) : null
}

/** What is read of the many things that it prints. */
interface IpLink {
  readonly ifname?: unknown
  readonly flags?: unknown
  readonly addr_info?: unknown
}

interface IpAddress {
  readonly family?: unknown
  readonly local?: unknown
  readonly prefixlen?: unknown
  readonly tentative?: unknown
  readonly dadfailed?: unknown
  readonly optimistic?: unknown
  readonly deprecated?: unknown
}

function addressesOf(link: unknown): HostAddress[] {
  const { ifname, flags: given, addr_info } = (link ?? {}) as IpLink
  if (typeof ifname !== 'string' || !Array.isArray(addr_info)) return []
  const flags: readonly unknown[] = Array.isArray(given) ? given : []
  return addr_info.flatMap((one: unknown) => {
    const it = (one ?? {}) as IpAddress
    if (typeof it.local !== 'string' || (it.family !== 'inet' && it.family !== 'inet6')) return []
    const family: Family = it.family === 'inet' ? 4 : 6
    const isLinkLocal = family === 6 && /^fe[89ab]/i.test(it.local)
    return {
      address: isLinkLocal ? `${it.local}%${ifname}` : it.local,
      family,
      interface: ifname,
      loopback: flags.includes('LOOPBACK'),
      state: stateOf(it),
      prefixLength: typeof it.prefixlen === 'number' ? it.prefixlen : family === 4 ? 32 : 128,
      deprecated: it.deprecated === true,
      interfaceUp: flags.includes('UP'),
    }
  })
}

/** An optimistic address can be used while its uniqueness is still being tested (RFC 4429). */
function stateOf({ tentative, dadfailed, optimistic }: IpAddress): LocalAddress['state'] {
  if (dadfailed === true) return 'dadfailed'
  return tentative === true && optimistic !== true ? 'tentative' : 'ready'
}
