// The servers as they answered when they were asked: what `holdfast peers` tells people and programs.
import type { Outcome } from '../core/outcome.ts'
import type { Transport } from '../dns/probe.ts'

/** One address of a peer over one transport: the worst of its answers. */
export interface PeerEndpoint {
  readonly address: string
  readonly transport: Transport
  readonly outcome: Outcome
  readonly detail: string | null
  readonly latencyMs: number
}

export interface Peer {
  readonly server: string
  /** Every address answers all required probes over all of their transports. */
  readonly healthy: boolean
  /** The clusters whose order lists it here. */
  readonly clusters: readonly string[]
  /** It is the server that asks. */
  readonly self: boolean
  readonly endpoints: readonly PeerEndpoint[]
}

/** What `peers --json` prints. */
export function peersDocument(peers: readonly Peer[]) {
  return {
    peers: peers.map(({ server, healthy, self, clusters, endpoints }) => ({
      server,
      healthy,
      self,
      clusters,
      endpoints: endpoints.map((endpoint) => ({
        address: endpoint.address,
        transport: endpoint.transport,
        outcome: endpoint.outcome,
        detail: endpoint.detail,
        latency_ms: Number(endpoint.latencyMs.toFixed(2)),
      })),
    })),
  }
}
