// Questions at the virtual addresses: a real server without one, and what leads them there.
import type { Node } from '../../lab/namespace.ts'
import { VIRTUAL } from '../balancers.ts'
import { inGuest } from '../in-guest.ts'
import { halvesWith, untilHalves } from '../pair.ts'
import { type Patient, pairWard } from './pair-ward.ts'

const FULL = halvesWith(100, 100, 100)
const RULES = '/etc/holdfast/balancer.nft'

inGuest(import.meta.path, () => {
  const patient = pairWard({
    balancer: 'check_virtual = true\nsource = ["192.0.2.21", "2001:db8::21"]',
  })

  patient.breaks({
    name: 'H608: a real server lacks a virtual address',
    async break(balancer, { lab }) {
      const { node } = lab.realServers[0]
      await node.run(['ip', 'address', 'del', `${VIRTUAL.v4}/32`, 'dev', 'lo'])
      await untilHalves(balancer, halvesWith(null, 100, 100))
    },
    async mend(balancer, { lab }) {
      const { node } = lab.realServers[0]
      await node.run(['ip', 'address', 'add', `${VIRTUAL.v4}/32`, 'dev', 'lo'])
      await untilHalves(balancer, FULL)
    },
    says: ['recdns.rs1 does not respond at 192.0.2.53', 'ip address replace 192.0.2.53/32 dev lo'],
  })

  patient.breaks({
    name: 'H616: the rules that mark the questions are not loaded',
    break: ({ node }) => node.run(['nft', 'delete', 'table', 'inet', 'holdfast_balancer']),
    async mend(balancer) {
      await balancer.node.run(['nft', '-f', RULES])
      await untilHalves(balancer, FULL)
    },
    says: ['missing: ip daddr 192.0.2.53 udp dport 53 meta mark set'],
  })

  patient.breaks({
    name: 'H617: IPVS does not know the mark of a real server',
    break: ({ node }) => node.run(['ipvsadm', '-D', '-f', '20000']),
    mend: (balancer) => balancer.startAnew(),
    says: ['nothing for mark 20000 of recdns.rs1'],
  })

  patient.breaks({
    name: 'H618: answers from a virtual address are not let in',
    break: ({ node }) => local(node, 0),
    async mend(balancer: Patient) {
      await local(balancer.node, 1)
      await untilHalves(balancer, FULL)
    },
    says: ['net/ipv4/conf/eth0/accept_local = 0'],
  })

  function local(node: Node, value: number): Promise<string> {
    return node.run(['sysctl', '-q', '-w', `net.ipv4.conf.eth0.accept_local=${value}`])
  }
})
