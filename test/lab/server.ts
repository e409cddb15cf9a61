// One DNS server of the lab: its programs, its files and what can be done to it.
import { parseRelease } from '../../src/keepalived/release.ts'
import { CONFIG_PATH, HOLDFAST, type HoldfastKind, holdfastToml } from './holdfast.ts'
import { type Hostile, type HostileMode, startHostile } from './hostile.ts'
import {
  KEEPALIVED_COMMAND,
  KEEPALIVED_CONF,
  KEEPALIVED_READY,
  keepalivedConf,
} from './keepalived.ts'
import { type ClusterSpec, ownAddresses, serviceAddresses, UPSTREAM } from './layout.ts'
import type { Node } from './namespace.ts'
import type { Network } from './network.ts'
import type { Observer } from './observer.ts'
import { type PortSquatter, stealTcpPort } from './port-squatter.ts'
import { IN_REAL_TIME } from './priority.ts'
import { configureServerNamed, NAMED_COMMAND, NAMED_READY } from './resolver.ts'
import { createService, type Service } from './service.ts'

export interface LabServer {
  readonly name: string
  /** Its own addresses, on eth0. */
  readonly v4: string
  readonly v6: string
  /** The machine: files, commands, programs. A new one after each `boot`. */
  readonly node: Node
  readonly named: Service
  readonly keepalived: Service
  readonly daemon: Service
  /** Starts named, the daemon and keepalived, as a booting host would. */
  start(): Promise<void>
  /** What the daemon published for an instance: effective priority, or null when there is none. */
  priority(instance: string): number | null
  /** The stand-in for a daemon: publishes an effective priority (1–254, or 0 for FAULT) by rename. */
  publish(instance: string, priority: number): void
  /** status.json as the daemon wrote it, unread. */
  status(): unknown
  linkDown(): Promise<void>
  linkUp(): Promise<void>
  /** By hand, on eth0, behind keepalived's back. */
  addAddress(address: string): Promise<void>
  removeAddress(address: string): Promise<void>
  /** Holds TCP port 53 of an address that this server does not have yet. */
  stealTcpPort(address: string): Promise<PortSquatter>
  /** Kills named and answers everything wrongly in its place. */
  startHostile(mode: HostileMode | 'each'): Promise<Hostile>
  /** Puts nftables rules in place of any earlier ones; the text goes into an `inet` table. */
  firewall(rules: string): Promise<void>
  clearFirewall(): Promise<void>
  /** Pulls the plug: no program gets to say goodbye. */
  powerOff(): Promise<void>
  /** Boots again: /etc, /var and /usr/local are as they were, /run is empty, nothing is started. */
  boot(): Promise<void>
}

export interface ServerSpec {
  readonly name: string
  readonly index: number
  /** All servers of the lab, in order. */
  readonly servers: readonly string[]
  readonly clusters: readonly ClusterSpec[]
  readonly onLoopback: boolean
  readonly holdfast: HoldfastKind
  readonly extraToml: string
  readonly namedOptions: string
}

/** What a server needs of the lab around it. */
export interface Surroundings {
  readonly network: Network
  readonly observer: Observer
  newNode(name: string): Promise<Node>
}

