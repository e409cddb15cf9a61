// A host that boots holds no service address before its DNS answers; one that goes down gives it up first.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoMachines } from './environment.ts'
import { firstEntry, journalOf } from './journal.ts'
import type { Machine } from './machine.ts'
import { createSoundHosts, type SoundHosts, untilHeld } from './sound.ts'

setDefaultTimeout(300_000)
const UNITS = ['named', 'holdfast', 'keepalived']

/** Long enough that nothing but the order of units can bring what follows into order. */
const SLOW_NAMED = '[Service]\nExecStartPre=/bin/sleep 3\n'

describe.skipIf(whyNoMachines() !== null)('booting hosts', () => {
  let hosts: SoundHosts
  let s1: Machine
  let s2: Machine

  beforeAll(async () => {
    hosts = await createSoundHosts()
    s1 = hosts.machine('s1')
    s2 = hosts.machine('s2')
  })
  afterAll(() => hosts?.destroy())

  test('after a reboot, with a named that takes its time', async () => {
    s1.write('/etc/systemd/system/named.service.d/slow.conf', SLOW_NAMED)
    await s1.reboot()
    await expectOrder(s1)
    await untilHeld(s1)
  })

  test('after a loss of power, in which the other host has taken over', async () => {
    await s1.powerOff()
    await untilHeld(s2)
    await s1.boot()
    await expectOrder(s1)
    await untilHeld(s1)
    await untilHeld(s2, false)
  })

  test('with no other host, it takes the address all the same once its DNS answers', async () => {
    await Promise.all([s1.powerOff(), s2.powerOff()])
    await s1.boot()
    await expectOrder(s1)
    await untilHeld(s1)
    await s2.boot()
  })

  test('one that goes down gives the address up while its DNS still answers', async () => {
    await s2.run(['systemctl', 'start', 'keepalived'])
    await untilHeld(s1)
    await s1.run(['systemctl', 'stop', 'keepalived', 'holdfast', 'named'])
    await untilHeld(s2)
    const said = await journalOf(s1, UNITS)
    const gone = firstEntry(said, /^Stopped keepalived/).atUs
    expect(gone).toBeLessThan(firstEntry(said, /^Stopping holdfast\.service/).atUs)
    expect(gone).toBeLessThan(firstEntry(said, /^Stopping named/).atUs)
  })
})

/** When a unit became active. One as early as this may be so before there is a journal that could tell. */
async function activeUs(machine: Machine, unit: string): Promise<number> {
  const show = ['systemctl', 'show', '--value', '--property=ActiveEnterTimestampMonotonic', unit]
  const us = Number(await machine.run(show))
  expect(us).toBeGreaterThan(0)
  return us
}

/** From the journal of this boot: addresses stand, named answers, holdfast is content, keepalived starts. */
async function expectOrder(machine: Machine): Promise<void> {
  await untilHeld(machine)
  const said = await journalOf(machine, UNITS)
  const steps = [
    /^listening on IPv4 interface lo, 192\.0\.2\.53#53/,
    /^running$/,
    /^health: failed -> healthy/,
    /^Started holdfast\.service/,
    /^Starting keepalived/,
    /Entering MASTER STATE/,
  ]
  const times = [
    await activeUs(machine, 'holdfast-loopback'),
    ...steps.map((step) => firstEntry(said, step).atUs),
  ]
  expect(times).toEqual(times.toSorted((a, b) => a - b))
}
