// Rules between the keys of [balancer]: families that fit, addresses that move, a quorum within reach.

import { serviceAddressesOf } from './keepalived-rules.ts'
import type { PartialDocument } from './schema.ts'
import { type KeyPath, type LineOf, type PlacedComplaint, quoted } from './text/complaint.ts'
import { familyOf } from './values/ip.ts'

type PartialBalancer = NonNullable<PartialDocument['balancer']>
type ServiceTable = NonNullable<NonNullable<PartialBalancer['services']>[string]>

interface Owner {
  /** Such as "a virtual address of service …". */
  readonly what: string
  readonly path: KeyPath
}

/** What an address is already, and where that stands. */
type Owners = ReadonlyMap<string, Owner>

interface ServiceAt {
  readonly name: string
  readonly path: KeyPath
  readonly table: ServiceTable
}

/** All complaints about how the values of a balancer go together; none without one. */
export function checkBalancer(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const { balancer } = document
  if (balancer === undefined) return []
  const services = Object.entries(balancer.services ?? {}).map(([name, table = {}]) => {
    return { name, path: ['balancer', 'services', name], table }
  })
  const taken = new Map([...balancerOwners(document), ...virtualOwners(services)])
  return [
    ...checkLoopback(document),
    ...checkServices(balancer, services),
    ...onePerFamily(balancer.source, ['balancer', 'source'], 'probes are sent from'),
    ...checkVirtualAddresses(document, services, lineOf),
    ...services.flatMap((at) => checkService(at)),
    ...services.flatMap((at) => checkRealAddresses(at, taken, lineOf)),
  ]
}

/**
 * On loopback a virtual address belongs to a real server, which answers what is sent there. A
 * balancer has none of them but what VRRP gives it: a query of its own would find nobody.
 */
function checkLoopback({ addresses }: PartialDocument): PlacedComplaint[] {
  if (addresses?.serviceAddressesOnLoopback !== true) return []
  const text = 'a balancer answers at no address itself, so none may be on its loopback interface'
  const hint =
    'remove the key here; the real servers have service_addresses_on_loopback = true in files of their own'
  return [{ code: 'E_LOOPBACK', path: ['addresses', 'service_addresses_on_loopback'], text, hint }]
}

function checkServices(
  balancer: PartialBalancer,
  services: readonly ServiceAt[],
): PlacedComplaint[] {
  if (balancer.services !== undefined && services.length === 0) {
    const text = 'the balancer has no service'
    const hint = 'add [balancer.services.NAME] with addresses = ["…"], or remove [balancer]'
    return [{ code: 'E_MISSING_KEY', path: ['balancer'], at: 'key', text, hint }]
  }
  return services.flatMap(({ name, path, table }): PlacedComplaint[] => {
    const missing = (what: string, hint: string): PlacedComplaint => {
      const text = `service ${quoted(name)} has no ${what}`
      return { code: 'E_MISSING_KEY', path, at: 'key', text, hint }
    }
    const address = missing('virtual address', 'write addresses = ["192.0.2.53"]')
    const server = missing('real server', `add [balancer.services.${name}.servers.NAME]`)
    return [
      ...(table.addresses?.length === 0 ? [address] : []),
      ...(table.servers !== undefined && Object.keys(table.servers).length === 0 ? [server] : []),
    ]
  })
}

/** VRRP moves a virtual address between balancers: one that stays where it is would be lost with its host. */
function checkVirtualAddresses(
  document: PartialDocument,
  services: readonly ServiceAt[],
  lineOf: LineOf,
): PlacedComplaint[] {
  const moved = new Set(serviceAddressesOf(document).map(({ address }) => address))
  const complaints: PlacedComplaint[] = []
  const firsts = new Map<string, { readonly service: string; readonly path: KeyPath }>()
  for (const { name, path, table } of services) {
    for (const [index, address] of (table.addresses ?? []).entries()) {
      if (address === undefined) continue
      const here = [...path, 'addresses', index]
      if (!moved.has(address)) {
        const text = `no instance has the virtual address ${address}`
        const hint =
          'list it in addresses of [clusters.CLUSTER.instances.INSTANCE], so that it can move'
        complaints.push({ code: 'E_NOT_MOVED', path: here, text, hint })
      }
      const key = `${address} ${table.port}`
      const first = firsts.get(key)
      if (first === undefined) {
        firsts.set(key, { service: name, path: here })
        continue
      }
      const where = `service ${quoted(first.service)} has it on line ${lineOf(first.path)}`
      const text = `port ${table.port} of ${address} is balanced twice: ${where}`
      const hint = 'remove it from one of the two, or give one another port'
      complaints.push({ code: 'E_DUPLICATE_ADDRESS', path: here, text, hint })
    }
  }
  return complaints
}

