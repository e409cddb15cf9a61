// What drain, undrain and the daemon's own return need of this host, wired from the adapters.

import { heldAddresses } from '../../adapters/address-table.ts'
import { readBounded } from '../../adapters/atomic-file.ts'
import { createClock } from '../../adapters/clock.ts'
import { createElectionDumper } from '../../adapters/keepalived-dump.ts'
import { createOrderReader } from '../../adapters/override-file.ts'
import { createProber } from '../../adapters/prober.ts'
import { readStatusFile } from '../../adapters/status-file.ts'
import type { ClusterConfig, Config } from '../../config/config.ts'
import { parseOrder } from '../../config/order-file.ts'
import { serverNames } from '../../config/values/name.ts'
import { overridePath } from '../../documents/override-document.ts'
import type { Peer } from '../../documents/peers-document.ts'
import type { Observation } from '../../drain/observation.ts'
import { peersFrom, questionsFor, type ServerOrders } from '../../drain/peers.ts'
import {
  type ElectionSight,
  type Hearing,
  silenceMs,
  virtualRoutersIn,
} from '../../keepalived/election.ts'
import type { Clock, Prober, Result } from '../../ports.ts'
import { queryPeers } from '../../runtime/query-peers.ts'

export interface DrainEnvironment {
  readonly clock: Clock
  /** Asks other hosts. */
  readonly remote: Prober
  readonly overridePath: string
  look(): Promise<Observation>
  orders(): ServerOrders
  peers(): Promise<readonly Peer[]>
}

const ORDER_LIMIT_BYTES = 256 * 1024
/** keepalived that did not answer is not asked again before this time has passed. */
const DUMP_RETRY_AFTER_MS = 10_000

export function createEnvironment(
  config: Config,
  clock: Clock = createClock(),
  readOrder = createOrderReader(overridePath(config.paths.stateDir)),
): DrainEnvironment {
  const remote = createProber({ clock, remote: true })
  const election = createElectionView(config, clock)
  const instances = config.clusters.flatMap((cluster) => cluster.instances)
  return {
    clock,
    remote,
    overridePath: overridePath(config.paths.stateDir),
    async look() {
      const seen = await election()
      const status = readStatusFile(config.paths.runDir)
      const held = heldAddresses()
      const here = instances.filter((instance) =>
        instance.addresses.some((address) => held.has(address)),
      )
      return {
        nowMs: clock.nowMs(),
        override: readOrder(),
        status: status.kind === 'fresh' ? status.document : null,
        here: new Set(here.map((instance) => instance.name)),
        election: seen,
      }
    },
    orders: () =>
      new Map(config.clusters.map((cluster) => [cluster.name, readClusterOrder(config, cluster)])),
    async peers() {
      const others = config.servers.filter((server) => server.name !== config.server.name)
      const answers = await queryPeers(questionsFor(config, others), { clock, prober: remote })
      return peersFrom(config, answers, this.orders())
    },
  }
}

function readClusterOrder(config: Config, cluster: ClusterConfig): readonly string[] {
  const text = readBounded(cluster.orderFile, ORDER_LIMIT_BYTES)
  const order = text.ok ? parseOrder(text.value, cluster.orderFile, serverNames(config)) : null
  return order?.ok === true ? order.value : []
}

function createElectionView(config: Config, clock: Clock): () => Promise<ElectionSight> {
  const dump = createElectionDumper()
  const hearing: Hearing = new Map()
  let retryDumpAtMs = Number.NEGATIVE_INFINITY
  let why = ''
  return async () => {
    const startMs = clock.nowMs()
    if (startMs < retryDumpAtMs) return { kind: 'unseen', why }
    const dumped: Result<unknown> & Awaited<ReturnType<typeof dump>> = await dump()
    if (!dumped.ok) {
      why = dumped.error
      retryDumpAtMs = clock.nowMs() - startMs > 500 ? clock.nowMs() + DUMP_RETRY_AFTER_MS : startMs
      return { kind: 'unseen', why }
    }
    const silence = silenceMs(config.election)
    const routers = virtualRoutersIn(dumped.value, config.clusters, hearing, clock.nowMs(), silence)
    if ([...routers.values()].some((router) => router.length === 0))
      return { kind: 'unseen', why: 'keepalived does not know all instances of the config' }
    return { kind: 'seen', routers }
  }
}
