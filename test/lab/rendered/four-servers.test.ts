// Rendered configuration at work: orders are obeyed without a restart, and what is lost gives way.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type ClientReport, lostOver } from '../client-report.ts'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { Lab } from '../lab.ts'
import { onLab } from '../lab.ts'
import { lostText } from '../maintenance.ts'
import {
  addressesOf,
  effectivePriority,
  order,
  raise,
  SERVERS_TOML,
  until,
  untilPriorities,
} from './rendered-site.ts'

const TOML = `${SERVERS_TOML}
[flap]
failback_delay = "3s"
`
setDefaultTimeout(240_000)
const BEST_FIRST = [250, 200, 150, 100]
const BEST_LAST = BEST_FIRST.toReversed()

function holds(lab: Lab, instance: string, server: string): Promise<void> {
  return lab.observer.waitFor(addressesOf(instance), [server])
}

/** Edits orders while a client asks, and puts them back. */
async function editOrders(lab: Lab): Promise<ClientReport> {
  const client = await lab.client.start({ ratePerS: 400 })
  // The addresses of one cluster change places.
  order(lab, 'recdns', 'wcdc\nrnb\nsby\ncnh\n')
  await holds(lab, 'recdns1', 'wcdc')
  await holds(lab, 'recdns0', 'cnh')
  await untilPriorities(lab, 'recdns1', [100, 200, 150, 250])
  await untilPriorities(lab, 'recdns0', [250, 150, 200, 100])

  // As in 2015: a # takes a server out, and it is the last resort everywhere.
  order(lab, 'testdns', '#cnh  is being moved\nrnb\nsby\nwcdc\n')
  await holds(lab, 'testdns1', 'rnb')
  await untilPriorities(lab, 'testdns1', [30, 250, 200, 150])
  await untilPriorities(lab, 'testdns0', [30, 150, 200, 250])

  order(lab, 'testdns', 'cnh\nrnb\nsby\nwcdc\n')
  order(lab, 'recdns', 'cnh\nrnb\nsby\nwcdc\n')
  await lab.settled()
  return client.stop()
}

describe.skipIf(whyNoLab() !== null)('four servers with four instances', () => {
  test('obey the order files, which can be edited at any time', async () => {
    await onLab(raise({ extraToml: TOML }), async (lab) => {
      const texts = new Set(lab.servers.map(({ node }) => node.read(KEEPALIVED_CONF)))
      expect(texts.size).toBe(1)
      await untilPriorities(lab, 'recdns0', BEST_LAST)
      await untilPriorities(lab, 'recdns1', BEST_FIRST)
      await untilPriorities(lab, 'testdns0', BEST_LAST)
      await untilPriorities(lab, 'testdns1', BEST_FIRST)
      const pids = lab.servers.map((server) => server.keepalived.pid)

      const report = await editOrders(lab)
      console.log(`orders edited 4 times: ${lostText(report)}`)
      // A connection that is open at the very moment ends; a datagram is answered all the same.
      expect(lostOver('udp', report)).toBe(0)
      expect(report.unservedAtEnd).toBe(0)

      expect(lab.servers.map((server) => server.keepalived.pid)).toEqual(pids)
      for (const { keepalived } of lab.servers) expect(keepalived.logs).toHaveLength(1)
    })
  })

  test('lose what makes one of them good, and each time another takes over', async () => {
    await onLab(raise({ extraToml: TOML }), async (lab) => {
      const cnh = lab.server('cnh')
      const back = async () => {
        await holds(lab, 'recdns1', 'cnh')
        await holds(lab, 'testdns1', 'cnh')
      }
      const gone = async () => {
        await holds(lab, 'recdns1', 'rnb')
        await holds(lab, 'testdns1', 'rnb')
      }
      const client = await lab.client.start()

      await cnh.named.kill()
      await gone()
      expect(effectivePriority(cnh, 'recdns1')).toBe(10)
      await cnh.named.start()
      await back()

      await cnh.daemon.kill()
      await gone()
      await until(
        "the dead man's switch has the last word",
        () => effectivePriority(cnh, 'recdns1') === 1,
      )
      await cnh.daemon.start()
      await back()

      // The daemon runs on, and its word is good; but a host without the executable is no good.
      await cnh.node.run(['mv', HOLDFAST, '/var/tmp/holdfast'])
      await gone()
      expect(cnh.daemon.running).toBe(true)
      await cnh.node.run(['mv', '/var/tmp/holdfast', HOLDFAST])
      await back()

      // The daemon puts right what somebody wrote into its file; until then it counts as nothing.
      const from = cnh.keepalived.log.lines.length
      cnh.node.write('/run/holdfast/priority/recdns1', 'two hundred and fifty\n')
      await cnh.keepalived.log.waitFor(/\(recdns1\) Changing effective priority from 250 to 1$/, {
        from,
      })
      await until('the file is good again', () => cnh.priority('recdns1') === 250)
      await back()

      // keepalived's watch is on a folder that is no more: it fails closed, until it is told.
      cnh.node.remove('/run/holdfast')
      await gone()
      await until('the daemon has put it back', () => cnh.priority('recdns1') === 250)
      cnh.keepalived.signal('SIGHUP')
      await back()

      const report = await client.stop()
      expect(report.unservedAtEnd).toBe(0)
    })
  })
})
