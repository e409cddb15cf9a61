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
  return Array.isArray(links) ? links.flatMap((link: IpLink) => addressesOf(link)) : null
}

/** What is read of the many things that it prints. */
interface IpLink {
  readonly ifname?: string
  readonly flags?: readonly string[]
  readonly addr_info?: readonly IpAddress[]
}

interface IpAddress {
  readonly family?: string
  readonly local?: string
  readonly prefixlen?: number
  readonly tentative?: boolean
  readonly dadfailed?: boolean
  readonly optimistic?: boolean
  readonly deprecated?: boolean
}

function addressesOf({ ifname = '', flags = [], addr_info = [] }: IpLink): HostAddress[] {
  return addr_info.flatMap((it) => {
    if (it.local === undefined || (it.family !== 'inet' && it.family !== 'inet6')) return []
    const family: Family = it.family === 'inet' ? 4 : 6
    const isLinkLocal = family === 6 && /^fe[89ab]/i.test(it.local)
    return {
      address: isLinkLocal ? `${it.local}%${ifname}` : it.local,
      family,
      interface: ifname,
      loopback: flags.includes('LOOPBACK'),
      state: stateOf(it),
      prefixLength: it.prefixlen ?? (family === 4 ? 32 : 128),
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
