// The first rollout, word for word as docs/ansible.md has it: check mode, converging, a second run, and what stands then.
import { expect, test } from 'bun:test'
import { readPage } from '../../docs/markdown.ts'
import type { Machine } from '../../machines/machine.ts'
import { NEWCOMER, readMail, SERVERS, untilMail } from '../hosts.ts'
import { readRecap } from '../recap.ts'
import { COMMANDS } from '../sound.ts'
import { buildOf, changes, failures, untilInOrder, type World } from '../world.ts'

const NOTHING = Object.fromEntries(SERVERS.map((name) => [name, 0]))

const [CHECK = '', ROLL_OUT = '', DOCTOR = ''] = COMMANDS

export function first(world: () => World): void {
  const type = (line: string) => world().controller.type(world().hosts.fleet, line)

  test('the page has a release made, and the files of the inventory edited', () => {
    const { controller } = world()
    const names = ['bind', 'holdfast', 'notify', 'vault'].map(
      (name) => `group_vars/recursors/${name}`,
    )
    const files = ['hosts', ...names].map((name) => `inventory/site/${name}.yml`)
    expect(controller.edited()).toEqual(files)
    expect(COMMANDS).toHaveLength(3)
  })

  test('check mode tells what would come, and changes nothing', async () => {
    const before = await Promise.all(world().servers.map(written))
    const said = changes(await type(CHECK))
    expect(Object.keys(said)).toEqual([...SERVERS])
    for (const changed of Object.values(said)) expect(changed).toBeGreaterThan(10)
    expect(await Promise.all(world().servers.map(written))).toEqual(before)
  })

  test('an invalid configuration is refused before anything is touched', async () => {
    const { servers, controller } = world()
    const sound = controller.read('holdfast.yml')
    controller.write(
      'holdfast.yml',
      sound.replace('advert_interval: 100ms', 'advert_interval: soon'),
    )
    const play = await world().play('site.yml')
    controller.write('holdfast.yml', sound)
    expect(failures(play, /error\[E_[A-Z]+\]: /)).toEqual([...SERVERS])
    for (const host of servers)
      expect((await host.exec(['test', '-e', '/etc/holdfast'])).code).toBe(1)
  })

  test('bare hosts converge, one after the other', async () => {
    const said = changes(await type(ROLL_OUT))
    expect(Object.keys(said)).toEqual([...SERVERS])
    await untilInOrder(world())
    for (const host of world().servers) expect(await buildOf(host)).toBe('e2e-first')
  })

  test('a second run, which asks for the password of the vault, changes nothing', async () => {
    const play = await world().type('Secrets', /^ansible-playbook/, { asksPassword: true })
    expect(changes(play)).toEqual(NOTHING)
    expect(play.recap).toEqual(readRecap(readPage('docs/ansible.md')))
    expect(play.text).not.toContain('Move addresses to another server')
  })

  test('the doctor finds nothing on any host', async () => {
    for (const host of world().servers) {
      const { code, stdout } = await host.exec(['holdfast', 'doctor', '--quiet'])
      expect({ host: host.name, code, stdout }).toEqual({ host: host.name, code: 0, stdout: '' })
    }
    const play = await type(DOCTOR)
    expect(changes(play)).toEqual(NOTHING)
    for (const name of SERVERS) expect(play.text).toMatch(new RegExp(`${name} +0 failed, 0 warn`))
    expect(play.text).not.toContain(NEWCOMER)
  })

  test('mail tells whoever is in charge who holds what', async () => {
    const [ns1, , , ns4] = world().servers
    await untilMail(ns1, /^Subject: \[holdfast\] ns1 now serves .*recdns1/m)
    await untilMail(ns4, /^Subject: \[holdfast\] ns4 now serves .*recdns0/m)
    expect(readMail(ns1)).toMatch(/^To: .*hostmaster@example\.net/m)
  })
}

/** What a host writes by itself: logs, when a timer of Debian's was last due, what ssh and Ansible leave. */
const NOT_OURS = /^\/(var\/log|var\/lib\/systemd\/timers|root\/\.ansible|run|tmp|proc|sys)\//

/** Every file on a host's disk with its size and time, but for what is not ours. */
async function written(host: Machine): Promise<string[]> {
  const list = ['find', '/', '-xdev', '-type', 'f', '-printf', '%p %s %T@\n']
  const lines = (await host.run(list)).split('\n')
  return lines.filter((line) => !NOT_OURS.test(line)).sort()
}
