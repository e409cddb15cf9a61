// Rules for where questions are sent from: a source of this host's own, and source ports that there are.

import { LOWEST_PORT, PORTS_EACH } from './balancer-table.ts'
import { serviceAddressesOf } from './keepalived-rules.ts'
import type { PartialDocument } from './schema.ts'
import type { PlacedComplaint } from './text/complaint.ts'
import { familyOf } from './values/ip.ts'

type PartialBalancer = NonNullable<PartialDocument['balancer']>

/**
 * All complaints about where real servers are asked from, and how the virtual addresses would be
 * checked; none without a balancer.
 *
 * @param server this server, whose own addresses may be listed under [servers]
 */
export function checkQuestions(document: PartialDocument, server: string): PlacedComplaint[] {
  const { balancer, servers } = document
  if (balancer === undefined) return []
  const complaints = checkSourceStays(document, balancer)
  if (balancer.checkVirtual !== true) return complaints
  const own = servers?.[server]?.addresses ?? []
  return [...complaints, ...checkSource(balancer, own, server), ...checkPorts(balancer)]
}

/** A host that does not hold the address cannot ask from it, and finds every real server failed. */
function checkSourceStays(document: PartialDocument, { source = [] }: PartialBalancer) {
  const moved = new Set(serviceAddressesOf(document).map(({ address }) => address))
  return source.flatMap((address, index): PlacedComplaint[] => {
    if (address === undefined || !moved.has(address)) return []
    const text = `${address} is a service address, and responses go to the server that holds it`
    const hint = 'write an address that this host always has'
    return [{ code: 'E_ADDRESS', path: ['balancer', 'source', index], text, hint }]
  })
}

type Addresses = readonly (string | undefined)[]

/**
 * The balancer that holds a virtual address would have the kernel choose that very address to ask
 * from, and no answer would come back.
 */
function checkSource(balancer: PartialBalancer, own: Addresses, server: string): PlacedComplaint[] {
  const written = balancer.source ?? []
  const virtual = Object.values(balancer.services ?? {}).flatMap((service) =>
    service?.lvsMethod === 'nat' ? [] : (service?.addresses ?? []),
  )
  const all = [...written, ...own]
  // One that could not be read may be of either family.
  if (all.includes(undefined)) return []
  const complaints: PlacedComplaint[] = []
  for (const family of [4, 6] as const) {
    const isOf = (address: string | undefined) =>
      address !== undefined && familyOf(address) === family
    if (!virtual.some(isOf) || all.some(isOf)) continue
    const text = `check_virtual has no IPv${family} source address`
    const example = family === 4 ? '192.0.2.5' : '2001:db8::5'
    const hint = `write one of this host in source, such as "${example}", or in addresses of [servers.${server}]`
    complaints.push({ code: 'E_FAMILY', path: ['balancer', 'check_virtual'], text, hint })
  }
  return complaints
}

function checkPorts({ services, checkSourcePortBase: first }: PartialBalancer): PlacedComplaint[] {
  if (first === undefined) return []
  const backends = Object.values(services ?? {}).reduce(
    (sum, service) =>
      sum + (service?.lvsMethod === 'nat' ? 0 : Object.keys(service?.servers ?? {}).length),
    0,
  )
  const highest = 65_536 - backends * PORTS_EACH
  if (first <= highest) return []
  const text = `${backends} real servers need ${backends * PORTS_EACH} ports, and from ${first} on there are ${65_536 - first}`
  const fits = highest >= LOWEST_PORT
  const most = Math.floor((65_536 - LOWEST_PORT) / PORTS_EACH)
  const hint = fits ? `write ${highest} or less` : `at most ${most} can be asked this way`
  return [{ code: 'E_RANGE', path: ['balancer', 'check_source_port_base'], text, hint }]
}
