// holdfast under systemd: its sandbox, its end, its watchdog, and what becomes of a service address meanwhile.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { diagnose } from '../lab/doctor/diagnose.ts'
import { whyNoMachines } from './environment.ts'
import { followJournal } from './journal.ts'
import type { Machine } from './machine.ts'
import { createSoundHosts, SERVICE, type SoundHosts, untilHeld } from './sound.ts'

setDefaultTimeout(300_000)
const PRIORITY = '/run/holdfast/priority/recdns0'
/** The most that `systemd-analyze security` may find to say against the daemon's unit, of 10. */
const MAX_EXPOSURE = 1.5
const UNITS = ['holdfast-loopback', 'named', 'holdfast', 'keepalived']

describe.skipIf(whyNoMachines() !== null)('holdfast under systemd', () => {
  let hosts: SoundHosts
  let s1: Machine
  let s2: Machine

  beforeAll(async () => {
    hosts = await createSoundHosts()
    s1 = hosts.machine('s1')
    s2 = hosts.machine('s2')
  })
  afterAll(() => hosts?.destroy())

  test('every unit is active, and the daemon says what it is about', async () => {
    expect(await s1.run(['systemctl', 'is-active', ...UNITS])).toBe('active\n'.repeat(UNITS.length))
    expect(await property(s1, 'StatusText')).toBe('s1: serving')
    expect(await s1.run(['systemctl', '--failed', '--no-legend'])).toBe('')
  })

  test('systemd finds nothing to correct in the unit files', async () => {
    const units = UNITS.map((unit) => `${unit}.service`)
    const verified = await s1.exec(['systemd-analyze', 'verify', '--man=no', ...units])
    expect(verified).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test(`the sandbox is rated ${MAX_EXPOSURE} at most`, async () => {
    const command = ['systemd-analyze', 'security', '--no-pager', 'holdfast.service']
    const text = await s1.run(command)
    const rated = /exposure level for holdfast\.service: ([0-9.]+)/.exec(text)?.[1]
    expect(Number(rated), text).toBeLessThanOrEqual(MAX_EXPOSURE)
  })

  test('the doctor finds both hosts sound', async () => {
    for (const node of [s1, s2]) expect((await diagnose({ node })).codes).toEqual([])
  })

  test('a reload goes through to the daemon', async () => {
    const journal = await followJournal(s1, 'holdfast')
    await s1.run(['systemctl', 'reload', 'holdfast'])
    await journal.log.waitFor(/^Reloaded holdfast/)
    expect(await s1.run(['systemctl', 'is-active', 'holdfast'])).toBe('active\n')
    journal.signal('SIGKILL')
  })

  test('a stop leaves no priority behind that says healthy', async () => {
    expect(Number.parseInt(s1.read(PRIORITY), 10)).toBeGreaterThan(0)
    await s1.run(['systemctl', 'stop', 'holdfast'])
    expect(Number.parseInt(s1.read(PRIORITY), 10)).toBe(0)
    await untilHeld(s2)
    await untilHeld(s1, false)
    await s1.run(['systemctl', 'start', 'holdfast'])
    await untilHeld(s1)
  })

  test('one that hangs is killed by the watchdog and comes back, and meanwhile another host serves', async () => {
    const journal = await followJournal(s1, 'holdfast')
    await s1.run(['systemctl', 'kill', '--kill-whom=main', '--signal=STOP', 'holdfast'])
    await untilHeld(s2)
    await journal.log.waitFor(/Watchdog timeout/)
    await journal.log.waitFor(/health: failed -> healthy/)
    await untilHeld(s1)
    expect(await property(s1, 'NRestarts')).toBe('1')
    journal.signal('SIGKILL')
  })

  test('one that is killed comes back', async () => {
    const before = await property(s1, 'MainPID')
    const journal = await followJournal(s1, 'holdfast')
    await s1.run(['systemctl', 'kill', '--signal=KILL', 'holdfast'])
    await journal.log.waitFor(/^Started holdfast/)
    await untilHeld(s1)
    expect(await property(s1, 'MainPID')).not.toBe(before)
    journal.signal('SIGKILL')
  })

  test('one that is killed and does not come back costs its host the service address', async () => {
    const dropIn = '/run/systemd/system/holdfast.service.d/no-restart.conf'
    s1.write(dropIn, '[Service]\nRestart=no\n')
    await s1.run(['systemctl', 'daemon-reload'])
    await s1.run(['systemctl', 'kill', '--signal=KILL', 'holdfast'])
    // What it published last is still there, and says that all is well.
    expect(Number.parseInt(s1.read(PRIORITY), 10)).toBeGreaterThan(0)
    await untilHeld(s2)
    await untilHeld(s1, false)
    s1.remove(dropIn)
    await s1.run(['systemctl', 'daemon-reload'])
    await s1.run(['systemctl', 'reset-failed', 'holdfast'])
    await s1.run(['systemctl', 'start', 'holdfast'])
    await untilHeld(s1)
  })

  test('keepalived comes back when it is killed', async () => {
    const journal = await followJournal(s1, 'keepalived')
    await s1.run(['systemctl', 'kill', '--signal=KILL', 'keepalived'])
    await journal.log.waitFor(/^Started keepalived/)
    await untilHeld(s1)
    journal.signal('SIGKILL')
  })

  test('folders that were removed and made anew are within reach of the sandbox', async () => {
    await s1.run(['rm', '-r', '/run/holdfast'])
    await s1.run(['systemd-tmpfiles', '--create', 'holdfast.conf'])
    await s1.run(['systemctl', 'reload', 'keepalived'])
    expect((await untilPasses(s1, ['grep', '--quiet', '^[1-9]', PRIORITY])).code).toBe(0)
    expect((await untilPasses(s1, ['holdfast', 'check'])).stdout).toStartWith('serving')
    await untilHeld(s1)
    expect(await property(s1, 'SubState')).toBe('running')
  })

  test('loopback service addresses go when their file no longer names them, and with their unit', async () => {
    const [v4, v6] = SERVICE
    const file = '/etc/holdfast/loopback.ip'
    const whole = s2.read(file)
    const serverState = async () => {
      const text = await s2.run(['ip', '-brief', 'address', 'show', 'lo'])
      return SERVICE.filter((address) => text.includes(`${address}/`))
    }
    expect(await serverState()).toEqual([v4, v6])
    s2.write(file, whole.replace(/^.*2001:db8::53.*\n/m, ''))
    await s2.run(['systemctl', 'reload', 'holdfast-loopback'])
    expect(await serverState()).toEqual([v4])
    await s2.run(['systemctl', 'stop', 'holdfast-loopback'])
    expect(await serverState()).toEqual([])
    s2.write(file, whole)
    await s2.run(['systemctl', 'start', 'holdfast-loopback'])
    expect(await serverState()).toEqual([v4, v6])
  })
})

async function property(machine: Machine, name: string): Promise<string> {
  const command = ['systemctl', 'show', '--value', `--property=${name}`, 'holdfast']
  return (await machine.run(command)).trim()
}

/** Runs a command again and again until it succeeds; returns how it ended last in any case. */
async function untilPasses(machine: Machine, command: readonly string[]) {
  const deadlineMs = Date.now() + 30_000
  for (;;) {
    const done = await machine.exec(command)
    if (done.code === 0 || Date.now() > deadlineMs) return done
    await Bun.sleep(100)
  }
}
