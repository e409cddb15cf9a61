// Rendered configuration on real keepalived and IPVS: what a file says is what both halves do.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import { configure, type Halves, halvesWith, pairToml, publishWeight, untilHalves } from './pair.ts'

setDefaultTimeout(240_000)
const SORRY = 'sorry_server = ["192.0.2.99", "2001:db8::99"]'
const SORRY_HALVES: Halves = {
  ...{ 'UDP 192.0.2.53': '192.0.2.99=1', 'TCP 192.0.2.53': '192.0.2.99=1' },
  ...{ 'UDP 2001:db8::53': '2001:db8::99=1', 'TCP 2001:db8::53': '2001:db8::99=1' },
}

/** Kills all of keepalived at one moment, so that nobody is left who could tidy up. */
const KILL_ALL = `all=
for status in /proc/[0-9]*/comm; do
  pid=\${status#/proc/}
  case $(cat $status) in keepalived|Keepalived*) all="$all \${pid%/comm}" ;; esac
done
kill -STOP $all
kill -KILL $all`

inGuest(import.meta.path, () => {
  let lab: Balancers
  let lb: Balancer

  beforeAll(async () => {
    lab = await createBalancers('stand-in')
    lb = lab.balancers[0]
  })
  afterAll(() => lab?.destroy())

  const publish = async (...weights: readonly number[]) => {
    for (const [index, weight] of weights.entries())
      await publishWeight(lb.node, `rs${index + 1}`, `${weight}\n`)
  }

  test('nothing is in the pool before a file says so, and what a file says counts in every half', async () => {
    configure(lb, pairToml())
    await lb.keepalived.start()
    await untilHalves(lb, halvesWith(0, 0, 0))
    await publish(100)
    await untilHalves(lb, halvesWith(100, 0, 0))
    await publish(25, 100, 1)
    await untilHalves(lb, halvesWith(25, 100, 1))
    await publishWeight(lb.node, 'rs1', 'a hundred\n')
    await untilHalves(lb, halvesWith(0, 100, 1))
    lb.node.remove('/run/holdfast/weight/recdns.rs2')
    await untilHalves(lb, halvesWith(0, 0, 1))
    await publishWeight(lb.node, 'rs3', '')
    await untilHalves(lb, halvesWith(0, 0, 0))
    expect(lb.node.read('/run/holdfast/one')).toBe('1\n')
  })

  test('a reload changes nothing, and an entry that a crash left behind does not keep its weight', async () => {
    await publish(100, 100, 100)
    await untilHalves(lb, halvesWith(100, 100, 100))
    lb.keepalived.signal('SIGHUP')
    await lb.keepalived.log.waitFor(/Reload complete/)
    await untilHalves(lb, halvesWith(100, 100, 100))
    await lb.node.run(['bash', '-c', KILL_ALL])
    await lb.keepalived.stop()
    await publish(0)
    await untilHalves(lb, halvesWith(100, 100, 100))
    await lb.keepalived.start()
    await untilHalves(lb, halvesWith(0, 100, 100))
  })

  test('a sorry server is there while nobody else is, before the first file as well', async () => {
    await lb.keepalived.stop()
    lb.node.remove('/run/holdfast/weight')
    configure(lb, pairToml({ service: SORRY }))
    await lb.keepalived.start()
    await untilHalves(lb, SORRY_HALVES)
    await publish(0, 1)
    await untilHalves(lb, halvesWith(0, 1, 0))
    await publish(0, 0)
    await untilHalves(lb, SORRY_HALVES)
  })

  /** Has rs1 out and the others in. */
  const schedule = async (scheduler: string) => {
    await lb.keepalived.stop()
    configure(lb, pairToml({ service: `lvs_sched = "${scheduler}"` }))
    await publish(0, 100, 100)
    await lb.keepalived.start()
    await lb.node.run(['ip', 'address', 'replace', `${VIRTUAL.v4}/32`, 'dev', 'eth0'])
    await untilHalves(lb, halvesWith(0, 100, 100))
  }

  test.each(['sh', 'mh'])(
    'with %s, the clients of a real server that is out are given another one',
    async (scheduler) => {
      await schedule(scheduler)
      expect(await answers()).toEqual(new Set(['"rs2"', '"rs3"']))
    },
  )

  test('with dh, one real server gets all queries, and they are lost when it is out', async () => {
    await schedule('dh')
    const [chosen = '', ...others] = await answers()
    expect(others).toEqual([])
    await publishWeight(lb.node, JSON.parse(chosen), '0\n')
    await untilHalves(lb, halvesWith(0, ...(chosen === '"rs2"' ? [0, 100] : [100, 0])))
    expect(await answers()).toEqual(new Set(['lost']))
  })

  /** Who answered clients with many addresses; "lost" stands for nobody. */
  async function answers(): Promise<ReadonlySet<string>> {
    const clients = Array.from({ length: 24 }, (_, index) => `192.0.2.${101 + index}`)
    const add = clients.map((client) => `address replace ${client}/24 dev eth0\n`).join('')
    await lab.client.run(['ip', '-batch', '-'], add)
    const all = clients.map(async (client) => {
      const query = ['+short', '+tries=1', `@${VIRTUAL.v4}`, 'whoami.lab', 'TXT']
      const { code, stdout } = await lab.client.exec(['dig', '-b', client, ...query])
      return code === 0 ? stdout.trim() : 'lost'
    })
    return new Set(await Promise.all(all))
  }
})
