// The addresses on this host's interfaces, as `ip` tells them.
import type { LocalAddress } from '../../core/target.ts'
import { factOf } from '../doctor-check.ts'
import { isLoopback, type Link, type LinkAddress, linksFact, parseLinks } from './ip-links.ts'

export interface HostAddress extends Omit<LocalAddress, 'sinceMs'> {
  readonly prefixLength: number
  /** IPv6: nothing is sent from it by itself. */
  readonly deprecated: boolean
}

export const addressesFact = factOf({ links: linksFact }, ({ links }) => links.flatMap(addressesOf))

/** Reads the output of `ip -json address show`; null when it is something else. */
export function parseAddresses(text: string): readonly HostAddress[] | null {
  return parseLinks(text)?.flatMap(addressesOf) ?? null
}

function addressesOf(link: Link): HostAddress[] {
  return link.addresses.map((address) => ({
    address: /^fe[89ab][\da-f]:/.test(address.address)
      ? `${address.address}%${link.name}`
      : address.address,
    family: address.family,
    interface: link.name,
    loopback: isLoopback(link),
    state: stateOf(address),
    prefixLength: address.prefixLength,
    deprecated: address.deprecated,
  }))
}

/** An optimistic address can be used while its uniqueness is still being tested (RFC 4429). */
function stateOf({ tentative, dadFailed, optimistic }: LinkAddress): LocalAddress['state'] {
  if (dadFailed) return 'dadfailed'
  return tentative && !optimistic ? 'tentative' : 'ready'
}
