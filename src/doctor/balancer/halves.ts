// What IPVS must have for a configuration, and how it differs from what it has. Pure.
import type { IpvsDestination, IpvsService } from '../../balancer/ipvs-table.ts'
import { REMOVED } from '../../balancer/pool.ts'
import { markedBackends } from '../../config/balancer-backends.ts'
import {
  type BalancedService,
  type BalancerConfig,
  backendName,
  type Forwarding,
} from '../../config/balancer-table.ts'
import type { FamilyAddress } from '../../config/values/ip.ts'

const PROTOCOLS = ['UDP', 'TCP'] as const

/** A virtual server of IPVS: a service's address, over one of the two protocols. */
export interface Half {
  readonly service: BalancedService
  readonly at: FamilyAddress
  readonly protocol: (typeof PROTOCOLS)[number]
}

export function halvesOf({ services }: BalancerConfig): readonly Half[] {
  return services.flatMap((service) =>
    service.addresses.flatMap((at) => PROTOCOLS.map((protocol) => ({ service, at, protocol }))),
  )
}

/** "UDP 192.0.2.53 port 53", as it is told of. */
export function halfName({ service, at, protocol }: Half): string {
  return nameIn({ protocol, address: at.address, port: service.port })
}

function nameIn({ protocol, address, port }: Pick<IpvsService, 'protocol' | 'address' | 'port'>) {
  return `${protocol} ${address} port ${port}`
}

/** The virtual server in the kernel's table; undefined where it is not there. */
export function findHalf(half: Half, table: readonly IpvsService[]): IpvsService | undefined {
  const name = halfName(half)
  return table.find((one) => nameIn(one) === name)
}

/** Real servers, by their addresses, with their weights. */
type Weights = ReadonlyMap<string, number>

export function weightsIn({ destinations }: { readonly destinations: readonly IpvsDestination[] }) {
  return new Map(destinations.map((destination) => [destination.address, destination.weight]))
}

/**
 * The weights that keepalived has to give a virtual server.
 *
 * @param published what a real server's file holds; null stands for nothing that is a number
 */
export function wantedWeights(
  { service, at }: Half,
  published: (backend: string) => number | null,
): Weights {
  const all = service.servers.flatMap((server) => {
    const value = published(backendName(service.name, server.name)) ?? 0
    const address = server.addresses.find(({ family }) => family === at.family)?.address
    if (address === undefined || value <= REMOVED) return []
    return [[address, Math.max(0, value)] as const]
  })
  const sorry = service.sorryServer.find(({ family }) => family === at.family)
  if (sorry === undefined || all.some(([, weight]) => weight > 0)) return new Map(all)
  return new Map([[sorry.address, SORRY_WEIGHT]])
}

const SORRY_WEIGHT = 1

/** A line for each real server that weighs something else; "not there" is another weight than 0. */
export function weightDifferences(
  a: { readonly name: string; readonly weights: Weights },
  b: { readonly name: string; readonly weights: Weights },
): readonly string[] {
  const addresses = new Set([...a.weights.keys(), ...b.weights.keys()])
  return [...addresses].toSorted().flatMap((address) => {
    const [one, other] = [a.weights.get(address), b.weights.get(address)]
    if (one === other) return []
    return [`${address}: ${weightText(one)} ${a.name}, ${weightText(other)} ${b.name}`]
  })
}

function weightText(weight: number | undefined): string {
  return weight === undefined ? 'missing' : `weight ${weight}`
}

/** As /proc/net/ip_vs names them. */
const FORWARD: Readonly<Record<Forwarding, string>> = { dr: 'Route', nat: 'Masq', tun: 'Tunnel' }

/** How a virtual server treats packets otherwise than the configuration says. */
export function mannerDifferences(half: Half, found: IpvsService): readonly string[] {
  const { service } = half
  const lines: string[] = []
  if (found.scheduler !== service.lvsSched)
    lines.push(`scheduler ${found.scheduler} instead of ${service.lvsSched}`)
  const isPersistent = found.flags.includes('persistent')
  if (isPersistent !== service.persistenceTimeoutMs > 0)
    lines.push(isPersistent ? 'persistence, but none is configured' : 'no persistence')
  const wanted = FORWARD[service.lvsMethod]
  // What is local to the balancer is delivered there, whatever keepalived has asked for.
  for (const destination of found.destinations)
    if (destination.forward !== wanted && destination.forward !== 'Local')
      lines.push(`${destination.address} by ${destination.forward} instead of ${wanted}`)
  return lines.map((line) => `${halfName(half)}: ${line}`)
}

/** The addresses that may be in a virtual server: those of real servers and of the sorry server. */
export function knownOf({ service: { servers, sorryServer } }: Half): ReadonlySet<string> {
  const all = [...servers.flatMap(({ addresses }) => addresses), ...sorryServer]
  return new Set(all.map(({ address }) => address))
}

/** Virtual servers that no service of the configuration has, and real servers of theirs that none has. */
export function strangersIn(
  table: readonly IpvsService[],
  balancer: BalancerConfig,
): readonly string[] {
  const halves = halvesOf(balancer)
  const marks = markedBackends(balancer).flatMap((one) => one.marks.map(({ mark }) => mark))
  return table.flatMap((service) => {
    if (service.protocol === 'FWM')
      return marks.includes(service.port) ? [] : [`mark ${service.port}: no real server’s`]
    const name = nameIn(service)
    const half = halves.find((candidate) => halfName(candidate) === name)
    if (half === undefined) return [`${name}: no service of the configuration`]
    const known = knownOf(half)
    return service.destinations
      .filter(({ address }) => !known.has(address))
      .map(({ address }) => `${name}: ${address} is no real server of ${half.service.name}`)
  })
}
