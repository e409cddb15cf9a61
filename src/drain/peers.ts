// The other servers: what they are queried for on their own addresses, and what follows. Pure.
import type { Config } from '../config/config.ts'
import { isAnswered, type Outcome } from '../core/outcome.ts'
import type { Expectation, Family, Question, Transport } from '../dns/probe.ts'
import type { Peer, PeerEndpoint } from '../documents/peers-document.ts'
import type { ElectionSight } from '../keepalived/election.ts'
import type { Proof } from './drain-sequence.ts'

/** One question to a peer's own address. */
export interface PeerQuestion {
  readonly server: string
  readonly address: string
  readonly family: Family
  readonly transport: Transport
  readonly question: Question
  readonly expect: Expectation
  readonly timeoutMs: number
}

export interface PeerAnswer extends PeerQuestion {
  readonly outcome: Outcome
  readonly detail?: string
  readonly latencyMs: number
}

export type ServerOrders = ReadonlyMap<string, readonly string[]>

/** The required probes for every address of these servers. */
export function questionsFor(config: Config, servers: Config['servers']): readonly PeerQuestion[] {
  const groups = config.groups.filter((group) => group.kind === 'required')
  return servers.flatMap(({ name, addresses }) =>
    addresses.flatMap(({ address, family }) =>
      groups.flatMap(({ probes, transports, timeoutMs }) =>
        transports.flatMap((transport) =>
          probes.map((probe) => ({
            server: name,
            address,
            family,
            transport,
            timeoutMs,
            ...probe,
          })),
        ),
      ),
    ),
  )
}

/** The required probes for a service address as clients ask it. */
export function questionsAt(
  config: Config,
  addresses: readonly { readonly address: string; readonly family: Family }[],
): readonly PeerQuestion[] {
  return questionsFor(config, [{ name: 'service', addresses }])
}

/** All servers of the config with what they answered. */
export function peersFrom(
  config: Config,
  answers: readonly PeerAnswer[],
  orders: ServerOrders,
): readonly Peer[] {
  return config.servers.map(({ name }) => {
    const endpoints = endpointsFrom(answers.filter((answer) => answer.server === name))
    return {
      server: name,
      healthy: endpoints.length > 0 && endpoints.every((endpoint) => isAnswered(endpoint.outcome)),
      clusters: [...orders].filter(([, order]) => order.includes(name)).map(([cluster]) => cluster),
      self: name === config.server.name,
      endpoints,
    }
  })
}

function endpointsFrom(answers: readonly PeerAnswer[]): readonly PeerEndpoint[] {
  const endpoints = new Map<string, PeerEndpoint>()
  for (const { address, transport, outcome, detail, latencyMs } of answers) {
    const key = `${transport} ${address}`
    const other = endpoints.get(key)
    if (other !== undefined && (other.outcome !== 'ok' || outcome === 'ok')) {
      const slowestMs = Math.max(other.latencyMs, latencyMs)
      endpoints.set(key, {
        ...other,
        latencyMs: other.outcome === 'ok' ? slowestMs : other.latencyMs,
      })
    } else endpoints.set(key, { address, transport, outcome, detail: detail ?? null, latencyMs })
  }
  return [...endpoints.values()]
}

/** Whether another server could take over these clusters: those that could, or why none can. */
export type Successors =
  | { readonly ok: true; readonly servers: readonly string[] }
  | {
      readonly ok: false
      readonly why: string
      /** The servers that cannot, a line each. */
      readonly details: readonly string[]
      readonly remedy: string
    }

/** Judges for each cluster whether a peer that its order lists answers. */
export function successorsIn(peers: readonly Peer[], clusters: readonly string[]): Successors {
  const others = peers.filter((peer) => !peer.self)
  if (others.length === 0)
    return {
      ok: false,
      why: 'no other server is configured that could take over',
      details: [],
      remedy: 'Add a [servers.NAME] table with the addresses of each server. Override: --force',
    }
  const able = new Set<string>()
  for (const cluster of clusters) {
    const listed = others.filter((peer) => peer.clusters.includes(cluster))
    if (listed.length === 0)
      return {
        ok: false,
        why: `no other server is in the server order of ${cluster}`,
        details: [],
        remedy: `See: holdfast order ${cluster} --add SERVER. Override: --force`,
      }
    const healthy = listed.filter((peer) => peer.healthy)
    if (healthy.length === 0)
      return {
        ok: false,
        why: `no other server of ${cluster} can take over`,
        details: listed.map(troubleText),
        remedy: 'See: holdfast peers. Override: --force',
      }
    for (const peer of healthy) able.add(peer.server)
  }
  return { ok: true, servers: [...able] }
}

/**
 * The other balancers that the orders list. No balancer answers DNS at an address of its own: whether
 * one of them can take over shows in the election alone, so that they count as able until then. If
 * nobody takes over, the drain is taken back.
 */
export function otherBalancers(
  config: Config,
  orders: ServerOrders,
  instances: readonly string[],
): Successors {
  const clusters = clustersOf(config, instances)
  const peers = config.servers.map(({ name }) => ({
    server: name,
    healthy: true,
    clusters: clusters.filter((cluster) => orders.get(cluster)?.includes(name)),
    self: name === config.server.name,
    endpoints: [],
  }))
  return successorsIn(peers, clusters)
}

/**
 * A question at a virtual address proves nothing on a balancer: IPVS of this very host would spread
 * it. That a master is heard that is worth more than a drained one, does: its daemon found its
 * services sound.
 */
export function proofOfBalancer(election: ElectionSight): Proof {
  if (election.kind === 'seen') return { ok: true, text: 'its services are healthy' }
  return { ok: false, why: `the new holder is unknown (${election.why})` }
}

/** The clusters that these instances are of. */
export function clustersOf(config: Config, instances: readonly string[]): readonly string[] {
  return config.clusters
    .filter((cluster) => cluster.instances.some((instance) => instances.includes(instance.name)))
    .map((cluster) => cluster.name)
}

function troubleText({ server, endpoints }: Peer): string {
  const bad = endpoints.find((endpoint) => !isAnswered(endpoint.outcome))
  if (bad === undefined) return `${server}  no addresses configured`
  return `${server}  ${bad.transport}/${bad.address} ${bad.outcome}`
}
