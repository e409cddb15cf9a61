// `holdfast peers`: the clusters as seen from here, or with --wide every address of every server.

import { isatty } from 'node:tty'
import { readBounded } from '../../adapters/atomic-file.ts'
import { createElectionDumper, type ElectionDumper } from '../../adapters/keepalived-dump.ts'
import { readStatusFile } from '../../adapters/status-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import type { Config } from '../../config/config.ts'
import { orderLines } from '../../config/order-edit.ts'
import { byRank } from '../../core/priority.ts'
import { type Peer, peersDocument } from '../../documents/peers-document.ts'
import { peersFrom, questionsFor } from '../../drain/peers.ts'
import { holdersIn } from '../../keepalived/election.ts'
import { pause } from '../../runtime/pause.ts'
import { queryPeers } from '../../runtime/query-peers.ts'
import { type Cluster, type ClusterSight, clusterView } from '../../view/cluster-view.ts'
import { peersView } from '../../view/peers-view.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import type { PEERS } from '../operating-definitions.ts'
import { configFor } from './config-for.ts'
import { createEnvironment, type DrainEnvironment } from './drain-environment.ts'
import { onInterrupt } from './drainable.ts'

const STDOUT = 1
const WATCH_EVERY_MS = 2000
const LOOK_EVERY_MS = 100
const DEFAULT_WIDTH = 80
const ORDER_LIMIT_BYTES = 256 * 1024
const CLEAR = '\u001b[H\u001b[2J'

export async function run({ flags }: Arguments<typeof PEERS>, io: Io): Promise<number> {
  const config = configFor('peers', flags.config, io)
  if (typeof config === 'number') return config
  if (config.servers.length === 0) {
    io.err(
      "holdfast peers: no [servers.NAME] tables configured; drain and peers need each server's addresses",
    )
    return EXIT.failed
  }
  if (config.balancer !== null) {
    io.err(
      'holdfast peers: load balancers cannot be probed: they answer DNS at no address of their own. See: holdfast status',
    )
    return EXIT.failed
  }
  const world = createEnvironment(config)
  const dump = createElectionDumper()
  const look = (prefix: string) => show(config, { world, dump }, flags, io, prefix)
  if (!flags.watch) return look('')
  const cancellation = onInterrupt()
  const isScreen = isatty(STDOUT) && !flags.json
  let code: number = EXIT.ok
  while (!cancellation.isCancelled() && io.isClosed?.() !== true) {
    code = await look(isScreen ? CLEAR : '')
    const nextMs = world.clock.nowMs() + WATCH_EVERY_MS
    while (world.clock.nowMs() < nextMs && !cancellation.isCancelled())
      await pause(world.clock, LOOK_EVERY_MS)
  }
  return code
}

interface Sources {
  readonly world: DrainEnvironment
  readonly dump: ElectionDumper
}

async function show(
  config: Config,
  { world, dump }: Sources,
  { json, wide }: Arguments<typeof PEERS>['flags'],
  io: Io,
  prefix: string,
): Promise<number> {
  const answers = await queryPeers(questionsFor(config, config.servers), {
    clock: world.clock,
    prober: world.remote,
  })
  const peers = peersFrom(config, answers, world.orders())
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  const width = process.stdout.columns ?? DEFAULT_WIDTH
  if (json) io.out(JSON.stringify(peersDocument(peers)))
  else if (wide) io.out(`${prefix}${peersView(peers, style, width)}`)
  else {
    const sight = await sightOf(config, world, dump, peers)
    io.out(`${prefix}${clusterView(clustersOf(config), sight, style, width)}`)
  }
  return peers.every((peer) => peer.healthy) ? EXIT.ok : EXIT.failed
}

function clustersOf(config: Config): readonly Cluster[] {
  const known = config.servers.map(({ name }) => name)
  return config.clusters.map(({ name, instances, orderFile }) => {
    const text = readBounded(orderFile, ORDER_LIMIT_BYTES)
    return { name, instances, order: text.ok ? orderLines(text.value, known) : text.error }
  })
}

async function sightOf(
  config: Config,
  world: DrainEnvironment,
  dump: ElectionDumper,
  peers: readonly Peer[],
): Promise<ClusterSight> {
  const reading = readStatusFile(config.paths.runDir)
  const status = reading.kind === 'fresh' ? reading.document : null
  const orders = world.orders()
  const instances = config.clusters.flatMap(({ name: cluster, instances }) =>
    instances.map(({ name, addresses, reverseOrder }) => {
      const own = status?.instances.find((instance) => instance.name === name)
      return {
        name,
        addresses,
        holding: own?.holding === true,
        servers: byRank(orders.get(cluster) ?? [], reverseOrder),
        priority: own?.priority,
      }
    }),
  )
  const dumped = await dump()
  const holders = dumped.ok ? holdersIn(dumped.value, instances) : dumped.error
  return { server: config.server.name, peers, status, holders }
}
