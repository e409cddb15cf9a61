// Power, gone and back: the live server's, each server's in turn, and all at once.
import { expect, test } from 'bun:test'
import { firstEntry, journalOf } from '../../machines/journal.ts'
import type { Machine } from '../../machines/machine.ts'
import { FORWARD, figures, startAsking, untilServes } from '../service.ts'
import { untilInOrder, type World } from '../world.ts'

/** Clients ask again after a second or more, so that this goes unnoticed; the aim is far below it. */
const MAX_GAP_MS = 3000
const UNITS = ['named', 'holdfast', 'keepalived', 'holdfast-loopback']

export function power(world: () => World): void {
  test('the live server loses its power, and comes back', async () => {
    const { hosts, servers } = world()
    const [ns1, ns2] = servers
    const asking = await startAsking(hosts)
    await ns1.powerOff()
    await untilServes(ns2, FORWARD)
    await ns1.boot()
    await untilInOrder(world())
    const report = await asking.stop()
    console.log(figures('power-off of the live server, and its return', report))
    expect(report.udp.unservedAtEnd).toBe(0)
    expect(report.udp.longestGapMs).toBeLessThan(MAX_GAP_MS)
    await expectBootOrder(ns1)
  })

  test('each server reboots in turn', async () => {
    const asking = await startAsking(world().hosts)
    for (const host of world().servers) {
      await host.reboot()
      await untilInOrder(world())
    }
    const report = await asking.stop()
    console.log(figures('four reboots, one after the other, undrained', report))
    expect(report.udp.unservedAtEnd).toBe(0)
    expect(report.udp.longestGapMs).toBeLessThan(MAX_GAP_MS)
    for (const host of world().servers) await expectBootOrder(host)
  })

  test('all servers reboot at once, and none holds an address before its DNS answers', async () => {
    await Promise.all(world().servers.map((host) => host.reboot()))
    await untilInOrder(world())
    const asking = await startAsking(world().hosts)
    await Bun.sleep(500)
    expect((await asking.stop()).udp.lost).toBe(0)
    for (const host of world().servers) await expectBootOrder(host)
  })
}

/** From the journal of this boot: the addresses stand, named answers, holdfast is content, keepalived starts. */
async function expectBootOrder(host: Machine): Promise<void> {
  const said = await journalOf(host, UNITS)
  const steps = [
    /^Finished holdfast-loopback/,
    /^running$/,
    /^health: failed -> healthy/,
    /^Started holdfast\.service/,
    /^Starting keepalived/,
  ]
  const times = steps.map((step) => firstEntry(said, step).atUs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const elected = said.find(({ text }) => text.includes('Entering MASTER STATE'))
  if (elected !== undefined) expect(elected.atUs).toBeGreaterThan(times.at(-1) ?? 0)
}
