// What operators do by hand between rollouts, and how the fleet grows and shrinks.
import { expect, test } from 'bun:test'
import type { Machine } from '../../machines/machine.ts'
import type { Controller } from '../controller.ts'
import { NEWCOMER, SERVERS } from '../hosts.ts'
import { FORWARD, REVERSE, servedBy, untilServes } from '../service.ts'
import { changes, failures, orderOn, untilInOrder, type World, wordsOf } from '../world.ts'

const ADDING = 'Adding a server'
const REMOVING = 'Removing a server'
const MOVING = 'Moving from scripts'
const CONF = '/etc/keepalived/keepalived.conf'
const OPTIONS = '/etc/bind/named.conf.options'
const OF_2015 = `vrrp_script named_check {
  script "/bin/true"
  interval 1
}
vrrp_instance old0 {
  state BACKUP
  interface eth0
  virtual_router_id 99
  priority 50
  virtual_ipaddress {
    192.0.2.99/24
  }
  track_script {
    named_check
  }
}
`

export function operator(world: () => World): void {
  /** What the inventory says before there is another server. */
  let settings: string

  test('nobody drains the whole fleet by leaving a word out', async () => {
    expect(failures(await world().play('drain.yml'), /Say which servers/)).not.toEqual([])
    for (const host of world().servers) expect(await orderOn(host)).toBeNull()
  })

  test('a server is drained by a playbook, and another one serves', async () => {
    const [ns1, ns2] = world().servers
    const said = changes(
      await world().play('drain.yml', `--limit=${ns1.name}`, '--extra-vars=drain_reason=disk'),
    )
    expect(said).toEqual({ [ns1.name]: 1 })
    await untilServes(ns2, FORWARD)
    expect(await servedBy(ns1)).toEqual([])
  })

  test('a newcomer with configurations of its own is left as it is', async () => {
    const { controller, newcomer } = world()
    join(controller, newcomer)
    await newcomer.run(['install', '-d', '/etc/keepalived', '/etc/bind'])
    newcomer.write(CONF, OF_2015)
    newcomer.write(OPTIONS, '// by hand\noptions { directory "/var/cache/bind"; };\n')
    const limit = `--limit=${NEWCOMER}`
    settings = controller.read('holdfast.yml')
    const takeBind = '--extra-vars=bind_take_over=true'
    const typed = await world().type(ADDING, /--limit ns5$/)
    expect(failures(typed, /changed by hand/)).toEqual([NEWCOMER])
    expect(failures(await world().play('site.yml', limit, takeBind), /not rendered by/)).toEqual([
      NEWCOMER,
    ])
    const take = [limit, ...wordsOf(MOVING, /_take_over=true -e /).split(' ')]
    expect(failures(await world().play('site.yml', ...take), /does not name ns5/)).toEqual([
      NEWCOMER,
    ])
    const out = wordsOf(ADDING, /is new/)
    controller.edit('holdfast.yml', { 'ns4]': `ns4, ${out}]` })
    expect([newcomer.read(CONF), (await newcomer.exec(['named', '-v'])).code]).toEqual([
      OF_2015,
      127,
    ])
    changes(await world().play('site.yml', ...take))
    expect(newcomer.read(`${CONF}.before-holdfast`)).toBe(OF_2015)
    expect(newcomer.read(CONF)).toContain('Rendered by "holdfast render-config"')
    expect(await newcomer.run(['dpkg-query', '--search', '/usr/bin/holdfast'])).toStartWith(
      'holdfast:',
    )
    expect((await newcomer.exec(['holdfast', 'doctor', '--quiet'])).code).toBeLessThan(2)
  })

  test('all others learn of it, and the order of the operator stands', async () => {
    const [ns1] = world().servers
    const said = changes(await world().type(ADDING, /site\.yml$/))
    expect(Object.keys(said).sort()).toEqual([...SERVERS, NEWCOMER].sort())
    expect(await orderOn(ns1)).toBe('disk')
    expect(ns1.read('/etc/holdfast/holdfast.toml')).toContain(`[servers.${NEWCOMER}]`)
    changes(await world().play('undrain.yml', `--limit=${ns1.name}`))
    await untilInOrder(world())
  })

  test('when it has been looked at, it is taken into service', async () => {
    const { controller, newcomer, servers } = world()
    controller.edit('holdfast.yml', { [wordsOf(ADDING, /is new/)]: NEWCOMER })
    changes(await world().type(ADDING, /site\.yml$/))
    await untilServes(newcomer, REVERSE)
    await untilServes(servers[3], [])
    await untilServes(servers[0], FORWARD)
  })

  test('it is taken out again, and may then ask the others at the service addresses', async () => {
    const { newcomer } = world()
    expect(await wayFrom(newcomer)).toBe('lo')
    changes(await world().type(REMOVING, /drain\.yml/))
    expect(await orderOn(newcomer)).toBe('retired')
    expect((await world().type(REMOVING, /^ssh /)).code).toBe(0)
    expect(await wayFrom(newcomer)).toBe('eth0')
    await untilInOrder(world())
  })

  test('one that lives is removed without a word', async () => {
    const { controller, servers } = world()
    const [ns1] = servers
    expect((await world().type(REMOVING, /^\$EDITOR /)).code).toBe(0)
    controller.removeServer()
    controller.write('holdfast.yml', settings)
    const more = `--limit=${ns1.name}`
    changes(await world().type(REMOVING, /site\.yml$/, { more }))
    expect(ns1.read('/etc/holdfast/holdfast.toml')).not.toContain(NEWCOMER)
    const doctor = await ns1.exec(['holdfast', 'doctor', '--quiet'])
    expect(doctor).toMatchObject({ code: 0, stdout: '' })
  })

  test('one that is dead is no obstacle, once somebody says so', async () => {
    const { newcomer, servers } = world()
    const [, ns2] = servers
    await newcomer.powerOff()
    const refused = await world().type(REMOVING, /site\.yml$/)
    expect(failures(refused, /ns5 does not answer as it should/)).toEqual([ns2.name])
    for (const host of servers) expect(await orderOn(host)).toBeNull()
    changes(await world().type(REMOVING, /rollout_ignore_peers=true$/))
    for (const host of servers)
      expect(host.read('/etc/holdfast/holdfast.toml')).not.toContain(NEWCOMER)
    await untilInOrder(world())
  })

  test('one that comes back stays out until it is put back', async () => {
    const { controller, newcomer } = world()
    await newcomer.boot()
    join(controller, newcomer)
    controller.edit('holdfast.yml', { 'ns4]': `ns4, ${NEWCOMER}]` })
    const limit = `--limit=${NEWCOMER}`
    changes(await world().play('site.yml', limit))
    expect(await orderOn(newcomer)).toBe('retired')
    expect(await servedBy(newcomer)).toEqual([])
    changes(await world().play('undrain.yml', limit))
    expect(await orderOn(newcomer)).toBeNull()
    expect((await newcomer.exec(['holdfast', 'check'])).code).toBe(0)
    await newcomer.powerOff()
    controller.removeServer()
    controller.write('holdfast.yml', settings)
    await untilInOrder(world())
  })
}

/** Gives the newcomer to the inventory. */
function join(controller: Controller, newcomer: Machine): void {
  controller.addServer(newcomer, { holdfast_install_from: 'deb' })
}

/** The interface by which a host's questions to a service address leave. */
async function wayFrom(host: Machine): Promise<string | undefined> {
  return / dev (\w+) /.exec(await host.run(['ip', 'route', 'get', FORWARD[0]]))?.[1]
}
