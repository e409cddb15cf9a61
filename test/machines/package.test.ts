// The Debian package on booted hosts: installed, upgraded, removed and purged, with real named and keepalived.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NATIVE, released } from '../release/made.ts'
import { whyNoMachines } from './environment.ts'
import type { Machine } from './machine.ts'
import { createSoundHosts, type SoundHosts, untilHeld } from './sound.ts'

setDefaultTimeout(300_000)
const PROGRAM = '/usr/bin/holdfast'
const PRIORITY = '/run/holdfast/priority/recdns0'
const NEXT_VERSION = '99.0.0'

describe.skipIf(whyNoMachines() !== null)('the Debian package', () => {
  let hosts: SoundHosts
  let s1: Machine
  let s2: Machine
  /** What a host says after the installation, when it has no configuration yet. */
  const bare = new Map<string, string>()

  beforeAll(async () => {
    const install = async (machine: Machine) => {
      await aptInstall(machine, released(`_${NATIVE}.deb`))
      const state = await machine.exec(['systemctl', 'is-active', 'holdfast', 'holdfast-loopback'])
      bare.set(machine.name, state.stdout + (await failedUnits(machine)))
    }
    hosts = await createSoundHosts({ installation: { install, program: PROGRAM } })
    s1 = hosts.machine('s1')
    s2 = hosts.machine('s2')
  })
  afterAll(() => hosts?.destroy())

  test('without a configuration it rests, and nothing fails', () => {
    expect(bare.get('s1')).toBe('inactive\ninactive\n')
    expect(bare.get('s2')).toBe('inactive\ninactive\n')
  })

  test('the daemon runs from the package, as a user of its own', async () => {
    expect(await s1.run(['readlink', `/proc/${await mainPid(s1)}/exe`])).toBe(`${PROGRAM}\n`)
    expect(await s1.run(['stat', '-c', '%U', '/var/lib/holdfast/spool'])).toBe('holdfast\n')
  })

  test('the doctor finds both hosts sound', async () => {
    for (const machine of [s1, s2]) {
      const { code, stdout } = await machine.exec(['holdfast', 'doctor'])
      expect({ code, stdout }).toEqual({ code: 0, stdout })
    }
  })

  test('systemd finds nothing to correct, and takes the drop-ins', async () => {
    const units = ['holdfast', 'holdfast-loopback', 'named', 'keepalived']
    const names = units.map((unit) => `${unit}.service`)
    const verified = await s1.exec(['systemd-analyze', 'verify', '--man=no', ...names])
    expect(verified).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await s1.run(['systemctl', 'show', '--value', '-p', 'Restart', 'keepalived'])).toBe(
      'always\n',
    )
  })

  test('the example is a configuration that this package can run', async () => {
    const example = '/usr/share/doc/holdfast/examples/holdfast.toml'
    expect((await s1.exec(['holdfast', 'config', 'check', example])).code).toBe(0)
    expect(s1.read(example)).toContain(`holdfast_path = "${PROGRAM}"`)
  })

  test('a drained server is upgraded without taking part, and comes back', async () => {
    await s1.run(['holdfast', 'drain', '--reason', 'upgrade'])
    await untilHeld(s2)
    const before = await mainPid(s1)
    await withNextVersion((file) => aptInstall(s1, file))
    expect(await s1.run(['dpkg', '--status', 'holdfast'])).toContain(`Version: ${NEXT_VERSION}\n`)
    expect(await mainPid(s1)).not.toBe(before)
    expect(await s1.run(['holdfast', 'status'])).toContain('drained')
    await untilHeld(s2)
    await s1.run(['holdfast', 'undrain'])
    await untilHeld(s1)
  })

  test('removed, it leaves the lowest priority and what it was ordered, and nothing that fails', async () => {
    await apt(s1, 'remove', 'holdfast')
    expect(Number.parseInt(s1.read(PRIORITY), 10)).toBe(0)
    await untilHeld(s2)
    await untilHeld(s1, false)
    expect((await s1.exec(['systemctl', 'is-active', 'keepalived'])).stdout).toBe('active\n')
    expect((await s1.exec(['systemctl', 'cat', 'keepalived'])).stdout).not.toContain('holdfast')
    expect((await s1.exec(['test', '-d', '/var/lib/holdfast'])).code).toBe(0)
    expect(await failedUnits(s1)).toBe('')
  })

  test('installed again beside its configuration, it serves again', async () => {
    await aptInstall(s1, released(`_${NATIVE}.deb`))
    await untilHeld(s1)
    await s1.run(['systemctl', 'is-enabled', 'holdfast', 'holdfast-loopback'])
  })

  test('purged, it takes its state along, and leaves what the operator wrote', async () => {
    await apt(s1, 'purge', 'holdfast')
    expect((await s1.exec(['test', '-e', '/var/lib/holdfast'])).code).toBe(1)
    expect(s1.read('/etc/holdfast/holdfast.toml')).toContain(PROGRAM)
    await untilHeld(s2)
    expect(await failedUnits(s1)).toBe('')
  })
})

async function apt(machine: Machine, ...words: readonly string[]): Promise<void> {
  await machine.run(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y', ...words])
}

async function aptInstall(machine: Machine, file: string): Promise<void> {
  copyFileSync(file, machine.disk('/root/holdfast.deb'))
  await apt(machine, 'install', '/root/holdfast.deb')
}

async function failedUnits(machine: Machine): Promise<string> {
  return machine.run(['systemctl', '--failed', '--no-legend'])
}

async function mainPid(machine: Machine): Promise<string> {
  return (await machine.run(['systemctl', 'show', '--value', '-p', 'MainPID', 'holdfast'])).trim()
}

/** The same package under a later version. */
async function withNextVersion(use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
  try {
    const tree = join(folder, 'tree')
    dpkgDeb('--raw-extract', released(`_${NATIVE}.deb`), tree)
    const control = join(tree, 'DEBIAN/control')
    const text = readFileSync(control, 'utf8')
    writeFileSync(control, text.replace(/^Version: .*$/m, `Version: ${NEXT_VERSION}`))
    const file = join(folder, 'next.deb')
    dpkgDeb('-Znone', '--build', tree, file)
    await use(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function dpkgDeb(...words: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['dpkg-deb', ...words])
  if (exitCode !== 0) throw new Error(`dpkg-deb ${words.join(' ')}: ${stderr}`)
}
