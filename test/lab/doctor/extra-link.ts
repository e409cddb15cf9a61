// A second network interface on a node of the lab, which leads nowhere.
import type { Node } from '../namespace.ts'

/** eth1 with a carrier, and an address unless it is null. */
export async function addLink(node: Node, address: string | null): Promise<void> {
  await node.run(['ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far1'])
  await node.run(['ip', 'link', 'set', 'far1', 'up'])
  if (address !== null) await node.run(['ip', 'address', 'add', address, 'dev', 'eth1'])
  await node.run(['ip', 'link', 'set', 'eth1', 'up'])
}

export async function removeLink(node: Node): Promise<void> {
  await node.run(['ip', 'link', 'del', 'eth1'])
}