/** Boots the server; nothing runs on it yet. */
export async function createServer(spec: ServerSpec, around: Surroundings): Promise<LabServer> {
  const own = ownAddresses(spec.index)
  let node = await around.newNode(spec.name)
  const here = () => node
  const priorityPath = (instance: string) => `/run/holdfast/priority/${instance}`

  const server: LabServer = {
    name: spec.name,
    ...own,
    get node() {
      return node
    },
    named: createService(here, { name: 'named', command: NAMED_COMMAND, ready: NAMED_READY }),
    keepalived: createService(here, {
      name: 'keepalived',
      command: [...IN_REAL_TIME, ...KEEPALIVED_COMMAND],
      ready: KEEPALIVED_READY,
      tree: true,
    }),
    daemon: createService(here, { name: 'holdfast', command: [HOLDFAST, 'daemon'] }),
    async start() {
      await server.named.start()
      if (spec.holdfast === 'stand-in') node.write('/run/holdfast/alive', '')
      else await server.daemon.start()
      await server.keepalived.start()
    },
    priority(instance) {
      try {
        const value = Number.parseInt(node.read(priorityPath(instance)), 10)
        return Number.isNaN(value) ? null : value + 1
      } catch {
        return null
      }
    },
    publish(instance, priority) {
      // keepalived adds the value to the instance's own priority, which is 1; -254 means FAULT.
      node.write(priorityPath(instance), `${priority === 0 ? -254 : priority - 1}\n`)
    },
    status: () => JSON.parse(node.read('/run/holdfast/status.json')),
    linkDown: () => around.network.linkDown(spec.name),
    linkUp: () => around.network.linkUp(spec.name),
    addAddress: (address) => changeAddress(node, 'add', address),
    removeAddress: (address) => changeAddress(node, 'del', address),
    stealTcpPort: (address) => stealTcpPort(node, address),
    async startHostile(mode) {
      await server.named.kill()
      return startHostile(node, mode)
    },
    async firewall(rules) {
      await server.clearFirewall()
      await node.run(['nft', '-f', '-'], `table inet lab {\n${rules}\n}\n`)
    },
    async clearFirewall() {
      await node.exec(['nft', 'delete', 'table', 'inet', 'lab'])
    },
    async powerOff() {
      await node.powerOff()
      await around.network.disconnect(spec.name)
      around.observer.forget(spec.name)
    },
    async boot() {
      node = await around.newNode(spec.name)
      await setUp(node, spec, around)
    },
  }
  await setUp(node, spec, around)
  await configure(node, spec)
  return server
}

/** What a boot does before any program starts: kernel settings, addresses, tmpfiles. */
async function setUp(node: Node, spec: ServerSpec, around: Surroundings): Promise<void> {
  await node.run(['mkdir', '-p', '/run/holdfast/priority'])
  await node.run(['install', '-d', '-o', 'bind', '-g', 'bind', '/run/named'])
  if (spec.onLoopback) await standOnLoopback(node, spec.clusters)
  await around.observer.watch(node)
  const own = ownAddresses(spec.index)
  await around.network.connect(node, [`${own.v4}/24`, `${own.v6}/64 nodad`])
}

/** The service addresses on lo, where neither ARP nor neighbour discovery shows them to others. */
async function standOnLoopback(node: Node, clusters: readonly ClusterSpec[]): Promise<void> {
  const settings = ['all', 'default'].flatMap((conf) => [
    `net.ipv4.conf.${conf}.arp_ignore=1`,
    `net.ipv4.conf.${conf}.arp_announce=2`,
  ])
  await node.run(['sysctl', '-q', '-w', ...settings])
  const additions = serviceAddresses(clusters).map((address) =>
    address.includes(':')
      ? `addr add ${address}/128 dev lo nodad`
      : `addr add ${address}/32 dev lo`,
  )
  await node.run(['ip', '-batch', '-'], additions.join('\n'))
}

async function configure(node: Node, spec: ServerSpec): Promise<void> {
  const toml = holdfastToml(spec.name, spec.clusters, spec.onLoopback, spec.extraToml)
  configureServerNamed(node, UPSTREAM.v4, toml, spec.namedOptions)
  node.write(CONFIG_PATH, toml)
  const { stderr } = await node.exec(['keepalived', '--version'])
  node.write(KEEPALIVED_CONF, keepalivedConf(spec.name, toml, parseRelease(stderr)))
  for (const cluster of spec.clusters) {
    node.write(
      `/etc/holdfast/order/${cluster.name}`,
      `${(cluster.order ?? spec.servers).join('\n')}\n`,
    )
  }
}

function changeAddress(node: Node, action: 'add' | 'del', address: string): Promise<void> {
  const [length, flags] = address.includes(':') ? [64, ['nodad']] : [24, []]
  const command = ['ip', 'address', action, `${address}/${length}`, 'dev', 'eth0']
  return node.run(action === 'add' ? [...command, ...flags] : command).then(() => undefined)
}
