// What keepalived tells IPVS: a virtual server for UDP and one for TCP, by address or by firewall mark.

import { type MarkedBackend, markedBackends } from '../config/balancer-backends.ts'
import {
  type BalancedService,
  type BalancerConfig,
  backendName,
  type Forwarding,
  type RealServer,
  type Scheduler,
} from '../config/balancer-table.ts'
import type { FamilyAddress } from '../config/values/ip.ts'
import type { VrrpConfig } from '../config/vrrp-config.ts'
import { block } from './block.ts'
import { type ConfiguredElection, isMovedBy } from './elections.ts'

/** What a balancer adds to keepalived.conf; nothing on any other host. */
export interface Balancing {
  /** Lines of global_defs. */
  readonly globals: readonly string[]
  /** Blocks that must stand above what tracks them. */
  readonly definitions: readonly string[]
  readonly virtualServers: readonly string[]
}

/**
 * The weight of a real server is the number in its file, RUN_DIR/weight/SERVICE.SERVER, and 0 when
 * that is missing, empty or garbage: nothing is in the pool before the daemon has said so. A second
 * file takes it out of the table.
 */
export function balancingFor(
  vrrp: VrrpConfig,
  elections: readonly ConfiguredElection[],
  runDir: string,
): Balancing {
  const { balancer } = vrrp
  if (balancer === null) return { globals: [], definitions: [], virtualServers: [] }
  return {
    globals: globals(balancer, vrrp, elections),
    definitions: [
      ...balancer.services.flatMap((service) =>
        service.servers.flatMap((server) => {
          const name = backendName(service.name, server.name)
          const out = outFileOf(name)
          return [
            tracker(name, `${runDir}/weight/${name}`, ['weight 1']),
            // Whatever it holds but 0 means down.
            tracker(out, `${runDir}/weight/${out}`, ['weight 0']),
          ]
        }),
      ),
      tracker(ONE, `${runDir}/${ONE}`, ['weight -1', 'init_file 1']),
    ],
    virtualServers: [
      ...balancer.services.flatMap((service) =>
        service.addresses.flatMap((address) =>
          PROTOCOLS.map((protocol) => virtualServer(service, address, protocol)),
        ),
      ),
      ...markedServers(balancer),
    ],
  }
}

const PROTOCOLS = ['UDP', 'TCP'] as const
type Protocol = (typeof PROTOCOLS)[number]

/**
 * keepalived 2.2.7 adds the weights of real servers as they are written, before any file has been
 * read, and where they come to 0 it sets the quorum to 0 and never takes a sorry server out again.
 * So 1 is written, and what a file says that always holds 1 is taken away. keepalived makes that
 * file, and not beside the weights, where the daemon puts away what it does not know.
 */
const ONE = 'one'

function tracker(name: string, file: string, lines: readonly string[]): string {
  return block(`track_file ${trackerOf(name)}`, [`file ${file}`, ...lines])
}

/**
 * The file beside that of the weight that says whether a real server is out of the table: 1 where
 * it is, and 0 or nothing where its weight counts. No backend can have such a name.
 */
export function outFileOf(backend: string): string {
  return `out:${backend}`
}

/** No instance can have such a name, and trackers of files share one space of names. */
function trackerOf(name: string): string {
  return `weight:${name}`
}

/** How long IPVS remembers a UDP packet where it must. A client that is quiet for so long starts anew. */
const UDP_MEMORY_S = 10

/**
 * keepalived that starts after a crash takes an entry of IPVS that is there for one that is right,
 * whatever its weight: so the table is made anew.
 */
function globals(
  balancer: BalancerConfig,
  vrrp: VrrpConfig,
  elections: readonly ConfiguredElection[],
): readonly string[] {
  const remembers = balancer.services.some((service) => !isOnePacket(service))
  return [
    'lvs_flush',
    ...(remembers ? [`lvs_timeouts udp ${UDP_MEMORY_S}`] : []),
    ...syncDaemon(balancer, vrrp, elections),
  ]
}

