// The lab: DNS servers, a client and an upstream resolver as network namespaces on a bridge.
import { dirname } from 'node:path'
import { findImages, suiteIn } from '../machines/images.ts'
import { type Client, createClient } from './client.ts'
import { chooseHoldfast, type HoldfastKind, installHoldfast } from './holdfast.ts'
import { CLIENT, type ClusterSpec, ONE_INSTANCE, serviceAddresses, UPSTREAM } from './layout.ts'
import { createNode, createRoot, type LabRoot, type Node } from './namespace.ts'
import { createNetwork, type Network } from './network.ts'
import { createObserver, describe, type Observer } from './observer.ts'
import { configureUpstreamNamed, NAMED_COMMAND, NAMED_READY } from './resolver.ts'
import { createServer, type LabServer } from './server.ts'
import { createService, type Service } from './service.ts'

export interface LabOptions {
  /** The servers' names, best first. */
  readonly servers?: readonly string[]
  /** Service addresses on every server's loopback interface too. */
  readonly onLoopback?: boolean
  readonly clusters?: readonly ClusterSpec[]
  readonly holdfast?: HoldfastKind
  /** TOML to append to every server's holdfast.toml. */
  readonly extraToml?: string
  /** More options for every server's named. */
  readonly namedOptions?: string
}

export interface Lab {
  readonly servers: readonly LabServer[]
  readonly clusters: readonly ClusterSpec[]
  readonly addresses: readonly string[]
  readonly onLoopback: boolean
  server(name: string): LabServer
  readonly client: Client
  /** The "internet": a named that knows one zone, to which all servers forward. */
  readonly upstream: { readonly node: Node; readonly named: Service }
  readonly network: Network
  readonly observer: Observer
  /** Starts everything on all servers and returns when the best server holds every address. */
  start(): Promise<void>
  /** Waits until every instance is where the order wants it. */
  settled(): Promise<void>
  /** What every program printed last, and who held what: for a test that fails. */
  story(linesEach?: number): string
  /** Ends every process and with them every namespace, address and mount of the lab. */
  destroy(): Promise<void>
}

/**
 * Until then a server is worth nothing in the election, and could not take over. In script mode it
 * is the script of the server's rank.
 */
const DEAD_MANS_SWITCH_PASSED = /VRRP_Script\((holdfast|\w+_\d+)\) succeeded/

export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const root = await createRoot()
  try {
    return await furnish(root, options)
  } catch (error) {
    await root.destroy()
    throw error
  }
}

async function furnish(root: LabRoot, options: LabOptions): Promise<Lab> {
  const names = options.servers ?? ['s1', 's2', 's3']
  const clusters = options.clusters ?? ONE_INSTANCE
  const onLoopback = options.onLoopback ?? false
  const holdfast = options.holdfast ?? chooseHoldfast()
  const network = await createNetwork(root)
  const observer = createObserver()
  await installHoldfast(root, holdfast)

  const images = await imagesOfServers()
  const around = { network, observer, newNode: (name: string) => createNode(root, name, images) }
  const { extraToml = '', namedOptions = '' } = options
  const common = {
    servers: names,
    clusters,
    onLoopback: onLoopback,
    holdfast,
    extraToml,
    namedOptions,
  }
  const [upstream, client, ...servers] = await Promise.all([
    createUpstream(root, network),
    createClientNode(root, network, clusters),
    ...names.map((name, index) => createServer({ name, index, ...common }, around)),
  ])

  const lab: Lab = {
    servers,
    clusters,
    addresses: serviceAddresses(clusters),
    onLoopback: onLoopback,
    client,
    upstream,
    network,
    observer,
    server(name) {
      const found = servers.find((server) => server.name === name)
      if (found === undefined) throw new Error(`no server ${name} in this lab`)
      return found
    },
    async start() {
      await Promise.all([upstream.named.start(), ...servers.map((server) => server.start())])
      await Promise.all(
        servers.map((server) => server.keepalived.log.waitFor(DEAD_MANS_SWITCH_PASSED)),
      )
      if (holdfast !== 'stand-in') await lab.settled()
    },
    settled: () => untilSettled(lab),
    story: (linesEach = 40) => story(lab, linesEach),
    destroy: () => root.destroy(),
  }
  return lab
}

/** Plays on a lab, shows what everything said when that fails, and leaves nothing behind. */
export async function onLab(
  raised: Promise<Lab>,
  play: (lab: Lab) => Promise<void>,
): Promise<void> {
  const lab = await raised
  try {
    await play(lab)
  } catch (error) {
    console.error(lab.story())
    throw error
  } finally {
    await lab.destroy()
  }
}

/**
 * Where the servers have named, keepalived and all else from. HOLDFAST_LAB_SUITE says which release
 * of Debian; else these are the host's own programs.
 */
async function imagesOfServers(): Promise<string> {
  const suite = suiteIn('HOLDFAST_LAB_SUITE')
  return suite === undefined ? '' : dirname((await findImages(suite)).base)
}

async function createUpstream(root: LabRoot, network: Network): Promise<Lab['upstream']> {
  const node = await createNode(root, UPSTREAM.name)
  await network.connect(node, [`${UPSTREAM.v4}/24`, `${UPSTREAM.v6}/64 nodad`])
  configureUpstreamNamed(node)
  const spec = { name: 'named', command: NAMED_COMMAND, ready: NAMED_READY }
  return { node, named: createService(() => node, spec) }
}

async function createClientNode(
  root: LabRoot,
  network: Network,
  clusters: readonly ClusterSpec[],
): Promise<Client> {
  const node = await createNode(root, CLIENT.name)
  await network.connect(node, [`${CLIENT.v4}/24`, `${CLIENT.v6}/64 nodad`])
  // A TCP query leaves its port in TIME_WAIT for a minute: a long run needs many.
  await node.run(['sysctl', '-q', '-w', 'net.ipv4.ip_local_port_range=1024 65535'])
  return createClient(node, serviceAddresses(clusters))
}

async function untilSettled(lab: Lab): Promise<void> {
  const names = lab.servers.map((server) => server.name)
  for (const cluster of lab.clusters) {
    const order = cluster.order ?? names
    for (const instance of cluster.instances) {
      const best = instance.direction === 'forward' ? order[0] : order.at(-1)
      if (best === undefined) continue
      await lab.observer.waitFor(instance.addresses, [best])
    }
  }
}

function story(lab: Lab, linesEach: number): string {
  const services = lab.servers.flatMap((server) => [server.named, server.daemon, server.keepalived])
  const logs = services.flatMap((service) => service.logs.map((log) => log.tail(linesEach)))
  return [...logs.filter((log) => log !== ''), 'addresses:', describe(lab.observer.changes)].join(
    '\n',
  )
}
