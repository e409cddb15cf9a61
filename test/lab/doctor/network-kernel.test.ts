// Settings of the kernel that service addresses rest on, with loopback service addresses.
import type { Node } from '../namespace.ts'
import { ward } from './broken.ts'
import { addLink, removeLink } from './extra-link.ts'

const patient = ward({ onLoopback: true })

patient.breaks({
  name: 'H501: programs may bind to any address',
  break: ({ node }) => set(node, 'net.ipv4.ip_nonlocal_bind=1'),
  mend: ({ node }) => set(node, 'net.ipv4.ip_nonlocal_bind=0'),
  typed: /^sysctl -w/,
  says: ['net/ipv4/ip_nonlocal_bind = 1', 'sysctl -w net/ipv4/ip_nonlocal_bind=0'],
})

patient.breaks({
  name: 'H501: the same for IPv6',
  break: ({ node }) => set(node, 'net.ipv6.ip_nonlocal_bind=1'),
  mend: ({ node }) => set(node, 'net.ipv6.ip_nonlocal_bind=0'),
  typed: /^sysctl -w/,
  says: ['net/ipv6/ip_nonlocal_bind = 1'],
})

patient.breaks({
  name: 'H502: ARP answers for loopback service addresses',
  break: ({ node }) =>
    set(node, 'net.ipv4.conf.all.arp_ignore=0', 'net.ipv4.conf.eth0.arp_ignore=0'),
  mend: ({ node }) =>
    set(node, 'net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.eth0.arp_ignore=1'),
  says: ['arp_ignore of eth0 is 0, not 1', 'render-config sysctl --output'],
})

patient.breaks({
  name: 'H502: ARP asks in the name of loopback service addresses',
  break: ({ node }) =>
    set(node, 'net.ipv4.conf.all.arp_announce=1', 'net.ipv4.conf.eth0.arp_announce=0'),
  mend: ({ node }) =>
    set(node, 'net.ipv4.conf.all.arp_announce=2', 'net.ipv4.conf.eth0.arp_announce=2'),
  says: ['arp_announce of eth0 is 1, not 2'],
})

patient.breaks({
  name: 'H503: a service address is not on the loopback interface',
  break: ({ node }) => node.run(['ip', 'address', 'del', '192.0.2.53/32', 'dev', 'lo']),
  mend: ({ node }) => node.run(['ip', 'address', 'add', '192.0.2.53/32', 'dev', 'lo']),
  says: ['192.0.2.53 is not on lo', 'ip address replace 192.0.2.53/32 dev lo'],
})

patient.breaks({
  name: 'H504: a loopback service address has a network',
  break: ({ node }) => node.run(['ip', 'address', 'add', '192.0.2.53/31', 'dev', 'lo']),
  mend: ({ node }) => node.exec(['ip', 'address', 'del', '192.0.2.53/31', 'dev', 'lo']),
  typed: true,
  says: ['192.0.2.53/31 on lo makes the whole network local'],
})

patient.breaks({
  name: 'H506: the default route leaves by another interface, and the filter is strict',
  async break({ node }) {
    await addLink(node, '198.51.100.1/24')
    await node.run(['ip', 'route', 'add', 'default', 'via', '198.51.100.254', 'dev', 'eth1'])
    await set(node, 'net.ipv4.conf.eth0.rp_filter=1')
  },
  async mend({ node }) {
    await set(node, 'net.ipv4.conf.eth0.rp_filter=0')
    await removeLink(node)
  },
  says: ['rp_filter of eth0 is 1', 'default via 198.51.100.254 dev eth1', 'rp_filter=2'],
})

function set(node: Node, ...settings: readonly string[]): Promise<string> {
  return node.run(['sysctl', '-q', '-w', ...settings])
}
