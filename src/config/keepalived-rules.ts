// Rules between the keys of [keepalived], [servers] and instances: what VRRP itself does not allow.

import { checkPassedBlocks, type RenderedNames, routerKey } from './keepalived/pass-through.ts'
import type { DeepPartial } from './key.ts'
import type { PartialDocument, InstanceTable as WholeTable } from './schema.ts'
import { type KeyPath, type LineOf, type PlacedComplaint, quoted } from './text/complaint.ts'
import { formatDuration } from './values/duration.ts'
import { familyOf } from './values/ip.ts'

type InstanceTable = DeepPartial<WholeTable>

/** All complaints about how the values go together, whether or not anything is to be rendered. */
export function checkVrrp(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const instances = instancesOf(document)
  return [
    ...checkAdvert(document),
    ...checkSecret(document),
    ...instances.flatMap((at) => checkFamilies(document, at)),
    ...checkRouterIds(document, instances, lineOf),
    ...checkSplitNames(instances, lineOf),
    ...checkOwnAddresses(document, lineOf),
    ...checkPassedBlocks(
      document.keepalived?.extraLines?.file ?? [],
      renderedOf(document, instances),
    ),
  ]
}

/** What the instances become in keepalived.conf, names and addresses. */
function renderedOf(document: PartialDocument, instances: readonly InstanceAt[]): RenderedNames {
  const names = instances.flatMap(({ name, table }) =>
    isSplit(table) ? [name, ...Object.values(splitNames(name))] : [name],
  )
  const owners = serviceAddressesOf(document).map(({ address, instance }) => {
    return [address, instance] as const
  })
  const routers = instances.flatMap((at) =>
    routersOf(document, at).map((router) => [router, at.name] as const),
  )
  return {
    names: new Set(names),
    owners: new Map(owners),
    routers: new Map(routers),
    balances: document.balancer !== undefined,
  }
}

export interface InstanceAt {
  readonly cluster: string
  readonly name: string
  readonly path: KeyPath
  readonly table: InstanceTable
}

/** Every instance with the place of its table. */
export function instancesOf(document: PartialDocument): InstanceAt[] {
  return Object.entries(document.clusters ?? {}).flatMap(([cluster, { instances = {} } = {}]) =>
    Object.entries(instances).map(([name, table = {}]) => ({
      cluster,
      name,
      path: ['clusters', cluster, 'instances', name],
      table,
    })),
  )
}

export interface ServiceAddressAt {
  readonly address: string
  /** null where none is written, undefined where it could not be read. */
  readonly prefixLength: number | null | undefined
  readonly instance: string
  readonly path: KeyPath
}

/** Every service address that could be read, with its place. */
export function serviceAddressesOf(document: PartialDocument): ServiceAddressAt[] {
  return instancesOf(document).flatMap(({ name: instance, path, table }) =>
    (table.addresses ?? []).flatMap(({ address, prefixLength } = {}, index) =>
      address === undefined
        ? []
        : [{ address, prefixLength, instance, path: [...path, 'addresses', index] }],
    ),
  )
}

/** The families of an instance's addresses. */
function familiesIn(table: InstanceTable): ReadonlySet<4 | 6> {
  const addresses = (table.addresses ?? []).map((address) => address?.address)
  return new Set(addresses.filter((address) => address !== undefined).map(familyOf))
}

/** The families in which an instance holds elections: an excluded one only moves along. */
export function electionsOf(table: InstanceTable): ReadonlySet<4 | 6> {
  const families = familiesIn(table)
  return families.has(4) && table.ipv6 !== 'separate' ? new Set([4]) : families
}

/** Whether the two families of an instance become two instances in a sync group. */
function isSplit(table: InstanceTable): boolean {
  return table.ipv6 === 'separate' && familiesIn(table).size === 2
}

const MAX_V3_MS = 40_000

/** VRRPv2 counts in seconds (RFC 3768 section 5.3.7), VRRPv3 in hundredths (RFC 9568 section 5.2.7). */
function checkAdvert({ keepalived }: PartialDocument): PlacedComplaint[] {
  const { advertIntervalMs, vrrpVersion } = keepalived ?? {}
  if (advertIntervalMs === undefined || vrrpVersion === undefined) return []
  const shown = formatDuration(advertIntervalMs)
  const complain = (text: string, hint: string): PlacedComplaint[] => [
    { code: 'E_ADVERT', path: ['keepalived', 'advert_interval'], text, hint },
  ]
  if (vrrpVersion === 2 && advertIntervalMs % 1000 !== 0) {
    const text = `VRRPv2 counts in whole seconds: keepalived would round ${shown}`
    return complain(text, `write "${Math.ceil(advertIntervalMs / 1000)}s", or vrrp_version = 3`)
  }
  if (vrrpVersion === 3 && advertIntervalMs % 10 !== 0) {
    const text = `VRRPv3 counts in hundredths of a second, and ${shown} is none`
    return complain(text, `write "${Math.ceil(advertIntervalMs / 10) * 10}ms"`)
  }
  if (vrrpVersion === 3 && advertIntervalMs > MAX_V3_MS) {
    return complain(`${shown} is more than VRRPv3 can say`, 'write "40s" or less')
  }
  return []
}

