// What `ip` tells: the interfaces of this host, the addresses on them, and their neighbours.

import { type Cidr, canonicalAddress, parseCidr } from '../../config/values/ip.ts'
import type { LocalAddress } from '../../core/check.ts'
import type { Family } from '../../dns/probe.ts'
import { factOf, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'

export interface Link {
  readonly name: string
  /** As `ip link` spells them: UP, LOWER_UP, NO-CARRIER, MULTICAST, LOOPBACK … */
  readonly flags: readonly string[]
  readonly mtu: number
  /** The interface that a virtual one (VLAN, macvlan) rides on, or null. */
  readonly parent: string | null
  /** What kind of virtual interface it is, such as "macvlan"; null for hardware. */
  readonly kind: string | null
  /** Its hardware address, empty where it has none. */
  readonly mac: string
  readonly addresses: readonly LinkAddress[]
}

export interface LinkAddress {
  readonly interface: string
  readonly family: Family
  /** In canonical text form. */
  readonly address: string
  readonly prefixLength: number
  /** "global", "link" or "host". */
  readonly scope: string
  /** IPv4: another address of the same network comes first, and is what the kernel speaks from. */
  readonly secondary: boolean
  /** IPv6: never chosen as a source where there is a choice (RFC 4862 section 5.5.4). */
  readonly deprecated: boolean
  readonly tentative: boolean
  /** IPv6: used while it is still tentative (RFC 4429). */
  readonly optimistic: boolean
  /** Duplicate address detection found another host that has it. */
  readonly dadFailed: boolean
}

export const linksFact = fact(async ({ inspect }): Promise<readonly Link[] | Skip> => {
  const run = await inspect.run('ip', ['-json', '-details', 'address', 'show'])
  if (!run.ok) return skip(`the interfaces are not readable: ${run.error}`)
  const links = run.value.code === 0 ? parseLinks(run.value.stdout) : null
  const said = run.value.stderr.trim().split('\n', 1)[0] ?? ''
  return links ?? skip(`the interfaces are not readable: ip prints ${said || 'nothing'}`)
})

/** What `ip -json -details address show` prints, or null for something else. */
export function parseLinks(text: string): readonly Link[] | null {
  return listIn(text)?.flatMap(readLink) ?? null
}

function listIn(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

type Fields = Readonly<Record<string, unknown>>

function readLink(value: unknown): Link[] {
  const fields = (value ?? {}) as Fields
  const name = fields.ifname
  if (typeof name !== 'string') return []
  const kind = (fields.linkinfo as Fields | undefined)?.info_kind
  const addresses = Array.isArray(fields.addr_info) ? fields.addr_info : []
  return [
    {
      name,
      flags: Array.isArray(fields.flags) ? fields.flags.map(String) : [],
      mtu: Number(fields.mtu),
      parent: typeof fields.link === 'string' ? fields.link : null,
      kind: typeof kind === 'string' ? kind : null,
      mac: typeof fields.address === 'string' ? fields.address : '',
      addresses: addresses.flatMap((address) => readAddress(address, name)),
    },
  ]
}

function readAddress(value: unknown, name: string): LinkAddress[] {
  const fields = (value ?? {}) as Fields
  const address = canonicalAddress(String(fields.local))
  if (address === null) return []
  return [
    {
      interface: name,
      family: fields.family === 'inet6' ? 6 : 4,
      address,
      prefixLength: Number(fields.prefixlen),
      scope: String(fields.scope),
      secondary: fields.secondary === true,
      deprecated: fields.deprecated === true,
      tentative: fields.tentative === true,
      optimistic: fields.optimistic === true,
      dadFailed: fields.dadfailed === true,
    },
  ]
}

/** The network that an address of an interface is in, with the address itself. */
export function networkAt({ address, prefixLength }: Prefixed): Cidr | null {
  return parseCidr(`${address}/${prefixLength}`)
}

type Prefixed = Pick<LinkAddress, 'address' | 'prefixLength'>

export function linkNamed(links: readonly Link[], name: string | null): Link | undefined {
  return links.find((link) => link.name === name)
}

export function isLoopback({ flags }: Link): boolean {
  return flags.includes('LOOPBACK')
}

export function isUp({ flags }: Link): boolean {
  return flags.includes('UP') && flags.includes('LOWER_UP')
}

const MARKS = ['secondary', 'deprecated', 'tentative', 'dadFailed'] as const

/** "192.0.2.53/24 on eth0", with what is out of the ordinary. */
export function describeAddress(address: LinkAddress): string {
  const marks = MARKS.filter((mark) => address[mark]).map((mark) => mark.toLowerCase())
  return [`${address.address}/${address.prefixLength} on ${address.interface}`, ...marks].join(' ')
}

/** The command that takes an address away. */
export function deletion({ address, prefixLength, interface: name }: LinkAddress): string {
  return `ip address del ${address}/${prefixLength} dev ${name}`
}

/** "eth0: <BROADCAST,MULTICAST,UP> mtu 1500", as `ip link` begins. */
export function describeLink({ name, flags, mtu }: Link): string {
  return `${name}: <${flags.join(',')}> mtu ${mtu}`
}

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
  return link.addresses.map((own) => ({
    address: /^fe[89ab][\da-f]:/.test(own.address) ? `${own.address}%${link.name}` : own.address,
    ...{ family: own.family, interface: link.name, loopback: isLoopback(link) },
    ...{ state: stateOf(own), prefixLength: own.prefixLength, deprecated: own.deprecated },
  }))
}

/** An optimistic address can be used while its uniqueness is still being tested (RFC 4429). */
function stateOf({ tentative, dadFailed, optimistic }: LinkAddress): LocalAddress['state'] {
  if (dadFailed) return 'dadfailed'
  return tentative && !optimistic ? 'tentative' : 'ready'
}

export interface Neighbour {
  readonly address: string
  readonly mac: string
}

/**
 * Those whose hardware address is known. One that does not answer has none.
 *
 * @param which as `ip neighbour show` takes it
 */
export async function neighboursIn(
  inspect: Host['inspect'],
  which: readonly string[] = [],
): Promise<readonly Neighbour[]> {
  const run = await inspect.run('ip', ['-json', 'neighbour', 'show', ...which])
  return run.ok && run.value.code === 0 ? parseNeighbours(run.value.stdout) : []
}

/** What `ip -json neighbour show` prints; nothing for something else. */
export function parseNeighbours(text: string): readonly Neighbour[] {
  return (listIn(text) ?? []).flatMap((entry) => {
    const { dst, lladdr } = (entry ?? {}) as Fields
    if (typeof dst !== 'string' || typeof lladdr !== 'string') return []
    return [{ address: dst, mac: lladdr.toLowerCase() }]
  })
}
