// The kernel's tables of addresses as text: /proc/net/if_inet6, and /proc/net/fib_trie for IPv4.
import type { LocalAddress } from '../../core/check.ts'
import { formatIpv6 } from '../../dns/address-text.ts'

/** One row; the address carries no zone. */
export interface Inet6Row {
  readonly address: string
  readonly interface: string
  readonly linkLocal: boolean
  readonly state: LocalAddress['state']
}

/** Flags of an address (linux/if_addr.h). */
const OPTIMISTIC = 0x04
const DADFAILED = 0x08
const TENTATIVE = 0x40

/** The scope that the kernel prints for fe80::/10 (net/ipv6.h). */
const SCOPE_LINK = 0x20

const ROW = /^([0-9a-f]{32}) [0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)\s+(\S+)$/

/** Reads the table; lines in another form are left out. */
export function parseInet6(text: string): Inet6Row[] {
  const rows: Inet6Row[] = []
  for (const line of text.split('\n')) {
    const match = ROW.exec(line)
    if (match === null) continue
    const [, hex = '', scope = '', flags = '', name = ''] = match
    rows.push({
      address: inet6Text(hex),
      interface: name,
      linkLocal: Number.parseInt(scope, 16) === SCOPE_LINK,
      state: stateOf(Number.parseInt(flags, 16)),
    })
  }
  return rows
}

/** An optimistic address can be used while its uniqueness is still being tested (RFC 4429). */
function stateOf(flags: number): LocalAddress['state'] {
  if ((flags & TENTATIVE) === 0) return 'ready'
  if ((flags & DADFAILED) !== 0) return 'dadfailed'
  return (flags & OPTIMISTIC) !== 0 ? 'ready' : 'tentative'
}

function inet6Text(hex: string): string {
  const bytes = new Uint8Array(16)
  for (let at = 0; at < 16; at += 1) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)
  return formatIpv6(bytes)
}

const LEAF = /^\s+\|-- (\S+)$/
const LOCAL = /^\s+\/32 host LOCAL$/

/** The addresses that this network namespace has, on whatever interface. */
export function parseFibTrie(text: string): ReadonlySet<string> {
  const addresses = new Set<string>()
  let leaf = ''
  for (const line of text.split('\n')) {
    leaf = LEAF.exec(line)?.[1] ?? leaf
    if (LOCAL.test(line)) addresses.add(leaf)
  }
  return addresses
}
