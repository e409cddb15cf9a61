// The live server moves from the executable to the Debian package and back, and goes back from packages that break.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Machine } from '../../machines/machine.ts'
import { makeBrokenPackage } from '../release.ts'
import { type Asking, figures, startAsking } from '../service.ts'
import { buildOf, changes, failures, orderOn, untilInOrder, type World, wordsOf } from '../world.ts'

const NEXT_VERSION = '99.0.0'
const AS_PACKAGE = wordsOf('From a package', /^-e /).split(' ')
const UNITS = ['holdfast', 'holdfast-loopback']
/** Those whose units the roles or the package add something to. */
const FOLLOWED = ['keepalived', 'named']

export function moved(world: () => World): void {
  let asking: Asking
  let limit: string
  let broken: string
  /** The executable that runs before anything is moved. */
  let build: string

  test('a package that breaks is no better than a build that does: going back brings the executable', async () => {
    const { controller, hosts, releases, servers } = world()
    const [ns1] = servers
    limit = `--limit=${ns1.name}`
    build = await buildOf(ns1)
    const folder = join(controller.folder, 'broken-package')
    broken = await makeBrokenPackage(folder, { sound: releases[0], version: NEXT_VERSION })
    asking = await startAsking(hosts)
    await breakAndGoBack()
    await expectExecutable(ns1, build)
  })

  test('from the executable to the package', async () => {
    const [ns1] = world().servers
    const said = changes(await world().play('site.yml', limit, ...AS_PACKAGE))
    expect(said[ns1.name]).toBeGreaterThan(3)
    await untilInOrder(world())
    await expectPackage(ns1)
  })

  test('a second run with the package changes nothing', async () => {
    const [ns1] = world().servers
    expect(changes(await world().play('site.yml', limit, ...AS_PACKAGE))).toEqual({ [ns1.name]: 0 })
  })

  test('a later package that breaks: going back brings the one before it', async () => {
    const [ns1] = world().servers
    const version = await versionOn(ns1)
    await breakAndGoBack()
    await expectPackage(ns1)
    expect(await versionOn(ns1)).toBe(version)
  })

  test('from the package to the executable', async () => {
    const [ns1] = world().servers
    const said = changes(await world().play('site.yml', limit))
    expect(said[ns1.name]).toBeGreaterThan(3)
    await untilInOrder(world())
    await expectExecutable(ns1, build)
  })

  test('no query was lost meanwhile', async () => {
    const report = await asking.stop()
    console.log(figures('from executable to package and back, two rollbacks', report))
    expect({ lost: report.udp.lost, by: report.udp.lostBy }).toEqual({ lost: 0, by: {} })
  })

  async function breakAndGoBack(): Promise<void> {
    const [ns1] = world().servers
    const dist = `--extra-vars=holdfast_dist=${broken}`
    const play = await world().play('site.yml', limit, ...AS_PACKAGE, dist)
    expect(failures(play, /Unable to restart service holdfast/)).toEqual([ns1.name])
    expect(await versionOn(ns1)).toBe(NEXT_VERSION)
    changes(await world().play('rollback.yml', limit))
    await untilInOrder(world())
    expect(await orderOn(ns1)).toBeNull()
  }
}

async function expectPackage(host: Machine): Promise<void> {
  expect(await runningProgram(host)).toBe('/usr/bin/holdfast')
  expect(await inForce(host)).toEqual(allBelow('/lib/systemd/system'))
  const { stdout } = await host.exec([
    'find',
    '/etc/systemd',
    '/usr/local/bin',
    '-name',
    'holdfast*',
  ])
  expect(stdout.trim().split('\n').sort()).toEqual(
    UNITS.map((unit) => `/etc/systemd/system/multi-user.target.wants/${unit}.service`).sort(),
  )
  await expectSound(host, '/usr/bin/holdfast')
}

async function expectExecutable(host: Machine, build: string): Promise<void> {
  expect(await runningProgram(host)).toMatch(/^\/usr\/local\/lib\/holdfast\/\w{12}\/holdfast$/)
  expect(await buildOf(host)).toBe(build)
  expect(await inForce(host)).toEqual(allBelow('/etc/systemd/system'))
  expect(await versionOn(host)).toBe('')
  for (const path of ['/usr/bin/holdfast', '/usr/local/lib/holdfast/package'])
    expect((await host.exec(['test', '-e', path])).code).toBe(1)
  for (const folder of ['sysusers.d', 'tmpfiles.d'])
    await host.run(['test', '-e', `/usr/lib/${folder}/holdfast.conf`])
  await expectSound(host, '/usr/local/bin/holdfast')
}

/** keepalived asks the program that is there, all units run from boot on, and the doctor is content. */
async function expectSound(host: Machine, program: string): Promise<void> {
  const programs = host.read('/etc/keepalived/keepalived.conf').match(/[\w/]+\/bin\/holdfast/g)
  expect(new Set(programs)).toEqual(new Set([program]))
  const enabled = await host.run(['systemctl', 'is-enabled', ...UNITS, ...FOLLOWED])
  expect(enabled).toBe('enabled\n'.repeat(4))
  const active = await host.run(['systemctl', 'is-active', ...UNITS, ...FOLLOWED])
  expect(active).toBe('active\n'.repeat(4))
  const { code, stdout } = await host.exec(['holdfast', 'doctor', '--quiet'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
}

async function runningProgram(host: Machine): Promise<string> {
  const pid = await host.run(['systemctl', 'show', '--value', '--property=MainPID', 'holdfast'])
  return (await host.run(['readlink', `/proc/${pid.trim()}/exe`])).trim()
}

/** The files that systemd goes by: units, what is added to others, and links to be started from boot on. */
async function inForce(host: Machine): Promise<string[]> {
  const show = (property: string, units: readonly string[]) =>
    host.run(['systemctl', 'show', '--value', `--property=${property}`, ...units])
  const links = UNITS.map((unit) => `/etc/systemd/system/multi-user.target.wants/${unit}.service`)
  const texts = [
    await show('FragmentPath', UNITS),
    await show('DropInPaths', FOLLOWED),
    await host.run(['readlink', ...links]),
  ]
  // The two folders are one.
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '')
  return lines.map((line) => line.replace(/^\/usr\/lib\//, '/lib/'))
}

function allBelow(folder: string): string[] {
  const units = UNITS.map((unit) => `${folder}/${unit}.service`)
  return [
    ...units,
    ...FOLLOWED.map((unit) => `${folder}/${unit}.service.d/holdfast.conf`),
    ...units,
  ]
}

/** The package's version, '' when it is not installed. */
async function versionOn(host: Machine): Promise<string> {
  const { stdout } = await host.exec(['dpkg', '--status', 'holdfast'])
  if (!/^Status: .* installed$/m.test(stdout)) return ''
  return /^Version: (.*)$/m.exec(stdout)?.[1] ?? ''
}
