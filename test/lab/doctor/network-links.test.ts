// Interfaces that are gone, down, or carry less than they should.
import { ownAddresses } from '../layout.ts'
import type { Node } from '../namespace.ts'
import { until, ward } from './broken.ts'

const patient = ward({ servers: ['s1', 's2'], onLoopback: true })
const OWN = ownAddresses(1)

patient.breaks({
  name: 'H509: the interface has another name',
  at: 's2',
  async break({ node, named }) {
    await renamed(node, 'eth0', 'em1')
    await named.log.waitFor(new RegExp(`interface em1, ${OWN.v6}#53`))
  },
  mend: ({ node }) => renamed(node, 'em1', 'eth0'),
  says: ['Interface eth0 does not exist', 'interface eth0 of recdns0', 'ip address show: lo, em1'],
})

patient.breaks({
  name: 'H510: the cable is out',
  at: 's2',
  async break(s2) {
    await s2.linkDown()
    // The kernel tells of a carrier that is gone in its own time.
    await until(async () => (await s2.node.run(['ip', 'link'])).includes('NO-CARRIER'))
  },
  mend: (s2) => s2.linkUp(),
  says: ['eth0 has no carrier', 'NO-CARRIER', 'ethtool eth0'],
})

patient.breaks({
  name: 'H511: multicast is off',
  at: 's2',
  break: ({ node }) => node.run(['ip', 'link', 'set', 'eth0', 'multicast', 'off']),
  mend: ({ node }) => node.run(['ip', 'link', 'set', 'eth0', 'multicast', 'on']),
  says: ['Multicast is off on eth0', 'ip link set eth0 multicast on'],
})

patient.breaks({
  name: 'H512: the packets are too small for IPv6',
  at: 's2',
  break: ({ node }) => node.run(['ip', 'link', 'set', 'eth0', 'mtu', '1200']),
  async mend({ node }) {
    await node.run(['ip', 'link', 'set', 'eth0', 'mtu', '1500'])
    await node.run(['ip', 'address', 'replace', `${OWN.v6}/64`, 'dev', 'eth0', 'nodad'])
  },
  says: ['IPv6 is disabled on eth0', 'mtu 1200', 'ip link set eth0 mtu 1500'],
})

patient.breaks({
  name: 'H513: the packets are smaller than usual',
  at: 's2',
  break: ({ node }) => node.run(['ip', 'link', 'set', 'eth0', 'mtu', '1400']),
  mend: ({ node }) => node.run(['ip', 'link', 'set', 'eth0', 'mtu', '1500']),
  says: ['MTU of eth0 is 1400', 'ip link set eth0 mtu 1500'],
})

patient.breaks({
  name: 'H514: an interface runs at half duplex',
  at: 's2',
  async break({ node }) {
    // A node sees the /sys of the host's network until it has one of its own.
    await node.run(['mount', '-t', 'sysfs', 'sysfs', '/sys'])
    await node.run(['ip', 'tuntap', 'add', 'tap0', 'mode', 'tap'])
    await node.run(['ip', 'address', 'add', '198.51.100.1/24', 'dev', 'tap0'])
    await node.run(['ip', 'link', 'set', 'tap0', 'up'])
    await node.run(['perl', '-e', HALF_DUPLEX, 'tap0'])
  },
  async mend({ node }) {
    await node.run(['ip', 'link', 'del', 'tap0'])
    await node.run(['umount', '/sys'])
  },
  says: ['tap0 10 Mbit/s half duplex', 'ethtool tap0'],
})

/** SIOCETHTOOL (0x8946) with ETHTOOL_SSET (2) of linux/ethtool.h: 10 Mbit/s, half duplex. */
const HALF_DUPLEX = `
use Socket;
socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
my $settings = pack('LLLSCCCCCCLLSCCLLL', 2, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
my $request = pack('a16 P', $ARGV[0], $settings);
ioctl($socket, 0x8946, $request) or die "ethtool: $!";
`

/** IPv6 addresses do not outlast an interface that is down. */
async function renamed(node: Node, from: string, to: string): Promise<void> {
  await node.run(['ip', 'link', 'set', from, 'down'])
  await node.run(['ip', 'link', 'set', from, 'name', to])
  await node.run(['ip', 'link', 'set', to, 'up'])
  await node.run(['ip', 'address', 'add', `${OWN.v6}/64`, 'dev', to, 'nodad'])
}
