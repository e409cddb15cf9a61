// Two balancers that see the same real servers die: one of them tells, which is the one that serves.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { KEEPALIVED_CONF, KEEPALIVED_READY, keepalivedConf } from '../keepalived.ts'
import { createLab, type Lab } from '../lab.ts'
import { until } from '../maintenance.ts'
import type { LabServer } from '../server.ts'
import { balancerToml, REAL_SERVERS } from './balancer-site.ts'

const obstacle = whyNoLab()
setDefaultTimeout(60_000)
const BALANCERS = ['lb1', 'lb2'] as const
/** What a balancer has told of, a document a line. */
const TOLD = '/run/holdfast/told'
/** keepalived tells of a takeover before the daemon sees the address come: what is told must settle. */
const NOTIFY = `
[notify]
group_wait = "1s"
group_interval = "0s"
[notify.channels.file]
type = "command"
command = ["/bin/sh", "-c", "cat >>${TOLD}"]
`
/** The kernel here has no IPVS, so that keepalived is told of the virtual addresses alone. */
const VRRP = `[keepalived]
interface = "eth0"
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53/24", "2001:db8::53/64"]
virtual_router_id = 53
[servers.lb1]
[servers.lb2]
`

interface Told {
  readonly subject: string
  readonly text: string
}

describe.skipIf(obstacle !== null)('of two balancers', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await createLab({ servers: [...REAL_SERVERS, ...BALANCERS] })
    await Promise.all(REAL_SERVERS.map((name) => lab.server(name).named.start()))
    for (const name of BALANCERS) await begin(lab.server(name), name)
    await until('lb1 holds it', () => holds('lb1'))
    // Or it would be told in one message with what happens next.
    await untilTold('lb1', /^\[holdfast\] lb1 now serves recdns0$/)
  })
  afterAll(() => lab?.destroy())

  async function begin({ node, daemon, keepalived }: LabServer, name: string): Promise<void> {
    const toml = `${balancerToml(REAL_SERVERS).replace('name = "lb1"', `name = "${name}"`)}${NOTIFY}`
    node.write('/etc/holdfast/holdfast.toml', toml)
    node.write('/etc/holdfast/order/recdns', 'lb1\nlb2\n')
    node.write(KEEPALIVED_CONF, keepalivedConf(name, VRRP))
    await daemon.start()
    await until('the weight is told', () =>
      /"weight":100/.test(read(name, '/run/holdfast/status.json')),
    )
    await keepalived.start()
    await keepalived.log.waitFor(KEEPALIVED_READY)
  }

  function read(name: string, path: string): string {
    try {
      return lab.server(name).node.read(path)
    } catch {
      return ''
    }
  }

  function status(name: string) {
    return JSON.parse(read(name, '/run/holdfast/status.json')) as {
      readonly instances: readonly { readonly holding: boolean }[]
      readonly backends: readonly { readonly server: string; readonly state: string }[]
    }
  }

  const holds = (name: string) => status(name).instances[0]?.holding === true
  const told = (name: string) =>
    read(name, TOLD)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Told)

  async function untilState(name: string, server: string, serverState: string): Promise<void> {
    const now = () => status(name).backends.find((backend) => backend.server === server)?.state
    await until(serverState, () => now() === serverState)
    expect(now()).toBe(serverState)
  }

  async function untilTold(name: string, pattern: RegExp): Promise<Told> {
    const find = () => told(name).find(({ subject }) => pattern.test(subject))
    await until('told', () => find() !== undefined).catch(() => undefined)
    const found = find()
    if (found === undefined) throw new Error(`${pattern} in ${JSON.stringify(told(name))}`)
    return found
  }

  const ofPool = (name: string) =>
    told(name).filter(({ subject }) => /REMOVED|ADDED|service/.test(subject))

  test('the one tells of a real server that holds the virtual addresses', async () => {
    await lab.server('s1').named.kill()
    // Whichever question is first: one that was under way when named died has no answer.
    const out = await untilTold('lb1', /^\[holdfast\] lb1: recdns\.s1 REMOVED: .*(refused|timeout)/)
    expect(out.text).toContain('service recdns  192.0.2.53, 2001:db8::53: 2 of 3 real servers')
    await untilState('lb2', 's1', 'failed')
    await lab.server('s1').named.start()
    await untilTold('lb1', /^\[holdfast\] lb1: recdns\.s1 ADDED$/)
    await untilState('lb2', 's1', 'healthy')
    expect(ofPool('lb2')).toEqual([])
  })

  test('the other one takes over, says how the pool is, and tells from then on', async () => {
    await lab.server('s1').named.kill()
    await untilState('lb2', 's1', 'failed')
    // Out and in again before, and now out.
    await until('three are told', () => ofPool('lb1').length === 3)
    await lab.server('lb1').daemon.kill()
    const master = await untilTold('lb2', /^\[holdfast\] lb2 now serves recdns0/)
    expect(master.text).toMatch(
      / {2}recdns\.s1 {2}failed since .*, weight 0 of 100: .*(refused|timeout)/,
    )
    await until('lb2 holds it', () => holds('lb2'))
    await lab.server('s1').named.start()
    await untilTold('lb2', /^\[holdfast\] lb2: recdns\.s1 ADDED$/)
    expect(ofPool('lb1')).toHaveLength(3)
  })
})
