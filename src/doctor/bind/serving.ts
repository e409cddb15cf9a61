// Who answers DNS queries on this host, and what the daemon asks of him, worked out without the daemon.

import { buildGroups } from '../../config/build.ts'
import { addressesTable } from '../../config/checks-table.ts'
import type { AddressConfig, ProbeGroupConfig } from '../../config/config.ts'
import type { Endpoint } from '../../core/check.ts'
import { addressFilter } from '../../core/probed-addresses.ts'
import type { Transport } from '../../dns/probe.ts'
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import type { ListeningSocket } from '../facts/dns-sockets.ts'
import { type PortOwners, portOwnersFact } from '../facts/dns-sockets.ts'
import { addressesFact, type HostAddress } from '../facts/ip-command.ts'
import { configFact, serviceAddressesIn } from '../facts/loaded-config.ts'
import { type NamedFact, namedFact } from '../facts/named.ts'
import type { Process } from '../facts/proc.ts'
import { fact } from '../host.ts'

/** The words of a configuration, or of the defaults where it cannot be used. */
export interface Plan {
  /** Local addresses that are probed, each once; those that nothing can be bound to are left out. */
  readonly addresses: readonly HostAddress[]
  readonly groups: readonly ProbeGroupConfig[]
  /** Of all instances; none without a configuration. */
  readonly serviceAddresses: readonly string[]
  /** The addresses of [servers], this one among them. */
  readonly servers: readonly string[]
  readonly onLoopback: boolean
  readonly periodMs: number
}

type Filter = Pick<AddressConfig, 'exclude' | 'excludeInterfaces'>

export const planFact = fact(async (host): Promise<Plan | Skip> => {
  const [all, usable] = await Promise.all([addressesFact(host), configFact(host)])
  if (isSkip(all)) return all
  const config = isSkip(usable) ? null : usable
  const filter = config?.addresses ?? addressesTable.defaults
  return {
    addresses: probed(all, filter),
    groups: config?.groups ?? buildGroups({}),
    serviceAddresses: config === null ? [] : [...serviceAddressesIn(config)],
    servers: (config?.servers ?? []).flatMap((server) =>
      server.addresses.map((one) => one.address),
    ),
    onLoopback: filter.serviceAddressesOnLoopback,
    periodMs: config?.timing.checkIntervalMs ?? 1000,
  }
})

function probed(addresses: readonly HostAddress[], filter: Filter): readonly HostAddress[] {
  const isProbed = addressFilter(filter)
  const ready = addresses.filter((address) => address.state === 'ready' && isProbed(address))
  // A loopback service address that this server holds is on two interfaces.
  return [...new Map(ready.map((hostAddress) => [hostAddress.address, hostAddress])).values()]
}

/** Every transport that some required probe uses, at every address. */
export function endpointsOf({ addresses, groups }: Plan): readonly Endpoint[] {
  const used = new Set<Transport>()
  for (const group of groups) {
    if (group.kind === 'required') for (const transport of group.transports) used.add(transport)
  }
  return addresses.flatMap(({ address, family }) =>
    [...used].map((transport) => ({ transport, address, family })),
  )
}

type Serving =
  | { readonly kind: 'named'; readonly named: NamedFact }
  /** Another server has port 53 of a local address: who, in a few words. */
  | { readonly kind: 'other'; readonly who: string }
  | { readonly kind: 'nobody'; readonly named: NamedFact }

/**
 * A stub resolver on an address of its own (127.0.0.53) serves nobody else and does not count, nor
 * does a program that took TCP alone.
 */
export const servingFact = fact(async (host): Promise<Serving> => {
  const [named, ports, plan] = await Promise.all([
    namedFact(host),
    portOwnersFact(host),
    planFact(host),
  ])
  if (named.processes.length > 0) return { kind: 'named', named }
  if (isSkip(ports) || isSkip(plan)) return { kind: 'nobody', named }
  const sockets = plan.addresses.flatMap(({ address, family }) =>
    listenersAt({ transport: 'udp', address, family }, ports),
  )
  const [first] = sockets
  return first === undefined
    ? { kind: 'nobody', named }
    : { kind: 'other', who: whose(first, ports) }
})

/** The sockets that take what is sent to an endpoint; several where a server has several threads. */
export function listenersAt(
  { transport, address, family }: Endpoint,
  { sockets, owners }: PortOwners,
): readonly ListeningSocket[] {
  const bare = address.replace(/%.*/, '')
  return sockets.filter((socket) => {
    if (socket.transport !== transport) return false
    if (socket.family === family)
      return socket.address === bare || socket.address === wildcard(family)
    // A socket for all of IPv6 can take IPv4 as well, but never one of named's.
    return family === 4 && socket.address === '::' && !isNamed(owners.get(socket.inode))
  })
}

function wildcard(family: Endpoint['family']): string {
  return family === 4 ? '0.0.0.0' : '::'
}

function isNamed(process: Process | undefined): boolean {
  return process?.comm === 'named'
}

/** "unbound (process 4711)", or what can be said without root. */
export function whose(socket: ListeningSocket, { owners }: PortOwners): string {
  const owner = owners.get(socket.inode)
  return owner === undefined
    ? `a process of user ${socket.uid} (only root can see its name)`
    : `${owner.comm} (process ${owner.pid}${owner.isContained ? ', in a container' : ''})`
}

/** Who serves, for what asks the server. */
const servedFact = factOf({ serving: servingFact }, ({ serving }) => {
  if (serving.kind !== 'nobody') return serving
  return skip(
    serving.named.program.kind === 'missing'
      ? 'because of H401: no DNS server is installed'
      : 'because of H402: no DNS server is running',
  )
})

/** The named that runs, for what is named's own. */
export const runningNamedFact = factOf({ serving: servedFact }, ({ serving }) =>
  serving.kind === 'named' ? serving.named : skip(`${serving.who} serves DNS, not named`),
)

/** What is asked at which address, and who listens where: what most checks here begin with. */
interface Ground {
  readonly plan: Plan
  readonly ports: PortOwners
  /** Set where named runs; null where it is another server. */
  readonly named: NamedFact | null
}

export const groundFact = factOf(
  { serving: servedFact, plan: planFact, ports: portOwnersFact },
  ({ serving, plan, ports }): Ground => ({
    ...{ plan, ports },
    named: serving.kind === 'named' ? serving.named : null,
  }),
)

/** Sockets at an endpoint of processes that are known and not named, where named runs. */
export function foreignAt(
  endpoint: Endpoint,
  { ports, named }: Ground,
): readonly ListeningSocket[] {
  if (named === null) return []
  return listenersAt(endpoint, ports).filter(
    ({ inode }) => ports.owners.has(inode) && !isNamed(ports.owners.get(inode)),
  )
}
