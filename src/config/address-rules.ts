// Service addresses that nobody would ask: no client, because of their network, or no check, because they are left out.

import {
  electionsOf,
  type InstanceAt,
  instancesOf,
  type ServiceAddressAt,
  serviceAddressesOf,
} from './keepalived-rules.ts'
import type { PartialDocument } from './schema.ts'
import { type KeyPath, type PlacedComplaint, quoted } from './text/complaint.ts'
import {
  type Cidr,
  contains,
  formatCidr,
  hasHostBits,
  networkOf,
  parseCidr,
  parseIp,
} from './values/ip.ts'
import { matchesGlob } from './values/name.ts'

/** A server whose service addresses nobody asks would be called healthy whatever its clients see. */
export function checkServed(document: PartialDocument): PlacedComplaint[] {
  return [...unaskable(document), ...excludedAddresses(document), ...excludedInterfaces(document)]
}

function excludedAddresses(document: PartialDocument): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const networks = document.addresses?.exclude ?? []
  for (const { address, instance } of serviceAddressesOf(document)) {
    const ip = parseIp(address)
    if (ip === null) continue
    for (const [index, network] of networks.entries()) {
      const cidr = network === undefined ? null : parseCidr(network)
      if (network === undefined || cidr === null || !contains(cidr, ip)) continue
      const text = `${quoted(network)} leaves out ${address}, a service address of instance ${quoted(instance)}`
      const hint = 'clients ask it, so it must be asked: write a network that does not hold it'
      complaints.push({ code: 'E_EXCLUDED', path: ['addresses', 'exclude', index], text, hint })
    }
  }
  return complaints
}

function excludedInterfaces(document: PartialDocument): PlacedComplaint[] {
  const { addresses, keepalived } = document
  const links = new Map<string, string>()
  for (const { name, table } of instancesOf(document)) {
    const link = table.interface ?? keepalived?.interface
    const why = `the addresses of instance ${quoted(name)} come to it`
    if (link !== undefined) links.set(link, why)
    for (const own of vmacsOf(table)) links.set(own, why)
  }
  if (addresses?.serviceAddressesOnLoopback === true)
    links.set('lo', 'the loopback service addresses are on it')
  const complaints: PlacedComplaint[] = []
  for (const [index, glob] of (addresses?.excludeInterfaces ?? []).entries()) {
    if (glob === undefined) continue
    const path: KeyPath = ['addresses', 'exclude_interfaces', index]
    for (const [link, why] of links) {
      if (!matchesGlob(glob, link)) continue
      const text = `${quoted(glob)} leaves out the interface ${link}: ${why}`
      const hint = 'clients ask there, so it must be asked: remove it, or write a narrower pattern'
      complaints.push({ code: 'E_EXCLUDED', path, text, hint })
    }
  }
  return complaints
}

/** The interfaces that keepalived makes for a virtual MAC address: the second where the first is taken. */
function vmacsOf(table: InstanceAt['table']): string[] {
  const { useVmac, virtualRouterId: id } = table
  if (useVmac !== true || id === undefined) return []
  return electionsOf(table).has(6) ? [`vrrp.${id}`, `vrrp6.${id}`] : [`vrrp.${id}`]
}

interface Written {
  /** One address where no prefix length is written. */
  readonly cidr: Cidr
  readonly shown: string
  readonly path: KeyPath
}

/**
 * The network itself and its broadcast address are nobody's (RFC 1122 section 3.2.1.3), and at the
 * address of an IPv6 network routers answer (RFC 4291 section 2.6.1). A network of two addresses has
 * neither (RFC 3021, RFC 6164). Told by the prefix lengths of all service addresses: one that is written
 * as /32, or without any, may be the broadcast address of its neighbours' network.
 */
function unaskable(document: PartialDocument): PlacedComplaint[] {
  const all = serviceAddressesOf(document).flatMap(asWritten)
  const networks = new Map(
    all
      .filter(({ cidr }) => cidr.prefixLength > 0)
      .map(({ cidr }) => networkOf(cidr))
      .map((cidr) => [formatCidr(cidr), cidr] as const),
  )
  return all.flatMap(({ cidr, shown, path }) => {
    const hint = 'list the addresses that clients send their queries to'
    const complain = (why: string): PlacedComplaint[] => [
      {
        code: 'E_ADDRESS',
        path,
        text: `${quoted(shown)} cannot be a service address: ${why}`,
        hint,
      },
    ]
    if (cidr.prefixLength === 0)
      return complain('with prefix length 0 the whole world would be on that interface')
    for (const [name, network] of networks) {
      const why = whyNobodys(cidr, network)
      if (why !== null) return complain(`it is ${why} ${name}`)
    }
    return []
  })
}

function asWritten({ address, prefixLength, path }: ServiceAddressAt): Written[] {
  if (prefixLength === undefined) return []
  const shown = prefixLength === null ? address : `${address}/${prefixLength}`
  const cidr = parseCidr(shown)
  return cidr === null ? [] : [{ cidr, shown, path }]
}

function whyNobodys({ address }: Cidr, network: Cidr): string | null {
  const { prefixLength } = network
  const widest = address.bytes.length * 8
  if (widest - prefixLength < 2 || !contains(network, address)) return null
  if (!hasHostBits({ address, prefixLength })) {
    return address.family === 6
      ? 'the anycast address of all routers in'
      : 'the address of the network'
  }
  const inverted = { ...address, bytes: address.bytes.map((byte) => ~byte & 0xff) }
  const isLast = !hasHostBits({ address: inverted, prefixLength })
  return address.family === 4 && isLast ? 'the broadcast address of' : null
}
