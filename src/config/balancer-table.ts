// [balancer]: services whose addresses are here, and the real servers behind them.

import { hostAddressReader } from './keepalived-table.ts'
import { key, type Output, tuning } from './key.ts'
import { durationReader, type Reader, textAs } from './readers.ts'
import {
  boolean,
  choice,
  duration,
  integer,
  inUnit,
  leaf,
  listOfDifferent,
  table,
  tableByName,
} from './schema-parts.ts'
import { bad, quoted, type Reading } from './text/complaint.ts'
import { type FamilyAddress, withFamily } from './values/ip.ts'
import { readName } from './values/name.ts'

/** The schedulers of IPVS that keepalived 2.2 knows. */
const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'sed',
  'nq',
  'twos',
] as const
export type Scheduler = (typeof SCHEDULERS)[number]

/** How a packet reaches a real server: direct routing, address translation, or a tunnel. */
const FORWARDINGS = ['dr', 'nat', 'tun'] as const
export type Forwarding = (typeof FORWARDINGS)[number]

const addresses = (what: string, advice: string) =>
  listOfDifferent(leaf(hostAddressReader(what, advice)))

/** A dot parts the two halves of a backend's name, so the first half can have none. */
function readServiceName(text: string): Reading<string> {
  const name = readName(text)
  if (!name.ok || !text.includes('.')) return name
  const hint = `use letters, digits, "-" and "_": ${quoted(text.replaceAll('.', '-'))}`
  return bad('E_NAME', `the name of the service ${quoted(text)} has a dot`, hint)
}

/** The kernel counts persistence in whole seconds. */
const readPersistence: Reader<number> = textAs(
  'a duration such as "5m"',
  (text) => {
    const persistence = durationReader({ least: '0s', most: '24h' })(text)
    if (!persistence.ok || persistence.value % 1000 === 0) return persistence
    const hint = `write "${Math.ceil(persistence.value / 1000)}s": IPVS counts in whole seconds`
    return bad('E_DURATION', `${quoted(text)} is not a number of whole seconds`, hint)
  },
  (value) => `write a duration in quotes: "${Number.isSafeInteger(value) ? value : 300}s"`,
)

/** How many source ports each real server has for questions at virtual addresses. */
export const PORTS_EACH = 128
/** Those below take a privilege to be asked from. */
export const LOWEST_PORT = 1024
const LAST_FIRST_PORT = 65_536 - PORTS_EACH

const realServer = table({
  addresses: key(
    addresses('the address of a real server', 'list the addresses that the real server has'),
    [],
    'The addresses that are probed: one for each address family of the service. None of a host under `[servers]`, if that table has more than one host.',
    '–',
  ),
  // Room for quarters, and for servers that are worth less.
  weight: key(
    integer(1, 65_535),
    100,
    'What it weighs in IPVS while it is healthy, from 1 to 65535. Degraded it weighs 1, failed or drained 0.',
  ),
})

const service = table({
  addresses: key(
    addresses('a virtual address', 'list the addresses that clients send their queries to'),
    [],
    'The virtual addresses, without prefix length; each must be a service address of some instance.',
    '–',
  ),
  port: key(integer(1, 65_535), 53, 'The port of the virtual addresses and of the real servers.'),
  // Weights mean something, and a query costs about the same wherever it goes.
  lvs_sched: key(
    choice(...SCHEDULERS),
    'wrr',
    'How IPVS chooses a real server: `rr`, `wrr`, `lc`, `wlc`, `lblc`, `lblcr`, `sh`, `mh`, `dh`, `fo`, `ovf`, `sed`, `nq` or `twos`.',
  ),
  // Answers go to the client by themselves, however many there are.
  lvs_method: key(
    choice(...FORWARDINGS),
    'dr',
    'How packets reach a real server: by direct routing (`"dr"`), `"nat"` or `"tun"`.',
  ),
  // A query has nothing to do with the one before.
  persistence_timeout: key(
    inUnit('Ms', leaf(readPersistence)),
    '0s',
    'How long a client stays with its real server, in whole seconds up to 24 h; `"0s"`: not at all. UDP and TCP are remembered apart.',
  ),
  quorum: key(
    integer(1, 1000),
    1,
    'How many real servers must be in the pool. With fewer this balancer has failed, and the other one may take over.',
  ),
  sorry_server: key(
    addresses('the address of a sorry server', 'list an address that some server has'),
    [],
    'The address that serves while no real server is in the pool, at most one per address family; no real server and no virtual address.',
  ),
  // Otherwise all queries of a forwarder that keeps its port would go to one server.
  ops: key(
    boolean,
    true,
    'One-packet scheduling: each UDP packet is scheduled by itself, so that a forwarder that keeps its source port is spread, too.',
  ),
  servers: key(
    tableByName(realServer),
    {},
    'One table a real server, `[balancer.services.SERVICE.servers.SERVER]`.',
    '–',
  ),
})

