// A pair of balancers with the real daemon and rendered configuration, while a client goes on asking.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createClient, type RunningClient } from '../lab/client.ts'
import { chooseHoldfast, HOLDFAST } from '../lab/holdfast.ts'
import { KEEPALIVED_READY } from '../lab/keepalived.ts'
import { createService, type Service } from '../lab/service.ts'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import {
  allStreamsServed,
  configure,
  halvesOn,
  halvesWith,
  pairToml,
  SLOW_PROCESSOR,
  untilAllHealth,
  untilHalves,
} from './pair.ts'

setDefaultTimeout(240_000)
const TOML = pairToml({
  keepalived: SLOW_PROCESSOR.keepalived,
  extra: `${SLOW_PROCESSOR.extra}[balancer]
slow_start = "2s"
drain_timeout = "5s"
`,
})
const RATE_PER_S = 8
const MASTER = /\(recdns0\) Entering MASTER STATE/
/** As `holdfast render-config sysctl` has it. */
const SETTINGS = ['net.ipv4.vs.expire_nodest_conn=1', 'net.ipv4.vs.expire_quiescent_template=1']

/** What real servers answer a balancer itself is lost; what goes to clients takes another way. */
const DEAF = `table inet deaf {
  chain input {
    type filter hook input priority 0
    ip saddr 192.0.2.31-192.0.2.33 meta l4proto { tcp, udp } th sport 53 drop
    ip6 saddr 2001:db8::31-2001:db8::33 meta l4proto { tcp, udp } th sport 53 drop
  }
}
`

inGuest(import.meta.path, () => {
  let lab: Balancers
  let client: RunningClient
  const daemons = new Map<Balancer, Service>()

  beforeAll(async () => {
    lab = await createBalancers(chooseHoldfast())
    await Promise.all(lab.balancers.map(begin))
    const [lb1] = lab.balancers
    await lb1.keepalived.log.waitFor(MASTER)
    client = await createClient(lab.client, Object.values(VIRTUAL)).start({ ratePerS: RATE_PER_S })
  })
  afterAll(() => lab?.destroy())

  async function begin(balancer: Balancer): Promise<void> {
    const { node, keepalived } = balancer
    configure(balancer, TOML)
    await node.run(['sysctl', '-q', '-w', ...SETTINGS])
    const command = [HOLDFAST, 'daemon']
    const daemon = createService(() => node, { name: 'holdfast', command })
    daemons.set(balancer, daemon)
    await keepalived.start()
    await keepalived.log.waitFor(KEEPALIVED_READY)
    await untilHalves(balancer, halvesWith(0, 0, 0))
    await daemon.start()
    await untilHalves(balancer, halvesWith(100, 100, 100))
  }

  /** A balancer has this in all halves, null for who is out, and its daemon's status says as much. */
  async function has(balancer: Balancer, ...weights: readonly (number | null)[]): Promise<number> {
    const tookMs = await untilHalves(balancer, halvesWith(...weights))
    await untilAllHealth(balancer, ...weights)
    return tookMs
  }

  /** The same on both; says how long that took. */
  async function bothHave(what: string, ...weights: readonly (number | null)[]): Promise<void> {
    const tookMs = await Promise.all(lab.balancers.map((balancer) => has(balancer, ...weights)))
    await say(`${what}: ${tookMs.map((value) => `${Math.round(value)} ms`).join(', ')}`)
  }

  async function say(what: string): Promise<void> {
    const { sent, lost, longestGapMs } = await client.interim()
    console.log(`${what}; so far ${lost} of ${sent} lost, gap ${Math.round(longestGapMs)} ms`)
  }

  /** Waits until a balancer becomes master, from now on; asked before it can be one. */
  const becomesMaster = ({ keepalived }: Balancer) =>
    keepalived.log.waitFor(MASTER, { ceilingMs: 120_000, from: keepalived.log.lines.length })

  test('a real server that dies or hangs is removed from both tables, and a drained one stays in them', async () => {
    const [rs1, , rs3] = lab.realServers
    const order = (...words: readonly string[]) =>
      Promise.all(
        lab.balancers.map(({ node }) => node.run([HOLDFAST, ...words, '--backend', 'rs2'])),
      )
    await rs1.named.kill()
    await bothHave('rs1 killed', null, 100, 100)
    await order('drain', '--reason', 'test')
    await bothHave('rs2 drained', null, 0, 100)
    await rs1.named.start()
    await bothHave('rs1 started', 100, 0, 100)
    await order('undrain')
    await bothHave('rs2 undrained', 100, 100, 100)
    rs3.named.freeze()
    await bothHave('rs3 frozen', 100, 100, null)
    rs3.named.cont()
    await bothHave('rs3 thawed', 100, 100, 100)
  })

  test('a balancer that hears no real server yields to the other, and when neither does, all are asked', async () => {
    const [lb1, lb2] = lab.balancers
    const taken = becomesMaster(lb2)
    await lb1.node.run(['nft', '-f', '-'], DEAF)
    await has(lb1, 1, 1, 1)
    expect(halvesOn(lb2)).toEqual(halvesWith(100, 100, 100))
    await taken
    await say('lb1 is deaf, lb2 master')
    await lb2.node.run(['nft', '-f', '-'], DEAF)
    await bothHave('both are deaf', 1, 1, 1)
    await allStreamsServed(client)
    const back = becomesMaster(lb1)
    for (const { node } of lab.balancers) await node.run(['nft', 'delete', 'table', 'inet', 'deaf'])
    await bothHave('both hear again', 100, 100, 100)
    await back
  })

  test('a dead daemon leaves the pool as it is, and the other balancer takes over', async () => {
    const [lb1, lb2] = lab.balancers
    const taken = becomesMaster(lb2)
    const beganMs = performance.now()
    await daemons.get(lb1)?.kill()
    await taken
    await say(`daemon of lb1 killed: ${Math.round(performance.now() - beganMs)} ms`)
    await lab.realServers[2].named.kill()
    await has(lb2, 100, 100, null)
    expect(halvesOn(lb1)).toEqual(halvesWith(100, 100, 100))
    const back = becomesMaster(lb1)
    await daemons.get(lb1)?.start()
    await bothHave('daemon of lb1 back', 100, 100, null)
    await lab.realServers[2].named.start()
    await bothHave('rs3 started', 100, 100, 100)
    await back
  })

  test('a balancer that loses its power is replaced by the other', async () => {
    const [lb1, lb2] = lab.balancers
    const taken = becomesMaster(lb2)
    await lb1.node.powerOff()
    await taken
    await allStreamsServed(client)
    await has(lb2, 100, 100, 100)
  })

  test('every real server has answered clients over UDP and TCP', async () => {
    const { byServer, streams, sent, lost } = await client.stop()
    console.log(`in all: ${lost} of ${sent} lost`, byServer)
    expect(streams).toHaveLength(4)
    expect(Object.keys(byServer).toSorted()).toEqual(['rs1', 'rs2', 'rs3'])
    for (const stream of streams) expect(stream.answered).toBeGreaterThan(3 * stream.lost)
  })
})
