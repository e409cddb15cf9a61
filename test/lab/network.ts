// The lab's network: one bridge as a switch, one cable per node, and what can be done to them.
import type { LabRoot, Node } from './namespace.ts'

export interface Network {
  /** Plugs a node in: its eth0 becomes a port of the switch that bears its name. */
  connect(node: Node, addresses: readonly string[]): Promise<void>
  /** Waits until a node that has ended has left the switch: the kernel tidies up in its own time. */
  disconnect(name: string): Promise<void>
  /** Pulls the cable at the switch: the node loses its carrier. */
  linkDown(name: string): Promise<void>
  linkUp(name: string): Promise<void>
  /** Splits the switch: each group hears itself alone, and every carrier stays up. */
  partition(groups: readonly (readonly string[])[]): Promise<void>
  /** Ends a partition. */
  heal(): Promise<void>
  /** A rule of nftables for what the switch passes on, in place of an earlier one; null for none. */
  filter(rule: string | null): Promise<void>
}

export async function createNetwork(root: LabRoot): Promise<Network> {
  const bridges = new Set<string>()
  const ports = new Set<string>()

  async function bridge(name: string): Promise<void> {
    if (bridges.has(name)) return
    bridges.add(name)
    await batch(root, [
      `link add ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${name} up`,
    ])
  }

  await bridge('br0')
  return {
    async connect(node, addresses) {
      ports.add(node.name)
      await batch(root, [
        `link add ${node.name} type veth peer name eth0 netns ${node.pid}`,
        `link set ${node.name} master br0 up`,
      ])
      const setup = addresses.map((address) => `addr add ${address} dev eth0`)
      await node.run(['ip', '-batch', '-'], [...setup, 'link set eth0 up'].join('\n'))
    },
    async disconnect(name) {
      ports.delete(name)
      await root.run([
        'sh',
        '-c',
        `ip link del ${name} 2>/dev/null; ! ip link show ${name} 2>/dev/null`,
      ])
    },
    linkDown: (name) => batch(root, [`link set ${name} down`]),
    linkUp: (name) => batch(root, [`link set ${name} up`]),
    async partition(groups) {
      for (const [index, group] of groups.entries()) {
        await bridge(`br${index}`)
        await batch(
          root,
          group.map((name) => `link set ${name} master br${index}`),
        )
      }
    },
    heal: () =>
      batch(
        root,
        [...ports].map((name) => `link set ${name} master br0`),
      ),
    async filter(rule) {
      const chain = `chain forward {\n type filter hook forward priority 0\n ${rule}\n}`
      const table = 'table bridge lab'
      const added = rule === null ? '' : `${table} {\n${chain}\n}\n`
      await root.run(['nft', '-f', '-'], `${table}\ndelete ${table}\n${added}`)
    },
  }
}

async function batch(root: LabRoot, lines: readonly string[]): Promise<void> {
  await root.run(['ip', '-batch', '-'], lines.join('\n'))
}
