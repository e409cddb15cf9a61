// A sound pair of balancers and a real server, looked at as a whole: no check of any category finds anything.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { diagnose } from '../../lab/doctor/diagnose.ts'
import { CONFIG_PATH, HOLDFAST } from '../../lab/holdfast.ts'
import type { Node } from '../../lab/namespace.ts'
import { createService } from '../../lab/service.ts'
import { VIRTUAL } from '../balancers.ts'
import { inGuest } from '../in-guest.ts'
import { type Surroundings, soundPair } from './pair-ward.ts'

setDefaultTimeout(240_000)
/** keepalived asks the dead man's switch every 20 s here. */
const FOLLOWS = /Changing effective priority from 1 to 250/
/** A daemon that has just started has had its time to look around. */
const HEALTHY = /health: \w+ -> healthy/

/** A real server needs no more than this. */
const REAL_SERVER = `[server]
name = "rs1"
[addresses]
service_addresses_on_loopback = true
[checks.local]
probes = ["whoami.lab TXT"]
timeout = "5s"
[timing]
check_interval = "4s"
slow_threshold_min = "1s"
[clusters.recdns.instances.recdns0]
addresses = ["${VIRTUAL.v4}", "${VIRTUAL.v6}"]
`
/** What takes long; the lab shows it. */
const SLOW = ['--skip', 'H411', '--skip', 'vrrp']

inGuest(import.meta.path, () => {
  let around: Surroundings
  beforeAll(async () => {
    around = await soundPair()
  })
  afterAll(() => around?.destroy())

  /** What is wrong with it. */
  async function unsound(node: Node): Promise<readonly string[]> {
    const { results } = await diagnose({ node }, ...SLOW)
    return results
      .filter(({ outcome }) => outcome.kind !== 'ok' && outcome.kind !== 'skip')
      .map(({ code, outcome }) => `${code} ${JSON.stringify(outcome)}`)
  }

  test('a sound balancer has nothing', async () => {
    const { node, daemon, keepalived } = around.server('lb1')
    await daemon.log.waitFor(HEALTHY, { ceilingMs: 60_000 })
    await keepalived.log.waitFor(FOLLOWS, { ceilingMs: 60_000 })
    expect(await unsound(node)).toEqual([])
  })

  test('a sound real server without keepalived has nothing, and one that betrays the balancer is found out', async () => {
    const { node } = around.lab.realServers[0]
    node.write(CONFIG_PATH, REAL_SERVER)
    const daemon = createService(() => node, { name: 'holdfast', command: [HOLDFAST, 'daemon'] })
    await daemon.start()
    await daemon.log.waitFor(HEALTHY)
    expect(await unsound(node)).toEqual([])
    await node.run(['sysctl', '-q', '-w', 'net.ipv4.conf.all.arp_ignore=0'])
    await node.run(['sysctl', '-q', '-w', 'net.ipv4.conf.eth0.arp_ignore=0'])
    await node.run(['ip', 'address', 'del', `${VIRTUAL.v6}/128`, 'dev', 'lo'])
    const { codes } = await diagnose({ node }, '--only', 'network')
    expect(codes).toEqual(['H502', 'H503'])
  })
})