export const balancerTable = table({
  // A cold cache that gets its whole share at once would answer late for a while.
  slow_start: key(
    duration('0s', '1h'),
    '30s',
    'A real server that comes back gets its weight in quarters over this time, up to 1 h; `"0s"`: at once.',
  ),
  // A client that keeps a TCP connection open may do so for a minute or two.
  drain_timeout: key(
    duration('0s', '24h'),
    '2m',
    'How long `drain --backend` waits for connections to end, up to 24 h.',
  ),
  source: key(
    addresses('an address to send from', 'list addresses that this host has'),
    [],
    'Where the probes are sent from, at most one address a family; the kernel chooses for a family without one.',
  ),
  // It needs rules of nftables and a kernel setting besides keepalived's configuration.
  check_virtual: key(
    boolean,
    false,
    'Probes real servers at the virtual addresses, too, where `lvs_method` is `"dr"` or `"tun"`: [load-balancing.md](../load-balancing.md#whether-it-answers-for-the-virtual-address). Needs a source address in each family: `source`, or else this server\'s `addresses` under `[servers]`.',
  ),
  // Below what kernels choose from by themselves, above what services are known by.
  check_source_port_base: tuning(
    key(
      integer(LOWEST_PORT, LAST_FIRST_PORT),
      20_000,
      'The first of 128 source ports per real server for these queries, in the order of the file.',
    ),
  ),
  services: key(
    tableByName(service, readServiceName),
    {},
    'One table a service, `[balancer.services.SERVICE]`.',
    '–',
  ),
})

export type BalancerTable = Output<typeof balancerTable>
type ServiceTable = BalancerTable['services'][string]
type RealServerTable = ServiceTable['servers'][string]

/** What a host that spreads queries over real servers goes by. */
export interface BalancerConfig extends Omit<BalancerTable, 'source' | 'services'> {
  /** Where probes are sent from, at most one a family; the kernel chooses for a family without. */
  readonly source: readonly FamilyAddress[]
  readonly services: readonly BalancedService[]
}

/** What clients ask, and IPVS spreads over real servers, UDP and TCP alike. */
export interface BalancedService
  extends Omit<ServiceTable, 'addresses' | 'sorryServer' | 'servers'> {
  readonly name: string
  /** Virtual addresses; each is a service address of some instance. */
  readonly addresses: readonly FamilyAddress[]
  /** Asked while no real server is in the pool, at most one a family. */
  readonly sorryServer: readonly FamilyAddress[]
  readonly servers: readonly RealServer[]
}

export interface RealServer extends Omit<RealServerTable, 'addresses'> {
  readonly name: string
  /** Exactly one of each family that the service has. */
  readonly addresses: readonly FamilyAddress[]
}

/** A backend's name, which is also its file's: `SERVICE.SERVER`. */
export function backendName(service: string, server: string): string {
  return `${service}.${server}`
}

/**
 * The balancer that a valid table stands for; null without one.
 *
 * @param own this server's own addresses, the first of a family first: where the virtual addresses
 *   are checked, they fill in for a source that is not written
 */
export function buildBalancer(
  balancer: BalancerTable | undefined,
  own: readonly FamilyAddress[],
): BalancerConfig | null {
  if (balancer === undefined) return null
  const written = balancer.source.map(withFamily)
  const source = balancer.checkVirtual ? firstOfEachFamily([...written, ...own]) : written
  const services = Object.entries(balancer.services).map(([name, tableOf]) => ({
    name,
    ...tableOf,
    addresses: tableOf.addresses.map(withFamily),
    sorryServer: tableOf.sorryServer.map(withFamily),
    servers: Object.entries(tableOf.servers).map(buildServer),
  }))
  return { ...balancer, source, services }
}

function buildServer([name, server]: [string, RealServerTable]): RealServer {
  return { name, ...server, addresses: server.addresses.map(withFamily) }
}

function firstOfEachFamily(addresses: readonly FamilyAddress[]): FamilyAddress[] {
  return addresses.filter(
    (address, index) => addresses.findIndex(({ family }) => family === address.family) === index,
  )
}
