// Adverts that do not get through, or not whole, between two servers of the lab.
import type { Node } from '../namespace.ts'
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'
import { leaveGroup } from './leave-group.ts'

const patient = ward({ servers: ['s1', 's2'], onLoopback: true })

patient.breaks({
  name: 'H301: a filter below the firewall takes what arrives',
  at: 's2',
  break: (s2) => diverted(s2, 'ingress'),
  mend: (s2) => restored(s2.node),
  says: [
    'does not process the adverts of 192.0.2.11',
    '224.0.0.18 VRRPv3 id 53',
    'tc filter show dev eth0 ingress',
  ],
})

patient.breaks({
  name: 'H302: a filter below the firewall takes what leaves',
  async break(s1, lab) {
    await diverted(s1, 'egress')
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
  },
  mend: (s1) => restored(s1.node),
  says: [
    'Adverts of recdns0, which is MASTER here, do not leave',
    'tc filter show dev eth0 egress',
  ],
})

patient.breaks({
  name: 'H303: another server does not hear this one, and holds the addresses as well',
  async break(_, lab) {
    await diverted(lab.server('s2'), 'ingress')
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
  },
  mend: (_, lab) => restored(lab.server('s2').node),
  says: ['held by this server and also by 192.0.2.12', 'priority 200', 'drain --isolate'],
})

patient.breaks({
  name: 'H303: a switch keeps adverts apart, and ARP tells',
  async break(_, lab) {
    await lab.network.filter('ip protocol 112 drop')
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
  },
  mend: (_, lab) => lab.network.filter(null),
  says: ['claims 192.0.2.53', 'IGMP snooping'],
})

patient.breaks({
  name: 'H309: a rule of another server rewrites the TTL of its adverts',
  at: 's2',
  break: (_, lab) => rewrites(lab.server('s1'), 'ip protocol 112 ip ttl set 64'),
  mend: (_, lab) => lab.server('s1').clearFirewall(),
  says: ['192.0.2.11 arrive with TTL 64', 'ip_ttl_err'],
})

patient.breaks({
  name: 'H310: adverts are damaged on their way',
  at: 's2',
  break: (_, lab) => rewrites(lab.server('s1'), 'ip protocol 112 @th,48,16 set 0xbeef'),
  mend: (_, lab) => lab.server('s1').clearFirewall(),
  says: ['192.0.2.11 arrive with a wrong checksum', 'checksum wrong'],
})

patient.breaks({
  name: 'H313: keepalived is no longer a member of the group',
  at: 's2',
  break: (s2) => leaveGroup(s2),
  async mend(s2, lab) {
    await s2.keepalived.restart()
    await lab.observer.waitFor(lab.addresses, ['s1'])
  },
  says: ['eth0 is not in 224.0.0.18, which recdns0 needs', 'ip maddress show dev eth0'],
})

/** Sends VRRP to an interface that is down; a filter sees packets where no firewall does. */
async function diverted({ node }: LabServer, way: 'ingress' | 'egress'): Promise<void> {
  await node.run(['ip', 'link', 'add', 'nowhere', 'type', 'bridge'])
  await node.run(['tc', 'qdisc', 'add', 'dev', 'eth0', 'clsact'])
  const match = ['protocol', 'ip', 'u32', 'match', 'ip', 'protocol', '112', '0xff']
  const away = ['action', 'mirred', 'egress', 'redirect', 'dev', 'nowhere']
  await node.run(['tc', 'filter', 'add', 'dev', 'eth0', way, ...match, ...away])
}

async function restored(node: Node): Promise<void> {
  await node.run(['tc', 'qdisc', 'del', 'dev', 'eth0', 'clsact'])
  await node.run(['ip', 'link', 'del', 'nowhere'])
}

async function rewrites(server: LabServer, rule: string): Promise<void> {
  const chain = `chain out {\n type filter hook output priority mangle\n ${rule}\n}`
  await server.firewall(chain)
}
