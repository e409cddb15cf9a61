// What must not be left out of the checks: the addresses that clients ask, and where they come to.
import type { Partly } from './partly.ts'
import type { ConfigDocument } from './schema.ts'
import { type KeyPath, type PlacedComplaint, quoted } from './text/complaint.ts'
import { contains, parseCidr } from './values/cidr.ts'
import { matchesGlob } from './values/glob.ts'
import { parseIp } from './values/ip.ts'
import { electionsOf, type InstanceAt, instancesOf } from './vrrp/vrrp-relations.ts'

type PartlyDocument = Partly<ConfigDocument>

/** A server whose service addresses nobody asks would be called healthy whatever its clients see. */
export function checkExcluded(document: PartlyDocument): PlacedComplaint[] {
  return [...excludedAddresses(document), ...excludedInterfaces(document)]
}

function excludedAddresses(document: PartlyDocument): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const networks = document.addresses?.exclude ?? []
  for (const { name, table } of instancesOf(document)) {
    for (const entry of table.addresses ?? []) {
      const address = entry?.address
      const ip = address === undefined ? null : parseIp(address)
      if (ip === null) continue
      for (const [index, network] of networks.entries()) {
        const cidr = network === undefined ? null : parseCidr(network)
        if (network === undefined || cidr === null || !contains(cidr, ip)) continue
        complaints.push({
          code: 'E_EXCLUDED',
          path: ['addresses', 'exclude', index],
          text: `${quoted(network)} leaves out ${address}, a service address of instance ${quoted(name)}`,
          hint: 'clients ask it, so it must be asked: write a network that does not hold it',
        })
      }
    }
  }
  return complaints
}

function excludedInterfaces(document: PartlyDocument): PlacedComplaint[] {
  const { addresses, keepalived } = document
  const links = new Map<string, string>()
  for (const { name, table } of instancesOf(document)) {
    const link = table.interface ?? keepalived?.interface
    const why = `the addresses of instance ${quoted(name)} come to it`
    if (link !== undefined) links.set(link, why)
    for (const own of vmacsOf(table)) links.set(own, why)
  }
  if (addresses?.standing === true) links.set('lo', 'the standing addresses are on it')
  const complaints: PlacedComplaint[] = []
  for (const [index, glob] of (addresses?.exclude_interfaces ?? []).entries()) {
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
  const { use_vmac: usesVmac, virtual_router_id: id } = table
  if (usesVmac !== true || id === undefined) return []
  return electionsOf(table).has(6) ? [`vrrp.${id}`, `vrrp6.${id}`] : [`vrrp.${id}`]
}
