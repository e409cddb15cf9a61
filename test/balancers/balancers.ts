// A pair of load balancers, three real servers and a client on one switch: made in the guest.
import { type HoldfastKind, holdfastToml, installHoldfast } from '../lab/holdfast.ts'
import { KEEPALIVED_COMMAND, KEEPALIVED_CONF } from '../lab/keepalived.ts'
import { CLIENT, ONE_INSTANCE, UPSTREAM } from '../lab/layout.ts'
import { createNode, createRoot, type Node } from '../lab/namespace.ts'
import { createNetwork, type Network } from '../lab/network.ts'
import { configureServerNamed, NAMED_COMMAND, NAMED_READY } from '../lab/resolver.ts'
import { createService, type Service } from '../lab/service.ts'

/** The virtual addresses; on the loopback interface of each real server, for direct routing. */
export const VIRTUAL = { v4: '192.0.2.53', v6: '2001:db8::53' } as const

/** keepalived has read its configuration and made the table. */
const CHECKERS_READY = /Activating healthchecker|Initializing ipvs/

export interface Balancer {
  readonly name: string
  readonly v4: string
  readonly v6: string
  readonly node: Node
  readonly keepalived: Service
  /** Its table as `ipvsadm --list --numeric` prints it. */
  table(): Promise<string>
}

export interface RealServer {
  readonly name: string
  readonly v4: string
  readonly v6: string
  readonly node: Node
  readonly named: Service
}

export interface Balancers {
  readonly balancers: readonly [Balancer, Balancer]
  readonly realServers: readonly [RealServer, RealServer, RealServer]
  readonly client: Node
  readonly network: Network
  /** Ends every process, and with them every namespace and address. */
  destroy(): Promise<void>
}

/**
 * Makes the machines, and starts named on the real servers. The balancers have nothing yet.
 *
 * @param holdfast what every machine has as /usr/local/bin/holdfast; none when it is left out
 */
export async function createBalancers(holdfast?: HoldfastKind): Promise<Balancers> {
  const root = await createRoot()
  try {
    if (holdfast !== undefined) await installHoldfast(root, holdfast)
    const network = await createNetwork(root)
    const plug = async (name: string, number: number) => {
      const own = { v4: `192.0.2.${number}`, v6: `2001:db8::${number}` }
      const node = await createNode(root, name)
      await network.connect(node, [`${own.v4}/24`, `${own.v6}/64 nodad`])
      return { name, ...own, node }
    }
    const balancer = async (name: string, number: number) => asBalancer(await plug(name, number))
    const realServer = async (name: string, number: number) =>
      asRealServer(await plug(name, number))
    const client = await plug(CLIENT.name, 100)
    return {
      balancers: [await balancer('lb1', 21), await balancer('lb2', 22)],
      realServers: [
        await realServer('rs1', 31),
        await realServer('rs2', 32),
        await realServer('rs3', 33),
      ],
      client: client.node,
      network,
      destroy: () => root.destroy(),
    }
  } catch (error) {
    await root.destroy()
    throw error
  }
}

interface Plugged {
  readonly name: string
  readonly v4: string
  readonly v6: string
  readonly node: Node
}

function asBalancer(plugged: Plugged): Balancer {
  const { node } = plugged
  return {
    ...plugged,
    keepalived: createService(() => node, {
      name: 'keepalived',
      command: KEEPALIVED_COMMAND,
      ready: CHECKERS_READY,
      tree: true,
    }),
    table: () => node.run(['ipvsadm', '--list', '--numeric']),
  }
}

/** What direct routing needs of a real server: the virtual addresses on lo, unseen by neighbours. */
const ON_LOOPBACK = `set -e
for conf in all default; do
  echo 1 >/proc/sys/net/ipv4/conf/$conf/arp_ignore
  echo 2 >/proc/sys/net/ipv4/conf/$conf/arp_announce
done
ip -batch - <<END
address add ${VIRTUAL.v4}/32 dev lo
address add ${VIRTUAL.v6}/128 dev lo nodad
END
install -d -o bind -g bind /run/named`

async function asRealServer(plugged: Plugged): Promise<RealServer> {
  const { node, name } = plugged
  await node.run(['bash', '-c', ON_LOOPBACK])
  configureServerNamed(node, UPSTREAM.v4, holdfastToml(name, ONE_INSTANCE, true))
  const spec = { name: 'named', command: NAMED_COMMAND, ready: NAMED_READY }
  const named = createService(() => node, spec)
  await named.start()
  return { ...plugged, named }
}

/** Writes a balancer's keepalived.conf and starts keepalived with it. */
export async function startKeepalived(balancer: Balancer, conf: string): Promise<void> {
  balancer.node.write(KEEPALIVED_CONF, conf)
  await balancer.keepalived.start()
}
