// Runs that end early, and what the next one makes of it; parts of a run; drains that were there before.
import { expect, test } from 'bun:test'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../../machines/machine.ts'
import type { Variables } from '../controller.ts'
import { FORWARD, servedBy, untilServes, WHOAMI_ZONE } from '../service.ts'
import { blocksBelow } from '../typed.ts'
import { changes, failures, orderOn, untilInOrder, type World, wordsOf } from '../world.ts'

const TOML = '/etc/holdfast/holdfast.toml'
const MAIN = '/etc/bind/named.conf'
const LOCAL = '/etc/bind/named.conf.local'
/** What others read, each of which would refuse to load a line that says nothing. */
const READ_BY_OTHERS = [LOCAL, '/etc/holdfast/loopback.ip', '/etc/sysctl.d/90-holdfast.conf']
/** A setting that is not in inventory/example, and does not matter here. */
const TIMING = '  timing:\n    slow_threshold_min: 60ms\n'
const BIND_ALONE = wordsOf('What a run does', /^--tags /).split(' ')
const ANSIBLE = 'docs/ansible.md'
const COLLECTION = 'holdfast-dns-VERSION.tar.gz'
const DRAIN = 'Move addresses to another server'

export function again(world: () => World): void {
  /** Takes no part in the service while all is well. */
  const spare = (): Machine => world().servers[2]
  const only = (host: Machine) => `--limit=${host.name}`

  test('a file that another role manages by Ansible is not taken for ours', async () => {
    const host = spare()
    await host.run(['cp', '--archive', LOCAL, '/root/'])
    host.write(LOCAL, '// Managed by Ansible\n')
    const play = await world().play('site.yml', only(host))
    await host.run(['cp', '--archive', '/root/named.conf.local', LOCAL])
    expect(failures(play, /changed by hand/)).toEqual([host.name])
  })

  test('a zone that the host has already is refused before a file is replaced', async () => {
    const host = spare()
    const before = host.read(LOCAL)
    const twice = 'zone "twice.example" { type forward; forwarders { 192.0.2.1; }; };'
    const main = host.read(MAIN)
    host.write(MAIN, `${main}${twice}\n`)
    const play = await world().play('site.yml', only(host), vars({ bind_global_extra: [twice] }))
    host.write(MAIN, main)
    expect(failures(play, /already exists previous definition/)).toEqual([host.name])
    expect(host.read(LOCAL)).toBe(before)
    expect(before).toContain(WHOAMI_ZONE)
    await host.run(['named-checkconf'])
    expect(await orderOn(host)).toBeNull()
  })

  test('BIND alone, by a tag: drained, proven, and put back', async () => {
    const host = spare()
    const cache = vars({ bind_options_extra: ['max-cache-size 41%;'] })
    const play = await world().play('site.yml', only(host), ...BIND_ALONE, cache)
    expect(changes(play)[host.name]).toBeGreaterThan(1)
    expect(play.text).toContain(DRAIN)
    expect(await orderOn(host)).toBeNull()
    const doctor = await host.exec(['holdfast', 'doctor', '--quiet'])
    expect(doctor).toMatchObject({ code: 0, stdout: '' })
  })

  test('what a run has written and not put in force is put in force by the next', async () => {
    const host = spare()
    const { controller } = world()
    const sound = controller.read('holdfast.yml')
    controller.write('holdfast.yml', sound.replace('  checks:\n', `${TIMING}\n  checks:\n`))
    const stopped = await world().play('site.yml', only(host), vars({ rollout_drain_timeout: 'x' }))
    expect(failures(stopped, /invalid duration .+ for --timeout/)).toEqual([host.name])
    const written = host.read(TOML)
    expect(written).toContain('[timing]')
    expect(await findings(host, 'H137')).toBe(1)
    const next = await world().play('site.yml', only(host))
    controller.write('holdfast.yml', sound)
    expect(next.text).toContain(DRAIN)
    expect(changes(next)[host.name]).toBeGreaterThan(0)
    expect(host.read(TOML)).toBe(written)
    expect(await findings(host, 'H137')).toBe(0)
    expect(await orderOn(host)).toBeNull()
    changes(await world().play('site.yml', only(host)))
  })

  test('what somebody has broken on the disk is mended before anything is to load it', async () => {
    const host = spare()
    const sound = READ_BY_OTHERS.map(host.read)
    for (const path of READ_BY_OTHERS) host.write(path, `${host.read(path)}says nothing\n`)
    expect((await host.exec(['named-checkconf'])).code).toBe(1)
    const play = await world().play('site.yml', only(host))
    expect(changes(play)[host.name]).toBeGreaterThan(0)
    expect(play.text).toContain(DRAIN)
    expect(READ_BY_OTHERS.map(host.read)).toEqual(sound)
    expect(await orderOn(host)).toBeNull()
    expect(changes(await world().play('site.yml', only(host)))).toEqual({ [host.name]: 0 })
  })

  test('one that has stopped holds no address before it is proven', async () => {
    const [ns1, ns2] = world().servers
    await ns1.run(['systemctl', 'stop', 'keepalived'])
    await untilServes(ns2, FORWARD)
    // What the doctor says of a drained server is a failure for once.
    const doubt = vars({ rollout_failing_warnings: ['H141'] })
    expect(failures(await world().play('site.yml', only(ns1), doubt), /H141/)).toEqual([ns1.name])
    await ns1.run(['systemctl', 'is-active', 'keepalived'])
    expect(await orderOn(ns1)).toBe('rollout')
    expect(await servedBy(ns1)).toEqual([])
    changes(await world().play('site.yml', only(ns1)))
    await untilInOrder(world())
  })

  test('drain.yml drains all of a server, for its own reason, whatever was ordered before', async () => {
    const host = spare()
    const drain = () => world().play('drain.yml', only(host), vars({ drain_reason: 'disk' }))
    await host.run(['holdfast', 'drain', '--instance=recdns1', '--reason=disk'])
    expect(changes(await drain())).toEqual({ [host.name]: 1 })
    expect(JSON.parse(host.read('/var/lib/holdfast/override.json'))).not.toHaveProperty('instances')
    expect(changes(await drain())).toEqual({ [host.name]: 0 })
    await host.run(['holdfast', 'drain', '--reason=rollout'])
    expect(changes(await drain())).toEqual({ [host.name]: 1 })
    expect(await orderOn(host)).toBe('disk')
    changes(await world().play('undrain.yml', only(host)))
  })

  test('the collection finds the fleet as this repository left it', async () => {
    const { controller, hosts, releases, servers } = world()
    const [lines = []] = blocksBelow(ANSIBLE, 'The collection')
    const names = readdirSync(releases[0])
    const tarball = names.find((name) => name.endsWith('.tar.gz')) ?? ''
    const type = (line: string) =>
      controller.type(hosts.fleet, `cd ${releases[0]} && ${line.replace(COLLECTION, tarball)}`)
    const [install = '', copy = '', site = ''] = lines
    for (const line of [install, copy]) expect(await type(line)).toMatchObject({ code: 0 })
    const inventory = join(releases[0], 'inventory')
    cpSync(join(controller.clone, 'inventory/site'), inventory, { recursive: true })
    const play = await type(site)
    rmSync(inventory, { recursive: true })
    const none = Object.fromEntries(servers.map(({ name }) => [name, 0]))
    expect({ ...changes(play), text: play.text }).toEqual({ ...none, text: play.text })
  })

  test('going back to what is there already touches nothing', async () => {
    const host = spare()
    expect(failures(await world().play('rollback.yml'), /Say which servers/)).not.toEqual([])
    const play = await world().play('rollback.yml', only(host))
    expect(changes(play)).toEqual({ [host.name]: 0 })
    expect(play.text).toContain(`${host.name} is as it was last found sound`)
    await untilInOrder(world())
  })
}

const vars = (variables: Variables): string => `--extra-vars=${JSON.stringify(variables)}`

/** The doctor's exit code on one of its checks. */
async function findings(host: Machine, code: string): Promise<number> {
  return (await host.exec(['holdfast', 'doctor', '--quiet', '--only', code])).code
}
