// What tests rely on when they boot machines.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoMachines } from './environment.ts'
import { createMachines, type Machines } from './machines.ts'

setDefaultTimeout(300_000)

describe.skipIf(whyNoMachines() !== null)('machines', () => {
  let machines: Machines
  const s1 = () => machines.machine('s1')
  const s2 = () => machines.machine('s2')

  beforeAll(async () => {
    machines = await createMachines({ names: ['s1', 's2'], layer: 'base' })
  })
  afterAll(() => machines?.destroy())

  test('systemd has booted, and nothing has failed', async () => {
    expect(s1().read('/proc/1/comm')).toBe('systemd\n')
    expect(await s1().run(['systemctl', 'is-system-running'])).toBe('running\n')
    expect(await s1().run(['systemctl', 'is-active', 'ssh', 'dbus'])).toBe('active\nactive\n')
    expect(await s1().run(['hostname'])).toBe('s1\n')
  })

  test('each hears the other and the switch, and nobody else is there', async () => {
    for (const address of [s2().v4, s2().v6, '192.0.2.1', '2001:db8::1'])
      await s1().run(['ping', '-c', '1', '-W', '5', address])
    const route = await machines.fleet.run(['ip', 'route', 'get', s2().v4])
    expect(route).toStartWith(`${s2().v4} dev br0`)
    expect(await s1().run(['ip', 'route', 'show', 'default'])).toBe('')
  })

  test('processes of one are not seen by the other', async () => {
    const program = '$| = 1; print "there\\n"; sleep'
    const sleeper = await s1().spawn('sleeper', ['perl', '-e', program, 'marker-1234'])
    const isSeen = async (machine: typeof s1) =>
      (await machine().exec(['pgrep', '-f', 'marker-1234$'])).code === 0
    try {
      await sleeper.log.waitFor(/^there$/)
      expect(await isSeen(s1)).toBe(true)
      expect(await isSeen(s2)).toBe(false)
    } finally {
      sleeper.signal('SIGKILL')
      await sleeper.exited
    }
  })

  test('a bare host has no DNS server, and installs one from the repository', async () => {
    expect((await s2().exec(['which', 'named', 'keepalived'])).stdout).toBe('')
    await s2().run(['apt-get', '-qq', 'update'])
    const install = ['apt-get', '-qq', '-y', '--no-install-recommends', 'install', 'bind9']
    await s2().run(['env', 'DEBIAN_FRONTEND=noninteractive', ...install])
    expect(await s2().run(['systemctl', 'is-active', 'named'])).toBe('active\n')
  })

  test('a reboot keeps the disk, and empties /run', async () => {
    const before = s1().read('/proc/sys/kernel/random/boot_id')
    s1().write('/etc/kept', 'kept\n')
    s1().write('/run/lost', 'lost\n')
    await s1().reboot()
    expect(s1().read('/proc/sys/kernel/random/boot_id')).not.toBe(before)
    expect(s1().read('/etc/kept')).toBe('kept\n')
    expect(existsSync(s1().path('/run/lost'))).toBe(false)
  })

  test('a pulled plug is noticed by the other end, and the disk is kept', async () => {
    s1().write('/etc/kept', 'kept again\n')
    await s1().powerOff()
    expect(() => s1().pid).toThrow('switched off')
    expect(await Bun.file(s1().disk('/etc/kept')).text()).toBe('kept again\n')
    expect((await s2().exec(['ping', '-c', '1', '-W', '1', s1().v4])).code).toBe(1)
    await s1().boot()
    expect(s1().read('/etc/kept')).toBe('kept again\n')
    await s2().run(['ping', '-c', '1', '-W', '5', s1().v4])
  })

  test('a disk that was saved is gone on with by another machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-disks-'))
    s1().write('/etc/kept', 'saved\n')
    await s1().powerOff()
    await s1().saveDisk(join(folder, 's1'))
    await s1().boot()
    const above = () => [join(folder, 's1')]
    const others = await createMachines({ names: ['other'], layer: 'base', above })
    try {
      const other = others.machine('other')
      expect(other.read('/etc/kept')).toBe('saved\n')
      expect(await other.run(['hostname'])).toBe('other\n')
      other.write('/etc/kept', 'changed\n')
      expect(s1().read('/etc/kept')).toBe('saved\n')
      expect(readFileSync(join(folder, 's1/etc/kept'), 'utf8')).toBe('saved\n')
    } finally {
      await others.destroy()
      rmSync(folder, { recursive: true })
    }
  })

  test("the computer's kernel settings are not a machine's to change", async () => {
    const setting = 'net.ipv4.conf.all.arp_ignore'
    await s1().run(['sysctl', '--write', `${setting}=1`])
    expect(await s2().run(['sysctl', '--values', setting])).toBe('0\n')
    expect((await s1().exec(['sysctl', '--write', 'kernel.pid_max=4194304'])).code).not.toBe(0)
  })
})