/** RFC 9568 section 1.1: VRRPv3 has no authentication. */
function checkSecret({ keepalived }: PartialDocument): PlacedComplaint[] {
  if ((keepalived?.authPassFile ?? null) === null || keepalived?.vrrpVersion !== 3) return []
  const text = 'VRRPv3 has no authentication: keepalived would ignore the secret'
  const hint = 'remove the key, or write vrrp_version = 2'
  return [{ code: 'E_AUTH', path: ['keepalived', 'auth_pass_file'], at: 'key', text, hint }]
}

function checkFamilies(document: PartialDocument, { path, table }: InstanceAt): PlacedComplaint[] {
  if (table.addresses?.some((address) => address === undefined) !== false) return []
  const families = familiesIn(table)
  const version = document.keepalived?.vrrpVersion
  if (table.ipv6 === 'separate' && families.size === 1) {
    const text = `ipv6 = "separate" has no meaning: all addresses are IPv${[...families].join()}`
    const hint = 'remove the key, or add addresses of the other family'
    return [{ code: 'E_FAMILY', path: [...path, 'ipv6'], text, hint }]
  }
  if (version !== 2 || !electionsOf(table).has(6)) return []
  const text = 'VRRPv2 knows no IPv6'
  const hint = families.has(4)
    ? 'write ipv6 = "follow", or vrrp_version = 3'
    : 'write vrrp_version = 3'
  const key = families.has(4) ? 'ipv6' : 'addresses'
  return [{ code: 'E_FAMILY', path: [...path, key], text, hint }]
}

/** The virtual routers that an instance becomes, one for each of its elections. */
function routersOf({ keepalived }: PartialDocument, { table }: InstanceAt): string[] {
  const { virtualRouterId: id, interface: own } = table
  if (id === undefined) return []
  const link = own ?? keepalived?.interface ?? ''
  return [...electionsOf(table)].map((family) => routerKey(id, family, link))
}

function checkRouterIds(
  document: PartialDocument,
  instances: readonly InstanceAt[],
  lineOf: LineOf,
): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const firsts = new Map<string, InstanceAt>()
  for (const at of instances) {
    const { virtualRouterId: id, interface: own } = at.table
    if (id === undefined) continue
    const link = own ?? document.keepalived?.interface ?? ''
    const keys = routersOf(document, at)
    const first = keys.map((key) => firsts.get(key)).find((other) => other !== undefined)
    if (first === undefined) {
      for (const key of keys) firsts.set(key, at)
      continue
    }
    const path = [...at.path, 'virtual_router_id']
    const line = lineOf([...first.path, 'virtual_router_id'])
    const where = link === '' ? 'the same interface' : link
    complaints.push({
      code: 'E_DUPLICATE_ROUTER',
      path,
      text: `virtual router ${id} on ${where} is instance ${quoted(first.name)} already, on line ${line}`,
      hint: 'give each instance on an interface a number of its own, from 1 to 255',
    })
  }
  return complaints
}

/** The names of the two instances that one becomes. */
function splitNames(name: string): { readonly v4: string; readonly v6: string } {
  return { v4: `${name}-v4`, v6: `${name}-v6` }
}

function checkSplitNames(instances: readonly InstanceAt[], lineOf: LineOf): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  for (const at of instances) {
    if (!isSplit(at.table)) continue
    const names: string[] = Object.values(splitNames(at.name))
    const taken = instances.find((other) => names.includes(other.name))
    if (taken === undefined) continue
    const line = lineOf(taken.path)
    const text = `ipv6 = "separate" makes an instance ${quoted(taken.name)}, which is on line ${line}`
    const hint = 'rename one of the two'
    complaints.push({ code: 'E_DUPLICATE_INSTANCE', path: [...at.path, 'ipv6'], text, hint })
  }
  return complaints
}

/** A server's own address is its alone, and never moves. */
function checkOwnAddresses(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const owners = new Map<string, { what: string; path: KeyPath }>()
  for (const { address, instance, path } of serviceAddressesOf(document))
    owners.set(address, { what: `a service address of ${quoted(instance)}`, path })
  for (const [name, server] of Object.entries(document.servers ?? {})) {
    const own = new Set(server?.addresses?.filter((address) => address !== undefined))
    for (const address of own) {
      const index = server?.addresses?.indexOf(address) ?? 0
      const path = ['servers', name, 'addresses', index]
      const owner = owners.get(address)
      if (owner === undefined) {
        owners.set(address, { what: `an address of server ${quoted(name)}`, path })
        continue
      }
      const text = `${address} is ${owner.what} already, on line ${lineOf(owner.path)}`
      const hint = 'list the addresses that this server alone has'
      complaints.push({ code: 'E_DUPLICATE_ADDRESS', path, text, hint })
    }
  }
  return complaints
}
