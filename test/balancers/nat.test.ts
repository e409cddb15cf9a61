// Address translation as it is rendered: questions and answers pass through whoever has the address.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createClient, type RunningClient } from '../lab/client.ts'
import { chooseHoldfast, HOLDFAST } from '../lab/holdfast.ts'
import { KEEPALIVED_READY } from '../lab/keepalived.ts'
import { createService } from '../lab/service.ts'
import {
  type Balancer,
  type Balancers,
  createBalancers,
  type RealServer,
  VIRTUAL,
} from './balancers.ts'
import { inGuest } from './in-guest.ts'
import {
  allStreamsServed,
  configure,
  halvesWith,
  pairToml,
  SLOW_PROCESSOR,
  tellKernel,
  untilAllHealth,
  untilHalves,
} from './pair.ts'

setDefaultTimeout(240_000)
const ALL = [100, 100, 100] as const
const TOML = pairToml({
  service: 'lvs_method = "nat"',
  keepalived: SLOW_PROCESSOR.keepalived,
  extra: `${SLOW_PROCESSOR.extra}[balancer]
slow_start = "0s"
`,
})
const RATE_PER_S = 8
const MASTER = /\(recdns0\) Entering MASTER STATE/
/** The network of the clients, in which no real server is. */
const OUTSIDE = { v4: '198.51.100.0/24', v6: '2001:db8:c::/64' } as const

inGuest(import.meta.path, () => {
  let lab: Balancers
  let client: RunningClient

  beforeAll(async () => {
    lab = await createBalancers(chooseHoldfast())
    await moveClient()
    await Promise.all(lab.realServers.map(behind))
    await Promise.all(lab.balancers.map(begin))
    await lab.balancers[0].keepalived.log.waitFor(MASTER)
    client = await createClient(lab.client, Object.values(VIRTUAL)).start({ ratePerS: RATE_PER_S })
  })
  afterAll(() => lab?.destroy())

  const ip = (node: Balancer['node'], ...lines: readonly string[]) =>
    node.run(['ip', '-batch', '-'], lines.map((line) => `${line}\n`).join(''))

  /** Where it is, real servers are reached by a router, and so are its virtual addresses. */
  const moveClient = () =>
    ip(
      lab.client,
      'address flush dev eth0 scope global',
      'address add 198.51.100.100/24 dev eth0',
      'address add 2001:db8:c::100/64 dev eth0 nodad',
      `route add ${VIRTUAL.v4} dev eth0`,
      `route add ${VIRTUAL.v6} dev eth0`,
    )

  /** A real server has no virtual address, and its way back is that of whoever has them. */
  const behind = async ({ node }: RealServer) => {
    await node.run(['sysctl', '-q', '-w', 'net.ipv6.conf.eth0.accept_redirects=0'])
    await ip(
      node,
      `address delete ${VIRTUAL.v4}/32 dev lo`,
      `address delete ${VIRTUAL.v6}/128 dev lo`,
      `route add default via ${VIRTUAL.v4}`,
      `route add default via ${VIRTUAL.v6}`,
    )
  }

  async function begin(balancer: Balancer): Promise<void> {
    const { node, keepalived } = balancer
    configure(balancer, TOML)
    await tellKernel(balancer, TOML)
    await ip(node, `route add ${OUTSIDE.v4} dev eth0`, `route add ${OUTSIDE.v6} dev eth0`)
    await keepalived.start()
    await keepalived.log.waitFor(KEEPALIVED_READY)
    await createService(() => node, { name: 'holdfast', command: [HOLDFAST, 'daemon'] }).start()
    await untilHalves(balancer, halvesWith(...ALL))
  }

  async function bothHave(...weights: readonly (number | null)[]): Promise<void> {
    await Promise.all(
      lab.balancers.map(async (balancer) => {
        await untilHalves(balancer, halvesWith(...weights))
        await untilAllHealth(balancer, ...weights)
      }),
    )
  }

  test('a client is answered over UDP and TCP, IPv4 and IPv6, by each real server', async () => {
    await allStreamsServed(client)
    const servers = async () => Object.keys((await client.interim()).byServer).toSorted()
    while ((await servers()).length < 3) await Bun.sleep(100)
    expect(await servers()).toEqual(['rs1', 'rs2', 'rs3'])
    const table = await lab.balancers[0].table()
    expect(table.match(/^ +-> \S+ +Masq /gm)).toHaveLength(12)
  })

  test('a real server that is killed leaves all halves, and its clients are answered by the others', async () => {
    const [rs1] = lab.realServers
    await rs1.named.kill()
    await bothHave(null, 100, 100)
    await allStreamsServed(client)
    await rs1.named.start()
    await bothHave(...ALL)
  })

  test('the way back moves with the address', async () => {
    const [lb1, lb2] = lab.balancers
    const taken = lb2.keepalived.log.waitFor(MASTER)
    await lb1.keepalived.stop()
    await taken
    await allStreamsServed(client)
  })

  test('little was lost', async () => {
    const { streams, sent, lost, lostBy } = await client.stop()
    console.log(`in all: ${lost} of ${sent} lost`, lostBy)
    expect(streams).toHaveLength(4)
    for (const stream of streams) expect(stream.answered).toBeGreaterThan(3 * stream.lost)
  })
})
