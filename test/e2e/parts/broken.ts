// What is broken stops at the server where it breaks, and is mended by going back.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Machine } from '../../machines/machine.ts'
import { makeBrokenRelease } from '../release.ts'
import { type Asking, figures, startAsking } from '../service.ts'
import { buildOf, changes, failures, orderOn, untilInOrder, type World } from '../world.ts'

export function broken(world: () => World): void {
  let asking: Asking
  /** The build that runs before anything is broken, and to which all ways lead back. */
  let sound: string

  test('a build whose daemon ends: the play stops at the server where it does', async () => {
    const { controller, hosts, servers } = world()
    const [, ns2, ns3, ns4] = servers
    asking = await startAsking(hosts)
    const before = await Promise.all([ns3, ns4].map(inForce))
    sound = await buildOf(ns2)
    const program = `${await ns2.run(['readlink', '-f', '/usr/local/bin/holdfast'])}`.trim()
    const folder = join(controller.folder, 'broken')
    const release = await makeBrokenRelease(folder, { sound: program, on: ns2.name })
    const play = await world().play('site.yml', `--extra-vars=holdfast_dist=${release}`)
    expect(failures(play, /Unable to restart service holdfast/)).toEqual([ns2.name])
    await expectOut(ns2)
    expect(await Promise.all([ns3, ns4].map(inForce))).toEqual(before)
  })

  test('going back mends it', () => mend(world(), sound))

  test('a configuration whose probe is not answered: the play stops there, too', async () => {
    const { controller, servers } = world()
    const [, ns2, ns3, ns4] = servers
    const before = await Promise.all([ns3, ns4].map(inForce))
    const settings = controller.read('holdfast.yml')
    const probe = '"probe.holdfast.invalid SOA"'
    const other = `"{{ 'absent.holdfast.invalid SOA' if inventory_hostname == '${ns2.name}' else ${probe.replaceAll('"', "'")} }}"`
    controller.write('holdfast.yml', settings.replace(probe, other))
    const play = await world().play('site.yml', '--extra-vars=rollout_healthy_seconds=5')
    controller.write('holdfast.yml', settings)
    expect(failures(play, /Wait for a healthy server/)).toEqual([ns2.name])
    await expectOut(ns2)
    expect(await Promise.all([ns3, ns4].map(inForce))).toEqual(before)
  })

  test('going back mends that as well, and no query was lost meanwhile', async () => {
    await mend(world(), sound)
    const report = await asking.stop()
    console.log(figures('a broken build, a broken configuration, two rollbacks', report))
    expect({ lost: report.udp.lost, by: report.udp.lostBy }).toEqual({ lost: 0, by: {} })
  })
}

async function mend(world: World, build: string): Promise<void> {
  const [, ns2] = world.servers
  const said = changes(await world.type('Going back', /rollback\.yml/))
  expect(Object.keys(said)).toEqual([ns2.name])
  await untilInOrder(world)
  expect(await orderOn(ns2)).toBeNull()
  expect(await buildOf(ns2)).toBe(build)
  expect(await ns2.exec(['holdfast', 'doctor', '--quiet'])).toMatchObject({ code: 0, stdout: '' })
}

/** Drained by the rollout, whether or not a daemon runs that could say so. */
async function expectOut(host: Machine): Promise<void> {
  const order = JSON.parse(host.read('/var/lib/holdfast/override.json'))
  expect(order).toMatchObject({ mode: 'drained', reason: 'rollout' })
}

/** What tells a server that was touched from one that was not. */
async function inForce(host: Machine): Promise<string> {
  const build = await host.run(['readlink', '/usr/local/bin/holdfast'])
  const since = ['systemctl', 'show', '--value', '--property=ActiveEnterTimestampMonotonic']
  const files = ['/etc/holdfast/holdfast.toml', '/etc/bind/named.conf.options']
  const sums = await host.run(['stat', '--format=%n %Y', ...files])
  return `${build}${await host.run([...since, 'holdfast', 'keepalived', 'named'])}${sums}`
}
