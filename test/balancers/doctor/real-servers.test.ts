// What a balancer rests on apart from its table: real servers, orders, the other balancer, the kernel.
import { HOLDFAST } from '../../lab/holdfast.ts'
import type { Node } from '../../lab/namespace.ts'
import type { Balancers } from '../balancers.ts'
import { inGuest } from '../in-guest.ts'
import { halvesWith, untilHalves } from '../pair.ts'
import { type Patient, pairWard } from './pair-ward.ts'

const ORDER = '/var/lib/holdfast/backend/recdns.rs1.json'
const FULL = halvesWith(100, 100, 100)

inGuest(import.meta.path, () => {
  const patient = pairWard({ service: 'quorum = 2' })
  const sysctl = (node: Node, ...settings: readonly string[]) =>
    node.run(['sysctl', '-q', '-w', ...settings])
  /** Has the first of the real servers hang, and waits until they are out. */
  const hang = async (count: number, balancer: Patient, { realServers }: Balancers) => {
    for (const realServer of realServers.slice(0, count)) realServer.named.freeze()
    const weights = realServers.map((_, index) => (index < count ? null : 100))
    await untilHalves(balancer, halvesWith(...weights))
  }
  const thaw = async (balancer: Patient, { realServers }: Balancers) => {
    for (const realServer of realServers) realServer.named.cont()
    await untilHalves(balancer, FULL)
  }

  patient.breaks({
    name: 'H609: fewer real servers are in the pool than the quorum',
    break: (balancer, { lab }) => hang(2, balancer, lab),
    mend: (balancer, { lab }) => thaw(balancer, lab),
    says: ['Service recdns: 1 of 3 real servers in the pool, 2 needed', 'recdns.rs2 is failed'],
  })

  patient.breaks({
    name: 'H610: one real server has failed',
    break: (balancer, { lab }) => hang(1, balancer, lab),
    mend: (balancer, { lab }) => thaw(balancer, lab),
    says: ['recdns.rs1 is failed since', 'no response in time'],
  })

  patient.breaks({
    name: 'H611: an operator has taken a real server out',
    async break(balancer) {
      await balancer.node.run([HOLDFAST, 'drain', '--backend', 'rs1', '--reason', 'new disk'])
      await untilHalves(balancer, halvesWith(0, 100, 100))
    },
    async mend(balancer) {
      await balancer.node.run([HOLDFAST, 'undrain', '--backend', 'rs1'])
      await untilHalves(balancer, FULL)
    },
    says: ['recdns.rs1 has been drained for', 'new disk', 'holdfast undrain --backend recdns.rs1'],
  })

  patient.breaks({
    name: 'H612: an order about a real server is garbage',
    async break(balancer) {
      balancer.node.write(ORDER, '{"mode": "dr')
      await untilHalves(balancer, halvesWith(0, 100, 100))
    },
    async mend(balancer) {
      balancer.node.remove(ORDER)
      await untilHalves(balancer, FULL)
    },
    says: [`${ORDER} is not valid`],
  })

  patient.breaks({
    name: 'H613: the balancers do not tell each other of their connections',
    async break({ node }) {
      for (const role of ['master', 'backup']) await node.exec(['ipvsadm', '--stop-daemon', role])
    },
    mend: (balancer) => balancer.startAnew(),
    says: ['lvs_sync_daemon eth0 inst recdns0 id 53', '224.0.0.81 port 8848'],
  })

  patient.breaks({
    name: 'H614: IPVS keeps clients with real servers that have left',
    break: ({ node }) => sysctl(node, 'net.ipv4.vs.expire_nodest_conn=0'),
    mend: ({ node }) => sysctl(node, 'net.ipv4.vs.expire_nodest_conn=1'),
    says: ['net/ipv4/vs/expire_nodest_conn = 0'],
  })

  const ignore = (value: number) =>
    ['all', 'eth0'].map((name) => `net.ipv4.conf.${name}.arp_ignore=${value}`)
  patient.breaks({
    name: 'H615: a real server answers ARP for the virtual address',
    break: (_, { lab }) => sysctl(lab.realServers[0].node, ...ignore(0)),
    mend: (_, { lab }) => sysctl(lab.realServers[0].node, ...ignore(1)),
    says: ['rs1 answers ARP for 192.0.2.53', 'on eth0: rs1, 192.0.2.31'],
  })
})
