// Each role alone, in a playbook of three lines, on a bare host; no other role's facts, and no drain.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { whyNoRollout } from './environment.ts'
import { NEWCOMER, SERVERS } from './hosts.ts'
import { FORWARD, REVERSE, untilServes } from './service.ts'
import { savedWorld } from './sound.ts'
import { changes, createWorld, failures, type World } from './world.ts'

setDefaultTimeout(900_000)
/** Beside group_vars/recursors. */
const HOSTS = '../../hosts.yml'
const ROLES = ['holdfast', 'bind', 'keepalived'] as const
type Role = (typeof ROLES)[number] | 'balancer'
const KEEPALIVED_CONF = '/etc/keepalived/keepalived.conf'

describe.skipIf(whyNoRollout() !== null)('roles alone', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ names: [NEWCOMER], from: savedWorld() })
    const { controller, newcomer } = world
    const { name, v4, v6 } = newcomer
    const host = { ansible_host: v4, holdfast_addresses: [v4, v6] }
    controller.write(HOSTS, JSON.stringify({ recursors: { hosts: { [name]: host } } }))
    controller.edit('holdfast.yml', { [SERVERS.join(', ')]: NEWCOMER })
    for (const role of [...ROLES, 'balancer']) {
      const lines = ['- hosts: recursors', '  become: true', `  roles: [${role}]`]
      writeFileSync(join(controller.clone, `${role}.yml`), `${lines.join('\n')}\n`)
    }
  })
  afterAll(() => world?.destroy())

  const apply = (role: Role, ...args: readonly string[]) => world.play(`${role}.yml`, ...args)

  test('BIND, on a host that has no holdfast', async () => {
    const alone = '--extra-vars={"bind_includes": []}'
    expect(changes(await apply('bind', alone))[NEWCOMER]).toBeGreaterThan(3)
    expect(await world.newcomer.run(['systemctl', 'is-active', 'named'])).toBe('active\n')
    expect(changes(await apply('bind', alone))).toEqual({ [NEWCOMER]: 0 })
  })

  test('keepalived, which holdfast has to be there for', async () => {
    expect(failures(await apply('keepalived'), /No such file .*holdfast/)).toEqual([NEWCOMER])
  })

  // What it does on a kernel that can is in balancers/.
  const able = existsSync('/sys/module/ip_vs')
  test.skipIf(able)("the balancers' role, which a kernel has to be fit for", async () => {
    const services = { holdfast_config: { balancer: { services: { dns: {} } } } }
    const play = await apply('balancer', `--extra-vars=${JSON.stringify(services)}`)
    expect(failures(play, /The kernel of ns5 cannot balance/)).toEqual([NEWCOMER])
  })

  test('holdfast, and then what it looks at and what follows it', async () => {
    for (const role of ROLES) expect(changes(await apply(role))[NEWCOMER]).toBeGreaterThan(1)
    await untilServes(world.newcomer, [...FORWARD, ...REVERSE])
    const { code } = await world.newcomer.exec(['holdfast', 'doctor', '--quiet'])
    expect(code).toBeLessThan(2)
  })

  test('again, and nothing changes; in check mode neither', async () => {
    for (const role of ROLES) {
      expect(changes(await apply(role))).toEqual({ [NEWCOMER]: 0 })
      expect(changes(await apply(role, '--check', '--diff'))).toEqual({ [NEWCOMER]: 0 })
    }
  })

  test('what was changed by hand is put right', async () => {
    const { newcomer } = world
    const sound = newcomer.read(KEEPALIVED_CONF)
    newcomer.write(KEEPALIVED_CONF, sound.replace('priority 1\n', 'priority 2\n'))
    expect(changes(await apply('keepalived'))[NEWCOMER]).toBeGreaterThan(0)
    expect(newcomer.read(KEEPALIVED_CONF)).toBe(sound)
    newcomer.write(KEEPALIVED_CONF, '# by hand\n')
    expect(failures(await apply('keepalived'), /was not rendered by holdfast/)).toEqual([NEWCOMER])
    const take = '--extra-vars=keepalived_take_over=true'
    expect(changes(await apply('keepalived', take))[NEWCOMER]).toBeGreaterThan(1)
    expect(newcomer.read(KEEPALIVED_CONF)).toBe(sound)
    await untilServes(newcomer, [...FORWARD, ...REVERSE])
  })
})
