// IPVS's table is not what it should be: each way that this can be is told by a code of its own.
import { until } from '../../lab/doctor/broken.ts'
import type { Node } from '../../lab/namespace.ts'
import { inGuest } from '../in-guest.ts'
import { halvesWith, untilHalves } from '../pair.ts'
import { pairWard } from './pair-ward.ts'

const V4 = '192.0.2.53:53'
const RS1 = '192.0.2.31:53'
const WEIGHTS = '/run/holdfast/weight'
const FULL = halvesWith(100, 100, 100)

inGuest(import.meta.path, () => {
  const patient = pairWard()

  const ipvsadm = (node: Node, ...words: readonly string[]) => node.run(['ipvsadm', ...words])
  const weigh = async (node: Node, weight: number, ...halves: readonly ('-u' | '-t')[]) => {
    for (const half of halves)
      await ipvsadm(node, '-e', half, V4, '-r', RS1, '-g', '-w', String(weight))
  }

  patient.breaks({
    name: 'H602: a virtual address is not in the table, over neither protocol',
    async break({ node }) {
      await ipvsadm(node, '-D', '-u', V4)
      await ipvsadm(node, '-D', '-t', V4)
    },
    mend: (balancer) => balancer.startAnew(),
    says: ['nothing for 192.0.2.53 port 53'],
  })

  patient.breaks({
    name: 'H603: the UDP half of a service is gone, and its TCP half is not',
    break: ({ node }) => ipvsadm(node, '-D', '-u', V4),
    mend: (balancer) => balancer.startAnew(),
    says: ['TCP 192.0.2.53 port 53 without UDP 192.0.2.53 port 53'],
  })

  patient.breaks({
    name: 'H603: a real server has another weight over TCP than over UDP',
    break: ({ node }) => weigh(node, 0, '-t'),
    mend: ({ node }) => weigh(node, 100, '-t'),
    says: ['192.0.2.31: weight 100 over UDP, weight 0 over TCP'],
  })

  patient.breaks({
    name: 'H604: somebody else balances by the same table',
    break: ({ node }) => ipvsadm(node, '-A', '-t', '192.0.2.53:80', '-s', 'wrr'),
    mend: ({ node }) => ipvsadm(node, '-D', '-t', '192.0.2.53:80'),
    says: ['TCP 192.0.2.53 port 80: no service of the configuration'],
  })

  patient.breaks({
    name: 'H605: a weight in IPVS is not that of the file, in both halves',
    break: ({ node }) => weigh(node, 7, '-u', '-t'),
    mend: ({ node }) => weigh(node, 100, '-u', '-t'),
    says: ['192.0.2.31: weight 7 in IPVS, weight 100 in /run/holdfast/weight'],
  })

  patient.breaks({
    name: 'H606: the folder of weights was removed and made again',
    async break(balancer) {
      // While it holds still, nothing puts a file back into the folder that is being removed.
      balancer.daemon.freeze()
      await balancer.node.run(['rm', '-r', WEIGHTS])
      balancer.daemon.cont()
      const names = ['rs1', 'rs2', 'rs3'].map((name) => `${WEIGHTS}/recdns.${name}`)
      await until(async () => (await balancer.node.exec(['cat', ...names])).code === 0)
      await untilHalves(balancer, halvesWith(0, 0, 0))
    },
    async mend(balancer) {
      balancer.keepalived.signal('SIGHUP')
      await untilHalves(balancer, FULL)
    },
    says: ['keepalived has no inotify watch on /run/holdfast/weight'],
  })

  patient.breaks({
    name: 'H607: the daemon cannot write its weights',
    async break(balancer) {
      const { node, daemon } = balancer
      // Nothing puts the file back meanwhile.
      daemon.freeze()
      node.write(`${WEIGHTS}/recdns.rs1`, '7\n')
      await node.run(['mount', '--bind', WEIGHTS, WEIGHTS])
      await node.run(['mount', '-o', 'remount,bind,ro', WEIGHTS])
      daemon.cont()
      await untilHalves(balancer, halvesWith(7, 100, 100))
    },
    async mend(balancer) {
      await balancer.node.run(['umount', WEIGHTS])
      await untilHalves(balancer, FULL)
    },
    says: ['/run/holdfast/weight/recdns.rs1: \\"7\\\\n\\", but the daemon decided 100'],
  })
})
