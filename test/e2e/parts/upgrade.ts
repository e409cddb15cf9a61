// An upgrade in office hours: a newer build and another configuration, and every query is answered.
import { expect, test } from 'bun:test'
import { journalOf } from '../../machines/journal.ts'
import { figures, startAsking } from '../service.ts'
import { buildOf, changes, untilInOrder, type World } from '../world.ts'

/** Where the page has the release that one goes back to. */
const BEFORE = '/srv/releases/before'

export function upgrade(world: () => World): void {
  let before: Readonly<Record<'bind.yml' | 'holdfast.yml', string>>

  test('a newer build and a changed configuration cost no query', async () => {
    const { controller, hosts, releases, servers } = world()
    const bind = controller.read('bind.yml')
    const config = controller.read('holdfast.yml')
    before = { 'bind.yml': bind, 'holdfast.yml': config }
    controller.write('bind.yml', bind.replace('max-cache-size 40%', 'max-cache-size 30%'))
    controller.write(
      'holdfast.yml',
      config.replace('  checks:\n', '  flap:\n    backoff_hold: 8s\n\n  checks:\n'),
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
        const from = said.findLast(({ text }) => /^drain: by .*: rollout$/.test(text))
        const to = said.findLast(({ text }) => text === 'drain: ended')
        return [from?.atUs ?? 0, to?.atUs ?? 0]
      }),
    )
    const times = turns.flat()
    for (const time of times) expect(time).toBeGreaterThan(0)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
  test('a release that passed is undone by the one before it, and no query is lost by that either', async () => {
    const { controller, hosts, releases, servers } = world()
    for (const [name, text] of Object.entries(before)) controller.write(name, text)
    await hosts.fleet.run(['sh', '-ec', LINK, 'link', releases[0], BEFORE])
    const asking = await startAsking(hosts)
    changes(await world().type('Going back', /holdfast_dist=/))
    world().install(releases[0])
    await untilInOrder(world())
    const report = await asking.stop()
    console.log(figures('rolling back to the release before', report))
    expect({ lost: report.udp.lost, by: report.udp.lostBy }).toEqual({ lost: 0, by: {} })
    for (const host of servers) {
      expect(await buildOf(host)).toBe('e2e-first')
      expect(host.read('/etc/holdfast/holdfast.toml')).not.toContain('backoff_hold')
    }
  })
}

/** Gives a folder another name where Ansible runs, and on this computer's disk nothing. */
const LINK = `
mkdir -p /run/srv/upper /run/srv/work
mount -t overlay -o lowerdir=/srv,upperdir=/run/srv/upper,workdir=/run/srv/work srv /srv
mkdir -p "$(dirname "$2")"
ln -s "$1" "$2"
`
