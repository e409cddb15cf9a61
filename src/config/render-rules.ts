// Rules for render-config: keys that the daemon does without, and what is allowed and seldom meant.
import { electionsOf, type InstanceAt, instancesOf } from './keepalived-rules.ts'
import { isPlainPath } from './keepalived-table.ts'
import type { PartialDocument } from './schema.ts'
import { type KeyPath, type PlacedComplaint, quoted } from './text/complaint.ts'
import { contains, familyOf, formatCidr, networkOf, parseCidr, parseIp } from './values/ip.ts'
import type { ServiceAddress, VrrpConfig } from './vrrp-config.ts'

/**
 * Everything that is missing for keepalived.conf, each at the table where it belongs.
 *
 * @param server this server, for which unicast needs a source
 */
export function checkNeeds(document: PartialDocument, server: string): PlacedComplaint[] {
  const instances = instancesOf(document)
  return [
    ...instances.flatMap((at) => needsOf(document, at)),
    ...needsOfMode(document),
    ...needsOfUnicast(document, instances, server),
    ...needsOfPaths(document),
  ]
}

function need(path: KeyPath, text: string, hint: string, at?: 'key'): PlacedComplaint {
  return { code: 'E_RENDER', path, text, hint, ...(at === undefined ? {} : { at }) }
}

function needsOf({ keepalived }: PartialDocument, { name, path, table }: InstanceAt) {
  const complaints: PlacedComplaint[] = []
  if (table.virtualRouterId === undefined) {
    const text = `instance ${quoted(name)} has no virtual_router_id`
    const hint =
      'add virtual_router_id = N, from 1 to 255, not used by any other VRRP router on this network'
    complaints.push(need(path, text, hint, 'key'))
  }
  if (table.interface === undefined && keepalived?.interface === undefined) {
    const text = `instance ${quoted(name)} has no interface`
    const hint = 'add interface = "eth0" to it, or under [keepalived] for all instances'
    complaints.push(need(path, text, hint, 'key'))
  }
  for (const [index, written] of (table.addresses ?? []).entries()) {
    if (written?.address === undefined || written.prefixLength !== null) continue
    const { address } = written
    const length = familyOf(address) === 4 ? 24 : 64
    const text = `the service address ${address} has no prefix length`
    const hint = `write "${address}/${length}" with the length of the network on that interface`
    complaints.push(need([...path, 'addresses', index], text, hint))
  }
  return complaints
}

/** A script for each slot, and there is a slot for each server: so all must be known. */
function needsOfMode({ keepalived, servers = {} }: PartialDocument): PlacedComplaint[] {
  if (keepalived?.mode !== 'track_script' || Object.keys(servers).length > 0) return []
  const text =
    'track_script makes one script for each place in the order: how many servers are there?'
  const hint = 'add a table [servers.NAME] for each server that the order files may list'
  return [need(['keepalived', 'mode'], text, hint)]
}

function needsOfUnicast(
  { keepalived, servers = {} }: PartialDocument,
  instances: readonly InstanceAt[],
  server: string,
): PlacedComplaint[] {
  if (keepalived?.peering !== 'unicast') return []
  const here = ['keepalived', 'peering']
  const names = Object.keys(servers)
  if (!names.includes(server)) {
    const text = `unicast needs to know this server, and there is no [servers.${server}]`
    return [need(here, text, `add [servers.${server}] with addresses = ["192.0.2.1"]`)]
  }
  if (names.length === 1) {
    const text = 'unicast needs a server to send to, and [servers] has no other than this one'
    return [need(here, text, 'add a table [servers.NAME] for each server')]
  }
  const families = new Set(instances.flatMap(({ table }) => [...electionsOf(table)]))
  return Object.entries(servers).flatMap(([name, table]) =>
    [...families]
      .filter(
        (family) => !table?.addresses?.some((address) => address && familyOf(address) === family),
      )
      .map((family) => {
        const text = `unicast needs an IPv${family} address of server ${quoted(name)}`
        const hint = `add it to addresses under [servers.${name}]`
        return need(['servers', name], text, hint, 'key')
      }),
  )
}

/** Both stand in a shell's command line and in keepalived's. */
function needsOfPaths({ paths }: PartialDocument): PlacedComplaint[] {
  const written = [['run_dir', paths?.runDir] as const, ['state_dir', paths?.stateDir] as const]
  return written.flatMap(([key, path]) => {
    if (path === undefined || isPlainPath(path)) return []
    const text = `${quoted(path)} has characters that a command line gives a meaning to`
    const hint = 'use letters, digits, "/", ".", "-", "_" and "+" only'
    return [need(['paths', key], text, hint)]
  })
}

/** One sentence each. */
export function adviceOn(vrrp: VrrpConfig): readonly string[] {
  return [...adviceOnSources(vrrp), ...adviceOnSchedulers(vrrp)]
}

/**
 * A scheduler that goes by the address that was asked has one to go by, so that all queries go to one
 * real server; and dh goes on with that when it weighs nothing.
 */
function adviceOnSchedulers({ balancer }: VrrpConfig): readonly string[] {
  const services = balancer?.services.filter((service) => service.lvsSched === 'dh') ?? []
  return services.map(
    ({ name }) =>
      `service ${name}: dh sends all queries for an address to one real server, ` +
      'and goes on with that when it is out; write lvs_sched = "wrr"',
  )
}

/**
 * IPv4 service addresses that would be the source of this host's own queries: the first address of
 * a network on an interface is, for all that goes there, and no server has one of its own in it.
 *
 * @returns one sentence each; none where the file does not say which addresses the servers have
 */
function adviceOnSources(vrrp: VrrpConfig): readonly string[] {
  const own = vrrp.servers
    .flatMap((server) => server.addresses)
    .filter((address) => address.family === 4)
  if (own.length === 0) return []
  return vrrp.instances.flatMap((instance) =>
    instance.addresses.flatMap((service) => {
      const network = networkAlone(service, own)
      if (network === null) return []
      return [
        `${service.address}/${service.prefixLength} of ${instance.name}: no server has an address in ${network}, ` +
          `so its holder's own queries to that network would come from there; write ${service.address}/32`,
      ]
    }),
  )
}

function networkAlone(
  { family, address, prefixLength }: ServiceAddress,
  own: readonly { readonly address: string }[],
): string | null {
  const cidr = parseCidr(`${address}/${prefixLength}`)
  if (family === 6 || prefixLength === 32 || cidr === null) return null
  const network = networkOf(cidr)
  const isShared = own.some((entry) => {
    const ip = parseIp(entry.address)
    return ip !== null && contains(network, ip)
  })
  return isShared ? null : formatCidr(network)
}
