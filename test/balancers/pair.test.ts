// A pair of balancers with the real daemon and rendered configuration, while a client goes on asking.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createClient, type RunningClient } from '../lab/client.ts'
import { HOLDFAST } from '../lab/holdfast.ts'
import { KEEPALIVED_READY } from '../lab/keepalived.ts'
import { createService, type Service } from '../lab/service.ts'
import { type Balancer, type Balancers, createBalancers, VIRTUAL } from './balancers.ts'
import { inGuest } from './in-guest.ts'
import { configure, halvesOn, halvesWith, pairToml, untilHalves } from './pair.ts'

const CEILING_MS = 280_000
/** One emulated processor does all of this, and a start of `check` alone keeps it busy for a second. */
const TOML = pairToml({
  keepalived: 'advert = "1s"\ncheck_interval = "20s"\nnotify = false',
  extra: `[timing]
period = "4s"
late = "500ms"
[checks.local]
timeout = "4s"
probes = ["whoami.lab TXT"]
[balancer]
slow_start = "3s"
`,
})
const RATE_PER_S = 8
const MASTER = /\(recdns0\) Entering MASTER STATE/

inGuest(
  import.meta.path,
  () => {
    let lab: Balancers
    let client: RunningClient
    /** Where lb1's second time as master begins in its log. */
    let masterFrom = 0
    const daemons = new Map<Balancer, Service>()

    beforeAll(async () => {
      lab = await createBalancers('source')
      for (const balancer of lab.balancers) {
        const { node } = balancer
        configure(balancer, TOML)
        const daemon = createService(() => node, {
          name: 'holdfast',
          command: [HOLDFAST, 'daemon'],
        })
        daemons.set(balancer, daemon)
        await balancer.keepalived.start()
        await balancer.keepalived.log.waitFor(KEEPALIVED_READY)
        expect(await halvesOn(balancer)).toEqual(halvesWith(0, 0, 0))
        await daemon.start()
        await untilHalves(balancer, halvesWith(100, 100, 100))
      }
      const [lb1] = lab.balancers
      await lb1.keepalived.log.waitFor(MASTER)
      client = await createClient(lab.client, Object.values(VIRTUAL)).start({
        ratePerS: RATE_PER_S,
      })
    }, CEILING_MS)
    afterAll(() => lab?.destroy())

    /** Both balancers have this in all halves; says how long that took. */
    async function bothHave(what: string, ...weights: readonly number[]): Promise<void> {
      const tookMs = await Promise.all(
        lab.balancers.map((it) => untilHalves(it, halvesWith(...weights))),
      )
      const { sent, lost, longestGapMs } = await client.interim()
      const took = tookMs.map((it) => `${Math.round(it)} ms`).join(', ')
      console.log(
        `${what}: ${took}; so far ${lost} of ${sent} lost, gap ${Math.round(longestGapMs)} ms`,
      )
    }

    /** Waits until each stream has been answered more often than now. */
    async function allStreamsServed(): Promise<void> {
      const before = (await client.interim()).streams
      for (const deadlineMs = performance.now() + 90_000; performance.now() < deadlineMs; ) {
        const now = (await client.interim()).streams
        if (now.every((it, index) => it.answered > (before[index]?.answered ?? 0))) return
        await Bun.sleep(200)
      }
      throw new Error('a stream is not served')
    }

    test(
      'a real server that dies or hangs leaves all halves of both balancers, and comes back to them',
      async () => {
        const [rs1, rs2] = lab.realServers
        await rs1.named.kill()
        await bothHave('rs1 killed', 0, 100, 100)
        await rs1.named.start()
        await bothHave('rs1 started', 100, 100, 100)
        rs2.named.freeze()
        await bothHave('rs2 frozen', 100, 0, 100)
        rs2.named.cont()
        await bothHave('rs2 thawed', 100, 100, 100)
      },
      CEILING_MS,
    )

    test(
      'a dead daemon leaves the pool as it is, and the other balancer takes over',
      async () => {
        const [lb1, lb2] = lab.balancers
        await daemons.get(lb1)?.kill()
        await lb2.keepalived.log.waitFor(MASTER, { ceilingMs: 120_000 })
        expect(await halvesOn(lb1)).toEqual(halvesWith(100, 100, 100))
        await lab.realServers[2].named.kill()
        await untilHalves(lb2, halvesWith(100, 100, 0))
        expect(await halvesOn(lb1)).toEqual(halvesWith(100, 100, 100))
        masterFrom = lb1.keepalived.log.lines.length
        await daemons.get(lb1)?.start()
        await bothHave('daemon of lb1 back', 100, 100, 0)
        await lab.realServers[2].named.start()
        await bothHave('rs3 started', 100, 100, 100)
      },
      CEILING_MS,
    )

    test(
      'a balancer that loses its power is replaced by the other',
      async () => {
        const [lb1, lb2] = lab.balancers
        const ceilingMs = 120_000
        await lb1.keepalived.log.waitFor(MASTER, { ceilingMs, from: masterFrom })
        const from = lb2.keepalived.log.lines.length
        await lb1.node.powerOff()
        await lb2.keepalived.log.waitFor(MASTER, { ceilingMs, from })
        await allStreamsServed()
      },
      CEILING_MS,
    )

    test(
      'every real server has answered clients over UDP and TCP',
      async () => {
        const { byServer, streams, sent, lost } = await client.stop()
        console.log(`in all: ${lost} of ${sent} lost`, byServer)
        expect(streams).toHaveLength(4)
        expect(Object.keys(byServer).toSorted()).toEqual(['rs1', 'rs2', 'rs3'])
        for (const stream of streams) expect(stream.answered).toBeGreaterThan(stream.lost)
      },
      CEILING_MS,
    )
  },
  'long',
)
