// The servers as they answered when they were asked: what `holdfast peers` tells people and programs.
import type { Outcome } from '../core/outcome.ts'
import type { Transport } from '../dns/probe.ts'

/** One address of a peer over one transport: the worst of its answers. */
export interface PeerTarget {
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
  /** The pools whose order lists it here. */
  readonly pools: readonly string[]
  /** It is the server that asks. */
  readonly self: boolean
  readonly targets: readonly PeerTarget[]
}

/** What `peers --json` prints. */
export function peersDocument(peers: readonly Peer[]) {
  return {
    peers: peers.map(({ server, healthy, self, pools, targets }) => ({
      server,
      healthy,
      self,
      pools,
      targets: targets.map((target) => ({
        address: target.address,
        transport: target.transport,
        outcome: target.outcome,
        detail: target.detail,
        latency_ms: Number(target.latencyMs.toFixed(2)),
      })),
    })),
  }
}
