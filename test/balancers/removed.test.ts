// A real server that has failed leaves IPVS's table by the second of its files, and comes back to it.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { LabProcess } from '../lab/process.ts'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import {
  configure,
  type Halves,
  halvesOn,
  halvesWith,
  pairToml,
  publishOut,
  publishWeight,
  untilHalves,
} from './pair.ts'

setDefaultTimeout(240_000)
const SORRY = 'sorry_server = ["192.0.2.99", "2001:db8::99"]'
const SORRY_HALVES: Halves = {
  ...{ 'UDP 192.0.2.53': '192.0.2.99=1', 'TCP 192.0.2.53': '192.0.2.99=1' },
  ...{ 'UDP 2001:db8::53': '2001:db8::99=1', 'TCP 2001:db8::53': '2001:db8::99=1' },
}

inGuest(import.meta.path, () => {
  let lab: Balancers
  let lb: Balancer

  beforeAll(async () => {
    lab = await createBalancers('stand-in')
    lb = lab.balancers[0]
    configure(lb, pairToml())
    // As render-config has it, and as nobody would have it by default.
    await lb.node.run(['sysctl', '-q', '-w', 'net.ipv4.vs.expire_nodest_conn=1'])
    await publish(100, 100, 100)
    await lb.keepalived.start()
    await lb.node.run(['ip', 'address', 'replace', `${VIRTUAL.v4}/32`, 'dev', 'eth0'])
    await untilHalves(lb, halvesWith(100, 100, 100))
  })
  afterAll(() => lab?.destroy())

  /** null takes it out of the table. */
  const publish = async (...weights: readonly (number | null)[]) => {
    for (const [index, weight] of weights.entries()) {
      await publishWeight(lb.node, `rs${index + 1}`, `${weight ?? 0}\n`)
      await publishOut(lb.node, `rs${index + 1}`, weight === null)
    }
  }
  const becomes = async (...weights: readonly (number | null)[]) => {
    await publish(...weights)
    await untilHalves(lb, halvesWith(...weights))
  }

  test('it leaves all halves, and comes back with whatever weight its file has then', async () => {
    for (const weight of [25, 0, 1, 100]) {
      await becomes(null, 100, 100)
      await becomes(weight, 100, 100)
    }
    await becomes(null, null, null)
    await becomes(1, 1, 1)
    await becomes(25, null, null)
    await becomes(100, null, 0)
  })

  test('a reload and a restart leave it out, and it comes back all the same', async () => {
    await becomes(null, 100, 0)
    lb.keepalived.signal('SIGHUP')
    await lb.keepalived.log.waitFor(/Reload complete/)
    expect(halvesOn(lb)).toEqual(halvesWith(null, 100, 0))
    await becomes(25, 100, null)
    await lb.keepalived.stop()
    await publish(null, 100, 25)
    await lb.keepalived.start()
    await untilHalves(lb, halvesWith(null, 100, 25))
    await becomes(50, null, 100)
  })

  /** The real server that has an open connection; there must be one. */
  const busy = async () => {
    const table = await lb.node.run(['ipvsadm', '--list', '--numeric', '--connection'])
    const found = /ESTABLISHED .* 192\.0\.2\.3(\d):53\s*$/m.exec(table)?.[1]
    if (found === undefined) throw new Error(table)
    return Number(found) - 1
  }
  const connect = async (): Promise<LabProcess> => {
    const line = `exec 3<>/dev/tcp/${VIRTUAL.v4}/53; echo open; read -r; echo >&3; cat <&3; echo over`
    const connection = await lab.client.spawn('connection', ['bash', '-c', line])
    await connection.log.waitFor(/^open$/)
    return connection
  }

  test('a connection to it is reset instead of hanging, and one to who weighs 0 lives on', async () => {
    await becomes(100, 100, 100)
    const all: readonly (number | null)[] = [100, 100, 100]
    const lost = await connect()
    const lostOn = await busy()
    await becomes(...all.with(lostOn, null))
    lost.write('\n')
    await lost.log.waitFor(/reset by peer/)
    await becomes(...all)
    const kept = await connect()
    const keptOn = await busy()
    await becomes(...all.with(keptOn, 0))
    expect(await busy()).toBe(keptOn)
    kept.write('\n')
    // Two bytes of length, one of them missing, and then nothing: named waits for the rest of it.
    await Bun.sleep(1000)
    expect(kept.log.tail(3)).not.toContain('reset')
    await becomes(...all)
  })

  test('the sorry server stands in when all are removed or weigh 0, and goes when one is back', async () => {
    await lb.keepalived.stop()
    configure(lb, pairToml({ service: SORRY }))
    await publish(null, null, null)
    await lb.keepalived.start()
    await untilHalves(lb, SORRY_HALVES)
    for (const others of [
      [null, null],
      [0, null],
      [0, 0],
    ] as const) {
      await becomes(25, ...others)
      await publish(null)
      await untilHalves(lb, SORRY_HALVES)
    }
    await becomes(null, 1, null)
    await becomes(100, 1, 100)
  })
})
