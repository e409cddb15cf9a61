// A real server that does not answer for the virtual address leaves the pool of both balancers.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { BIND_OPTIONS_FILE } from '../../src/bind/options.ts'
import { type BackendStatus, readStatus } from '../../src/documents/status-document.ts'
import { chooseHoldfast, HOLDFAST } from '../lab/holdfast.ts'
import { KEEPALIVED_READY } from '../lab/keepalived.ts'
import { createService } from '../lab/service.ts'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import {
  configure,
  halvesOn,
  halvesWith,
  pairToml,
  type RealServerName,
  tellKernel,
  untilHalves,
} from './pair.ts'

setDefaultTimeout(280_000)
const WAIT_MS = 90_000
/** One processor does all of this: see pair.test.ts. */
const TOML = pairToml({
  keepalived: 'advert_interval = "1s"\nscript_interval = "20s"\nreport_transitions = false',
  extra: `[timing]
check_interval = "4s"
slow_threshold_min = "500ms"
[checks.local]
timeout = "4s"
probes = ["127.in-addr.arpa SOA"]
[balancer]
slow_start = "0s"
check_virtual = true
`,
})

inGuest(import.meta.path, () => {
  let lab: Balancers

  beforeAll(async () => {
    lab = await createBalancers(chooseHoldfast())
    for (const balancer of lab.balancers) {
      const { node, keepalived } = balancer
      configure(balancer, TOML)
      await tellKernel(balancer, TOML)
      const command = [HOLDFAST, 'daemon']
      await createService(() => node, { name: 'holdfast', command }).start()
      await keepalived.start()
      await keepalived.log.waitFor(KEEPALIVED_READY)
      await untilHalves(balancer, halvesWith(100, 100, 100))
    }
    await lab.balancers[0].keepalived.log.waitFor(/\(recdns0\) Entering MASTER STATE/)
  })
  afterAll(() => lab?.destroy())

  function backendOn({ node }: Balancer, name: RealServerName): BackendStatus {
    const text = node.read('/run/holdfast/status.json')
    const reading = readStatus(text, { bootMs: 0, bootId: '' })
    const found =
      reading.kind === 'unreadable'
        ? undefined
        : reading.document.backends?.find(({ server }) => server === name)
    if (found === undefined) throw new Error(`no backend ${name} in ${text}`)
    return found
  }

  /** How its endpoints are, such as { "udp/192.0.2.31": "ok" }. */
  const outcomes = (balancer: Balancer, name: RealServerName) =>
    Object.fromEntries(
      backendOn(balancer, name).endpoints.map((endpoint) => [endpoint.endpoint, endpoint.outcome]),
    )
  const outcomesAt = (balancer: Balancer, name: RealServerName, address: string) =>
    ['udp', 'tcp'].map((transport) => outcomes(balancer, name)[`${transport}/${address}`])

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<number> {
    const beginMs = performance.now()
    while (!(await holds())) {
      if (performance.now() - beginMs > WAIT_MS) {
        const tables = lab.balancers.map(halvesOn)
        throw new Error(`never: ${what}\n${JSON.stringify(tables, null, 1)}`)
      }
      await Bun.sleep(100)
    }
    return Math.round(performance.now() - beginMs)
  }

  /** Both balancers have this one in no half, and the others as they were. */
  async function bothWithout(name: RealServerName): Promise<void> {
    const weights = (['rs1', 'rs2', 'rs3'] as const).map((text) => (text === name ? null : 100))
    const tookMs = await Promise.all(
      lab.balancers.map((balancer) => untilHalves(balancer, halvesWith(...weights))),
    )
    console.log(`without ${name}: ${tookMs.map(Math.round).join(' ms, ')} ms`)
  }

  async function bothWithAll(): Promise<void> {
    const tookMs = await Promise.all(
      lab.balancers.map((balancer) => untilHalves(balancer, halvesWith(100, 100, 100))),
    )
    console.log(`all again: ${tookMs.map(Math.round).join(' ms, ')} ms`)
  }

  test('each is asked at its own addresses and at the virtual ones, by the master and by the backup', async () => {
    for (const balancer of lab.balancers) {
      for (const name of ['rs1', 'rs2', 'rs3'] as const) {
        await until(`all answers of ${name} on ${balancer.name}`, () => {
          const all = Object.values(outcomes(balancer, name))
          return all.length === 8 && all.every((outcome) => outcome === 'ok')
        })
      }
    }
  })

  test('one that has lost the virtual address is out, though it answers at its own, and returns with it', async () => {
    const [, rs2] = lab.realServers
    const address = `${VIRTUAL.v4}/32`
    await rs2.node.run(['ip', 'address', 'delete', address, 'dev', 'lo'])
    await bothWithout('rs2')
    for (const balancer of lab.balancers) {
      expect(outcomesAt(balancer, 'rs2', rs2.v4)).toEqual(['ok', 'ok'])
      expect(outcomesAt(balancer, 'rs2', VIRTUAL.v6)).toEqual(['ok', 'ok'])
      // The first of the two has it out; the other one may still be waited for.
      await until('no answer there', () =>
        outcomesAt(balancer, 'rs2', VIRTUAL.v4).every((outcome) => outcome !== 'ok'),
      )
    }
    await rs2.node.run(['ip', 'address', 'add', address, 'dev', 'lo'])
    await bothWithAll()
  })

  test('one whose named does not listen there is out', async () => {
    const [, , rs3] = lab.realServers
    const before = rs3.node.read(BIND_OPTIONS_FILE)
    const deaf = before.replace('listen-on-v6 { any; }', `listen-on-v6 { !${VIRTUAL.v6}; any; }`)
    expect(deaf).not.toBe(before)
    rs3.node.write(BIND_OPTIONS_FILE, deaf)
    await rs3.named.stop()
    await rs3.named.start()
    // It was out while it did not run.
    await until('its own answers', () =>
      lab.balancers.every((balancer) =>
        outcomesAt(balancer, 'rs3', rs3.v6).every((one) => one === 'ok'),
      ),
    )
    await bothWithout('rs3')
    for (const balancer of lab.balancers) {
      await until('no answer there', () =>
        outcomesAt(balancer, 'rs3', VIRTUAL.v6).every((outcome) => outcome !== 'ok'),
      )
      expect(backendOn(balancer, 'rs3').weight).toBe(0)
    }
    rs3.node.write(BIND_OPTIONS_FILE, before)
    await rs3.named.stop()
    await rs3.named.start()
    await bothWithAll()
  })

  test('without keepalived nothing is said of the virtual addresses, and nobody is out for it', async () => {
    const [, lb2] = lab.balancers
    const wentBefore = backendOn(lb2, 'rs1').went
    await lb2.keepalived.stop()
    await until('no answers at the virtual address', () => {
      const all = [VIRTUAL.v4, VIRTUAL.v6].flatMap((address) => outcomesAt(lb2, 'rs1', address))
      return all.every((outcome) => outcome === 'address-gone')
    })
    expect(backendOn(lb2, 'rs1')).toMatchObject({ weight: 100, went: wentBefore })
    await lb2.keepalived.start()
    await until('answers at the virtual address', () =>
      [VIRTUAL.v4, VIRTUAL.v6]
        .flatMap((address) => outcomesAt(lb2, 'rs1', address))
        .every((outcome) => outcome === 'ok'),
    )
    expect(backendOn(lb2, 'rs1')).toMatchObject({ weight: 100, went: wentBefore })
  })
})