function checkService({ name, path, table }: ServiceAt): PlacedComplaint[] {
  const families = familiesIn(table.addresses)
  const servers = Object.entries(table.servers ?? {})
  const complaints = onePerFamily(
    table.sorryServer,
    [...path, 'sorry_server'],
    'clients are sent to',
  )
  if (families === null || families.size === 0) return complaints
  complaints.push(...otherFamilies(table.sorryServer, families, name, [...path, 'sorry_server']))
  for (const [server, entry] of servers) {
    const at = [...path, 'servers', server]
    complaints.push(
      ...otherFamilies(entry?.addresses, families, name, [...at, 'addresses']),
      ...onePerFamily(entry?.addresses, [...at, 'addresses'], 'a real server is probed at'),
      ...missingFamilies(entry?.addresses, families, server, at),
    )
  }
  if (table.quorum !== undefined && servers.length > 0 && table.quorum > servers.length) {
    const count = servers.length === 1 ? '1 real server' : `${servers.length} real servers`
    const text = `a quorum of ${table.quorum} cannot be reached with ${count}`
    const hint = `write ${servers.length === 1 ? '1' : `a number from 1 to ${servers.length}`}`
    complaints.push({ code: 'E_QUORUM', path: [...path, 'quorum'], text, hint })
  }
  return complaints
}

type Addresses = readonly (string | undefined)[] | undefined

/** null where some of them could not be read. */
function familiesIn(addresses: Addresses): ReadonlySet<4 | 6> | null {
  const known = addresses?.filter((address) => address !== undefined)
  return known === undefined || known.length < (addresses?.length ?? 0)
    ? null
    : new Set(known.map(familyOf))
}

function onePerFamily(addresses: Addresses, path: KeyPath, what: string): PlacedComplaint[] {
  const seen = new Map<4 | 6, string>()
  return (addresses ?? []).flatMap((address, index): PlacedComplaint[] => {
    if (address === undefined) return []
    const family = familyOf(address)
    const first = seen.get(family)
    seen.set(family, first ?? address)
    if (first === undefined) return []
    const text = `${address} is a second IPv${family} address that ${what}, beside ${first}`
    const hint = 'write one of each family'
    return [{ code: 'E_FAMILY', path: [...path, index], text, hint }]
  })
}

function otherFamilies(
  addresses: Addresses,
  families: ReadonlySet<4 | 6>,
  service: string,
  path: KeyPath,
): PlacedComplaint[] {
  return (addresses ?? []).flatMap((address, index): PlacedComplaint[] => {
    if (address === undefined || families.has(familyOf(address))) return []
    const text = `service ${quoted(service)} has no virtual address of the family of ${address}`
    const hint = `add an IPv${familyOf(address)} address to the service, or remove this one`
    return [{ code: 'E_FAMILY', path: [...path, index], text, hint }]
  })
}

function missingFamilies(
  addresses: Addresses,
  families: ReadonlySet<4 | 6>,
  server: string,
  path: KeyPath,
): PlacedComplaint[] {
  const own = familiesIn(addresses)
  if (own === null) return []
  return [...families]
    .filter((family) => !own.has(family))
    .map((family) => {
      const text = `real server ${quoted(server)} has no IPv${family} address, and its service has`
      const hint = `write one in its addresses, such as "${family === 4 ? '192.0.2.11' : '2001:db8::11'}"`
      return { code: 'E_FAMILY', path, at: 'key', text, hint }
    })
}

/**
 * Two real servers of a service that are one would take it out by halves. A sorry server that is one
 * of them would be asked though it is drained, and one that is a virtual address would ask nobody.
 */
function checkRealAddresses(
  { path, table }: ServiceAt,
  taken: Owners,
  lineOf: LineOf,
): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const owners = new Map(taken)
  const complain = (address: string, owner: Owner, at: KeyPath) => {
    const text = `${address} is ${owner.what} already, on line ${lineOf(owner.path)}`
    const hint =
      at.at(3) === 'sorry_server'
        ? 'name a server that is none of them; without one, all real servers get queries when all fail'
        : 'list the addresses that this real server alone has'
    complaints.push({ code: 'E_DUPLICATE_ADDRESS', path: at, text, hint })
  }
  for (const [name, server] of Object.entries(table.servers ?? {})) {
    for (const [index, address] of (server?.addresses ?? []).entries()) {
      if (address === undefined) continue
      const here = [...path, 'servers', name, 'addresses', index]
      const owner = owners.get(address)
      if (owner === undefined)
        owners.set(address, { what: `an address of real server ${quoted(name)}`, path: here })
      else if (owner.path.at(3) !== 'servers' || owner.path.at(4) !== name)
        complain(address, owner, here)
    }
  }
  for (const [index, address] of (table.sorryServer ?? []).entries()) {
    const owner = address === undefined ? undefined : owners.get(address)
    if (address !== undefined && owner !== undefined)
      complain(address, owner, [...path, 'sorry_server', index])
  }
  return complaints
}

function virtualOwners(services: readonly ServiceAt[]): Owners {
  const owners = new Map<string, Owner>()
  for (const { name, path, table } of services) {
    for (const [index, address] of (table.addresses ?? []).entries()) {
      const what = `a virtual address of service ${quoted(name)}`
      if (address !== undefined && !owners.has(address))
        owners.set(address, { what, path: [...path, 'addresses', index] })
    }
  }
  return owners
}

/**
 * What one balancer hands to the other arrives at a host that has not got the virtual address, or
 * whose answers pass nobody who could translate them. One that is alone hands it to itself.
 */
function balancerOwners({ servers = {} }: PartialDocument): Owners {
  const all = Object.entries(servers)
  if (all.length < 2) return new Map()
  return new Map(
    all.flatMap(([name, server]) =>
      (server?.addresses ?? []).flatMap((address, index) => {
        const what = `an address of balancer ${quoted(name)}`
        const path = ['servers', name, 'addresses', index]
        return address === undefined ? [] : [[address, { what, path }] as const]
      }),
    ),
  )
}