/**
 * The master of one instance tells the other balancers of its connections, so that they outlast a
 * takeover. There is one such daemon a host: it goes by the first instance that moves a virtual address.
 */
function syncDaemon(
  { services }: BalancerConfig,
  { servers }: VrrpConfig,
  elections: readonly ConfiguredElection[],
): readonly string[] {
  const addresses = services.flatMap((service) => service.addresses.map(({ address }) => address))
  const election = elections.find((candidate) =>
    addresses.some((address) => isMovedBy(candidate, address)),
  )
  const [member] = election?.members ?? []
  if (election === undefined || member === undefined || servers.length < 2) return []
  const { interface: link, routerId } = election.instance
  return [`lvs_sync_daemon ${link} inst ${member.name} id ${routerId}`]
}

function virtualServer(
  service: BalancedService,
  { family, address }: FamilyAddress,
  protocol: Protocol,
): string {
  const { port, servers, persistenceTimeoutMs } = service
  const sorry = service.sorryServer.find((familyAddress) => familyAddress.family === family)
  return block(`virtual_server ${address} ${port}`, [
    `protocol ${protocol}`,
    `lvs_sched ${service.lvsSched}`,
    ...(FALLBACK[service.lvsSched] ?? []),
    `lvs_method ${LVS_METHOD[service.lvsMethod]}`,
    ...(protocol === 'UDP' && isOnePacket(service) ? ['ops'] : []),
    ...(persistenceTimeoutMs > 0 ? [`persistence_timeout ${persistenceTimeoutMs / 1000}`] : []),
    'alpha',
    'quorum 1',
    ...(sorry === undefined ? [] : [`sorry_server ${sorry.address} ${port}`]),
    ...servers.flatMap((server) => realServer(service, server, family)),
  ])
}

function realServer(
  { name, port }: BalancedService,
  server: RealServer,
  family: FamilyAddress['family'],
): string[] {
  const follow = (file: string) => block('FILE_CHECK', [`track_file ${trackerOf(file)}`])
  const backend = backendName(name, server.name)
  return server.addresses
    .filter((address) => address.family === family)
    .map(({ address }) =>
      block(`real_server ${address} ${port}`, [
        'weight 1',
        follow(ONE),
        follow(backend),
        follow(outFileOf(backend)),
      ]),
    )
}

/** With address translation the answer must be recognised, so the question has to be remembered. */
function isOnePacket({ ops, lvsMethod }: BalancedService): boolean {
  return ops && lvsMethod !== 'nat'
}

/** It keeps a share of all clients for a real server of weight 0, and drops them unless told otherwise. */
const FALLBACK: Readonly<Partial<Record<Scheduler, readonly string[]>>> = { sh: ['sh-fallback'] }

const LVS_METHOD: Readonly<Record<Forwarding, string>> = {
  dr: 'DR',
  nat: 'NAT',
  tun: 'TUN',
}

/** None of them follows a file: a real server that has failed must be asked, so that it can return. */
function markedServers(balancer: BalancerConfig): string[] {
  return markedBackends(balancer).flatMap(markedServer)
}

/** One mark stands for UDP and TCP, and for all virtual addresses of a family. */
function markedServer({ backend, marks }: MarkedBackend): string[] {
  const { service, server } = backend
  return marks.flatMap(({ family, mark }) =>
    server.addresses
      .filter((address) => address.family === family)
      .map(({ address }) =>
        block(`virtual_server fwmark ${mark}`, [
          `ip_family ${family === 4 ? 'inet' : 'inet6'}`,
          'lvs_sched rr',
          `lvs_method ${LVS_METHOD[service.lvsMethod]}`,
          // A question is a packet, and each is for the same real server: nothing to remember.
          'ops',
          // The port is that of the packet: keepalived complains about any other.
          block(`real_server ${address}`, ['weight 1']),
        ]),
      ),
  )
}
