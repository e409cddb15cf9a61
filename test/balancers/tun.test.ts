// Tunnels as they are rendered: real servers unwrap what a balancer sends them, and answer by themselves.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import {
  type Balancer,
  type Balancers,
  createBalancers,
  type RealServer,
  VIRTUAL,
} from './balancers.ts'
import { inGuest } from './in-guest.ts'
import {
  configure,
  halvesWith,
  pairToml,
  publishWeight,
  SLOW_PROCESSOR,
  tellKernel,
  untilHalves,
} from './pair.ts'

setDefaultTimeout(240_000)
const TOML = pairToml({
  service: 'lvs_method = "tun"',
  keepalived: SLOW_PROCESSOR.keepalived,
})

inGuest(import.meta.path, () => {
  let lab: Balancers
  let lb: Balancer

  beforeAll(async () => {
    lab = await createBalancers('stand-in')
    lb = lab.balancers[0]
    await Promise.all(lab.realServers.map(unwrap))
    configure(lb, TOML)
    await tellKernel(lb, TOML)
    lb.node.write('/run/holdfast/alive', '')
    lb.node.write('/run/holdfast/priority/recdns0', '250\n')
    await lb.keepalived.start()
    // With the address from keepalived: the kernel would send tunnels' packets from one that is not deprecated.
    await lb.keepalived.log.waitFor(/\(recdns0\) Entering MASTER STATE/)
  })
  afterAll(() => lab?.destroy())

  /** What docs/load-balancing.md has a real server do. */
  async function unwrap({ node }: RealServer): Promise<void> {
    await node.run(['modprobe', '--all', 'ipip', 'ip6_tunnel'])
    await node.run(['ip', 'link', 'set', 'tunl0', 'up'])
    await node.run(['ip', 'link', 'set', 'ip6tnl0', 'up'])
    const filters = ['net.ipv4.conf.tunl0.rp_filter=0', 'net.ipv4.conf.all.rp_filter=0']
    await node.run(['sysctl', '-q', '-w', ...filters])
  }

  const ask = async (address: string, how: string) => {
    const query = ['dig', '+short', '+tries=1', '+time=5', how, `@${address}`, 'whoami.lab', 'TXT']
    const { code, stdout } = await lab.client.exec(query)
    return code === 0 ? stdout.trim() : 'lost'
  }

  test.each(['rs1', 'rs2', 'rs3'])(
    'while it alone is in the pool, %s answers over UDP and TCP, IPv4 and IPv6',
    async (name) => {
      const weights = ['rs1', 'rs2', 'rs3'].map((text) => (text === name ? 100 : 0))
      for (const [index, weight] of weights.entries())
        await publishWeight(lb.node, `rs${index + 1}`, `${weight}\n`)
      await untilHalves(lb, halvesWith(...weights))
      expect((await lb.table()).match(/^ +-> \S+ +Tunnel /gm)).toHaveLength(12)
      for (const address of Object.values(VIRTUAL))
        for (const how of ['+notcp', '+tcp']) expect(await ask(address, how)).toBe(`"${name}"`)
    },
  )
})
