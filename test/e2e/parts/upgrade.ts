// An upgrade in office hours: a newer build and another configuration, and every query is answered.
import { expect, test } from 'bun:test'
import { journalOf } from '../../machines/journal.ts'
import { figures, startAsking } from '../service.ts'
import { buildOf, changes, untilInOrder, type World } from '../world.ts'

export function upgrade(world: () => World): void {
  test('a newer build and a changed configuration cost no query', async () => {
    const { controller, hosts, releases, servers } = world()
    const bind = controller.read('bind.yml')
    const config = controller.read('holdfast.yml')
    controller.write('bind.yml', bind.replace('max-cache-size 40%', 'max-cache-size 30%'))
    controller.write(
      'holdfast.yml',
      config.replace('  checks:\n', '  flap:\n    hold_down: 8s\n\n  checks:\n'),
    )
    world().install(releases[1])
    const asking = await startAsking(hosts)
    const said = changes(await world().type('Upgrade', /^ansible-playbook/))
    await untilInOrder(world())
    const report = await asking.stop()
    console.log(figures('rolling upgrade of four servers', report))
    for (const changed of Object.values(said)) expect(changed).toBeGreaterThan(3)
    expect(report.udp.sent).toBeGreaterThan(1000)
    expect({ lost: report.udp.lost, by: report.udp.lostBy }).toEqual({ lost: 0, by: {} })
    for (const host of servers) expect(await buildOf(host)).toBe('e2e-second')
  })

  test('each server was drained and put back in its turn', async () => {
    const turns = await Promise.all(
      world().servers.map(async (host) => {
        const said = await journalOf(host, ['holdfast'])
        const from = said.findLast(({ text }) => /^override: drained by .*: rollout$/.test(text))
        const to = said.findLast(({ text }) => text === 'no override is in force')
        return [from?.atUs ?? 0, to?.atUs ?? 0]
      }),
    )
    const times = turns.flat()
    for (const time of times) expect(time).toBeGreaterThan(0)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
}
