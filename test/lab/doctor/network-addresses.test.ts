// Addresses in the wrong state or place, without loopback service addresses.
import { instanceSpec } from '../layout.ts'
import type { Node } from '../namespace.ts'
import { until, ward } from './broken.ts'
import { addLink, removeLink } from './extra-link.ts'

/** The second instance has a network of its own, to which a router would send. */
const FAR = { ...instanceSpec('far0', 54, 'forward'), addresses: ['198.51.100.54'] }
const CLUSTERS = [{ name: 'recdns', instances: [instanceSpec('recdns0', 53, 'forward'), FAR] }]

const patient = ward({ servers: ['s1', 's2'], clusters: CLUSTERS })

patient.breaks({
  name: 'H505: a service address is left on the loopback interface',
  at: 's2',
  break: ({ node }) => node.run(['ip', 'address', 'add', '192.0.2.53/32', 'dev', 'lo']),
  mend: ({ node }) => node.run(['ip', 'address', 'del', '192.0.2.53/32', 'dev', 'lo']),
  says: [
    '192.0.2.53 is on lo',
    'service_addresses_on_loopback = false',
    'ip address del 192.0.2.53/32 dev lo',
  ],
})

patient.breaks({
  name: 'H507: a service address was added while another server has it',
  at: 's2',
  break: ({ node }) => addWithDetection(node, '2001:db8::53/64'),
  mend: ({ node }) => node.run(['ip', 'address', 'del', '2001:db8::53/64', 'dev', 'eth0']),
  says: ['2001:db8::53 is disabled as a duplicate', '2001:db8::53/64 on eth0'],
})

patient.breaks({
  name: 'H508: another host has an address of this server',
  break: ({ node }) => addWithDetection(node, '2001:db8::100/64'),
  mend: ({ node }) => node.run(['ip', 'address', 'del', '2001:db8::100/64', 'dev', 'eth0']),
  says: ['2001:db8::100 is disabled as a duplicate', 'ip -6 neighbour show 2001:db8::100'],
})

patient.breaks({
  name: 'H517: two interfaces are in the same network',
  break: ({ node }) => addLink(node, '192.0.2.201/24'),
  mend: ({ node }) => removeLink(node),
  says: ['eth0 and eth1 are in the same network', '192.0.2.201/24 on eth1', 'arp_ignore=1'],
})

patient.breaks({
  name: 'H518: another interface has the network of a service address',
  break: ({ node }) => addLink(node, '198.51.100.1/24'),
  mend: ({ node }) => removeLink(node),
  says: ['198.51.100.54 is configured for eth0', '198.51.100.1/24 on eth1', 'far0 is on eth0'],
})

patient.breaks({
  name: 'H519: a service address may be chosen as a source',
  break: ({ node }) => preferred(node, 'forever'),
  mend: ({ node }) => preferred(node, '0'),
  says: [
    'may use service address 2001:db8::53',
    '2001:db8::53/64 on eth0',
    '2001:db8::11/64 on eth0',
  ],
})

async function preferred(node: Node, lifetime: string): Promise<void> {
  const lifetimes = ['valid_lft', 'forever', 'preferred_lft', lifetime]
  await node.run(['ip', 'address', 'change', '2001:db8::53/64', 'dev', 'eth0', ...lifetimes])
}

/** The lab's addresses come without duplicate address detection, this one with it. */
async function addWithDetection(node: Node, address: string): Promise<void> {
  const settings = ['accept_dad=1', 'dad_transmits=1'].map((text) => `net.ipv6.conf.eth0.${text}`)
  await node.run(['sysctl', '-q', '-w', 'net.ipv6.conf.all.accept_dad=1', ...settings])
  await node.run(['ip', 'address', 'add', address, 'dev', 'eth0'])
  const shown = () => node.run(['ip', '-6', 'address', 'show', 'dev', 'eth0'])
  await until(async () => /dadfailed/.test(await shown()))
}
