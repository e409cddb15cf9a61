// Two hosts set up by hand, as docs/install.md has it typed, word for word, with the configuration of the README.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { blocksBelow, inlineBelow } from '../e2e/typed.ts'
import { whyNoMachines } from './environment.ts'
import { layExecutable } from './install.ts'
import type { Machine } from './machine.ts'
import { createMachines, type Machines } from './machines.ts'
import { blockAfter, FOLDER, prepareReader, README, tryLine, type } from './reader.ts'
import { SERVICE, untilHeld } from './sound.ts'
import { startUpstream } from './upstream.ts'

setDefaultTimeout(300_000)
const PAGE = 'docs/install.md'
const HEADING = 'By hand'
const LOOPBACK = 'docs/explanation/loopback-addresses.md'
const KEEPALIVED = 'docs/reference/keepalived.md'
const CONFIG = '/etc/holdfast/holdfast.toml'
const NAMES = ['ns1', 'ns2'] as const
const CONF = '/etc/keepalived/keepalived.conf'
const [INSTALL = [], RENDER = [], RESTART = []] = blocksBelow(PAGE, HEADING)

describe.skipIf(whyNoMachines() !== null)('by hand', () => {
  let machines: Machines
  let hosts: readonly Machine[]
  let ns1: Machine
  let ns2: Machine

  beforeAll(async () => {
    machines = await createMachines({ names: NAMES, layer: 'ready' })
    hosts = machines.all
    ns1 = machines.machine('ns1')
    ns2 = machines.machine('ns2')
    await startUpstream(machines.fleet)
    await Promise.all(hosts.map(prepare))
  })
  afterAll(() => machines?.destroy())

  test('the daemon is installed and runs, beside whatever there is', async () => {
    expect(INSTALL.length).toBeGreaterThan(8)
    for (const said of await typeEverywhere(INSTALL)) expect(said).toMatch(/serving/i)
    for (const host of hosts) {
      const history = inlineBelow(PAGE, HEADING, /^holdfast history/)
      expect(await type(host, history)).toMatch(/ serving /)
    }
  })

  test('the first of two commands shows what would change, the second writes it', async () => {
    const [diff = '', write = ''] = RENDER
    for (const host of hosts) {
      const { code, stdout } = await tryLine(host, diff)
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/^\+ +priority 1$/m),
      })
      expect(await host.exec(['test', '-e', CONF])).toMatchObject({ code: 1 })
      await type(host, write)
    }
    const shown = blockAfter('what the configuration of the README comes to', PAGE)
    for (const host of hosts) expect(host.read(CONF)).toBe(shown)
  })

  test('the first server of the order gets the addresses', async () => {
    await typeEverywhere(RESTART)
    await untilHeld(ns1)
    await untilHeld(ns2, false)
  })

  test('loopback service addresses are added, and the one who holds them is told from the one who does not', async () => {
    const [add = []] = blocksBelow(LOOPBACK, 'Loopback service addresses')
    await typeEverywhere(add)
    const serverState = blockAfter('Then, in holdfast.toml:', LOOPBACK)
    for (const host of hosts) {
      host.write(CONFIG, `${host.read(CONFIG)}\n${serverState}`)
      await host.run(['holdfast', 'config', 'check'])
      await host.run(['systemctl', 'reload', 'holdfast'])
    }
    for (const [host, holds] of [
      [ns1, true],
      [ns2, false],
    ] as const) {
      await untilHeld(host, holds)
      expect(await host.run(['ip', 'address', 'show', 'dev', 'lo'])).toContain(`${SERVICE[0]}/32`)
      expect(await host.run(['holdfast', 'check'])).toMatch(/^serving: /)
    }
  })

  test('keepalived is told anew, of what the change comes to', async () => {
    const [[look = '', diff = '', write = '', reload = ''] = []] = blocksBelow(
      KEEPALIVED,
      'The rendered keepalived.conf',
    )
    for (const host of hosts) {
      const rendered = await type(host, look)
      await tryLine(host, diff)
      await type(host, write)
      expect(host.read(CONF)).toBe(rendered)
      expect(await tryLine(host, diff)).toMatchObject({ code: 0, stdout: '' })
      await type(host, reload)
    }
    await untilHeld(ns1)
    await untilHeld(ns2, false)
  })

  test('when its named ends the next one gets them, and tells so meanwhile', async () => {
    const watch = inlineBelow(PAGE, HEADING, /--watch$/)
    const watching = await ns2.spawn('watch', watch.split(' '))
    await watching.log.waitFor(/ns2 {2}SERVING/)
    await type(ns1, inlineBelow(PAGE, HEADING, /^pkill /))
    await watching.log.waitFor(/ holds recdns0/)
    await untilHeld(ns2)
    await untilHeld(ns1, false)
    watching.signal('SIGINT')
    await watching.exited
  })

  async function typeEverywhere(lines: readonly string[]): Promise<string[]> {
    return Promise.all(
      hosts.map(async (host) => {
        let said = ''
        for (const line of lines) said = await type(host, line)
        return said
      }),
    )
  }
})

async function prepare(host: Machine): Promise<void> {
  await prepareReader(host)
  await layExecutable(host, `${FOLDER}/holdfast-linux-x64`)
  await host.run(['sh', '-c', `cp /srv/holdfast/roles/holdfast/files/* ${FOLDER}`])
  host.write(CONFIG, blockAfter(README.config))
  host.write('/etc/holdfast/order/recdns', blockAfter(README.order))
}
