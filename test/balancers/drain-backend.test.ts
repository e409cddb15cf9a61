// `holdfast drain --backend` on real IPVS: new queries go elsewhere, and open connections are waited for.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chooseHoldfast, HOLDFAST } from '../lab/holdfast.ts'
import { KEEPALIVED_COMMAND } from '../lab/keepalived.ts'
import { sendSignal } from '../lab/process.ts'
import { createService, type Service } from '../lab/service.ts'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import { configure, ipvsOn, pairToml } from './pair.ts'

setDefaultTimeout(240_000)
const WAIT_MS = 60_000
/** Times for slow system calls and one processor. */
const TIMES = `
[balancer]
slow_start = "2s"
drain_timeout = "60s"
[checks.local]
probes = ["127.in-addr.arpa SOA"]
timeout = "5s"
[timing]
slow_threshold_min = "1s"
`

inGuest(import.meta.path, () => {
  let lab: Balancers
  let balancer: Balancer
  let daemon: Service
  let keepalived: Service

  /** All destinations: two protocols, two families, three real servers. */
  const destinations = () => ipvsOn(balancer).flatMap((family) => family.destinations)
  const until = async (holds: () => boolean) => {
    const endMs = Date.now() + WAIT_MS
    while (!holds()) {
      if (Date.now() > endMs)
        throw new Error(`${JSON.stringify(ipvsOn(balancer))}\n${daemon.log.tail(30)}`)
      await Bun.sleep(50)
    }
  }
  const allWeigh = (weight: number) => {
    const all = destinations()
    return all.length === 12 && all.every((ipvsDestination) => ipvsDestination.weight === weight)
  }

  beforeAll(async () => {
    lab = await createBalancers(chooseHoldfast())
    balancer = lab.balancers[0]
    configure(balancer, pairToml({ extra: TIMES }))
    const { node } = balancer
    // VRRP is not what this is about, so the address is simply there.
    await node.run(['ip', 'address', 'add', `${VIRTUAL.v4}/32`, 'dev', 'eth0'])
    daemon = createService(() => node, { name: 'holdfast', command: [HOLDFAST, 'daemon'] })
    const command = [...KEEPALIVED_COMMAND, '--check']
    await daemon.start()
    keepalived = createService(() => node, { name: 'keepalived', command, tree: true })
    await keepalived.start()
    await until(() => allWeigh(100))
  })
  afterAll(() => lab?.destroy())

  test('an open connection is waited for, and the real server comes back in quarters', async () => {
    const { node } = balancer
    const hold = ['bash', '-c', `exec 3<>/dev/tcp/${VIRTUAL.v4}/53; echo open; exec sleep 600`]
    const held = await lab.client.spawn('connection', hold)
    let busy: string | undefined
    await until(() => {
      busy = destinations().find(({ active }) => active === 1)?.address
      return busy !== undefined
    })
    const name = `rs${Number(busy?.split('.').at(-1)) - 30}`
    const drained = node.exec([HOLDFAST, 'drain', '--backend', name, '--reason', 'test'])
    await until(() => {
      const theirs = destinations().filter(({ weight }) => weight === 0)
      return theirs.length === 4 && theirs.some(({ active }) => active === 1)
    })
    sendSignal(held.pid, 'SIGKILL')
    const done = await drained
    console.log(done.stdout)
    expect(done.code).toBe(0)
    expect(done.stdout).toContain('0 active connections (1 at the start)')
    const undrained = await node.exec([HOLDFAST, 'undrain', '--backend', `recdns.${name}`])
    expect(undrained.stdout).toMatch(new RegExp(`recdns.${name}: weight \\d+ of 100`))
    await until(() => allWeigh(100))
  })

  test('a keepalived that does not follow is told of, for queries still go there', async () => {
    const { node } = balancer
    const isOut = () => destinations().filter(({ weight }) => weight === 0).length === 4
    keepalived.freeze()
    const refused = await node.exec([HOLDFAST, 'drain', '--backend', 'rs1', '--reason', 'test'])
    expect(refused.stdout).toContain('keepalived has not applied weight 0')
    expect(refused.code).toBe(1)
    expect(allWeigh(100)).toBe(true)
    keepalived.cont()
    await until(isOut)
    const again = await node.exec([HOLDFAST, 'drain', '--backend', 'rs1', '--reason', 'test'])
    expect(again.code).toBe(0)
  })
})
