// The daemon's metrics where a node_exporter looks for them, on the host that has one.
import { expect, test } from 'bun:test'
import { MEASURED } from '../hosts.ts'
import { changes, type World } from '../world.ts'

const FOLDER = '/var/lib/prometheus/node-exporter'
const FILE = `${FOLDER}/holdfast.prom`

export function metrics(world: () => World): void {
  test('a link to the metrics lies where node_exporter looks, which may read them', async () => {
    const host = world().hosts.machine(MEASURED)
    expect(await host.run(['readlink', FILE])).toBe('/run/holdfast/holdfast.prom\n')
    const owners = await host.run(['stat', '--format=%U:%G %a', '--dereference', FOLDER, FILE])
    expect(owners).toBe('root:root 755\nholdfast:holdfast 644\n')
    const read = await host.run(['runuser', '--user', 'prometheus', '--', 'cat', FILE])
    expect(read).toMatch(/^holdfast_\w+/m)
  })

  test('node_exporter shows them to whoever asks', async () => {
    const { hosts } = world()
    const url = `http://${hosts.machine(MEASURED).v4}:9100/metrics`
    const program = `process.stdout.write(await (await fetch('${url}')).text())`
    const shown = await hosts.fleet.run([process.execPath, '--eval', program])
    expect(shown).toMatch(/^holdfast_may_serve\b.* 1$/m)
    expect(shown).toMatch(/^node_textfile_scrape_error 0$/m)
    expect(shown).toMatch(/^node_textfile_mtime_seconds\{file=".*holdfast\.prom"\}/m)
  })

  test('a file that lies there, and is no link of ours, stays', async () => {
    const host = world().hosts.machine(MEASURED)
    const limit = `--limit=${host.name}`
    const text = '# TYPE somebody gauge\nsomebody 1\n'
    host.remove(FILE)
    host.write(FILE, text)
    expect(changes(await world().play('site.yml', limit))).toEqual({ [host.name]: 0 })
    expect(host.read(FILE)).toBe(text)
    host.remove(FILE)
    expect(changes(await world().play('site.yml', limit))).toEqual({ [host.name]: 1 })
    expect(await host.run(['readlink', FILE])).toBe('/run/holdfast/holdfast.prom\n')
  })

  test('a host without one is left as it is', async () => {
    const [ns1] = world().servers
    expect((await ns1.exec(['test', '-e', '/var/lib/prometheus'])).code).toBe(1)
  })
}
