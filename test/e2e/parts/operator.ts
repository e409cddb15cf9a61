// What operators do by hand between rollouts, and how the fleet grows and shrinks.
import { expect, test } from 'bun:test'
import { NEWCOMER, SERVERS } from '../hosts.ts'
import { FORWARD, servedBy, untilServes } from '../service.ts'
import { changes, failures, orderOn, untilInOrder, type World } from '../world.ts'

const ADDING = 'Adding a server'
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
  test('nobody drains the whole fleet by leaving a word out', async () => {
    expect(failures(await world().play('drain.yml'), /Say which servers/)).not.toEqual([])
    for (const host of world().servers) expect(await orderOn(host)).toBeNull()
  })

  test('a server is drained by a playbook, and another one serves', async () => {
    const [cnh, rnb] = world().servers
    const said = changes(
      await world().play('drain.yml', `--limit=${cnh.name}`, '--extra-vars=drain_reason=disk'),
    )
    expect(said).toEqual({ [cnh.name]: 1 })
    await untilServes(rnb, FORWARD)
    expect(await servedBy(cnh)).toEqual([])
  })

  test('a newcomer with configurations of its own is left as it is', async () => {
    const { controller, newcomer } = world()
    controller.addServer(newcomer, { holdfast_install_from: 'deb' })
    await newcomer.run(['install', '-d', '/etc/keepalived', '/etc/bind'])
    newcomer.write(CONF, OF_2015)
    newcomer.write(OPTIONS, '// by hand\noptions { directory "/var/cache/bind"; };\n')
    const limit = `--limit=${NEWCOMER}`
    const orders = controller.read('holdfast.yml')
    const takeBind = '--extra-vars=bind_take_over=true'
    const takeKeepalived = '--extra-vars=keepalived_take_over=true'
    const typed = await world().type(ADDING, /--limit recdns-new$/)
    expect(failures(typed, /changed by hand/)).toEqual([NEWCOMER])
    expect(failures(await world().play('site.yml', limit, takeBind), /not rendered by/)).toEqual([
      NEWCOMER,
    ])
    const take = [limit, takeBind, takeKeepalived]
    expect(failures(await world().play('site.yml', ...take), /does not name recdns-new/)).toEqual([
      NEWCOMER,
    ])
    const last = 'recdns-wcdc]'
    const listed = `recdns-wcdc, "#${NEWCOMER} is new"]`
    controller.write('holdfast.yml', orders.replaceAll(last, listed))
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
    const [cnh] = world().servers
    const said = changes(await world().type(ADDING, /dist\/release$/))
    expect(Object.keys(said).sort()).toEqual([...SERVERS, NEWCOMER].sort())
    expect(await orderOn(cnh)).toBe('disk')
    expect(cnh.read('/etc/holdfast/holdfast.toml')).toContain(`[servers.${NEWCOMER}]`)
    changes(await world().play('undrain.yml', `--limit=${cnh.name}`))
    await untilInOrder(world())
  })

  test('it is taken out again', async () => {
    const { controller, newcomer, servers } = world()
    const limit = `--limit=${NEWCOMER}`
    changes(await world().play('drain.yml', limit, '--extra-vars=drain_isolate=true'))
    const units = ['keepalived', 'holdfast', 'holdfast-standing']
    await newcomer.run(['systemctl', 'disable', '--quiet', '--now', ...units])
    controller.removeServer()
    const orders = controller.read('holdfast.yml')
    controller.write('holdfast.yml', orders.replaceAll(`, "#${NEWCOMER} is new"]`, ']'))
    changes(await world().play('site.yml'))
    for (const host of servers)
      expect(host.read('/etc/holdfast/holdfast.toml')).not.toContain(NEWCOMER)
    await untilInOrder(world())
  })
}
