// Two hosts set up by hand, as docs/rollout.md has it typed, word for word, with the configuration of the README.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Block, blocksOf, readPage } from '../docs/markdown.ts'
import { blocksBelow, inlineBelow } from '../e2e/typed.ts'
import { whyNoMachines } from './environment.ts'
import { SWITCH } from './fleet.ts'
import { layExecutable } from './install.ts'
import type { Machine } from './machine.ts'
import { createMachines, type Machines } from './machines.ts'
import { untilHeld } from './sound.ts'
import { startUpstream } from './upstream.ts'

setDefaultTimeout(300_000)
const PAGE = 'docs/rollout.md'
const HEADING = 'By hand'
const NAMES = ['ns1', 'ns2'] as const
/** Where the files are that the page has installed, on each host. */
const FOLDER = '/root/release'
const CONF = '/etc/keepalived/keepalived.conf'
/** What is beside holdfast there: a resolver that somebody else has set up. */
const OPTIONS = `options {
  directory "/var/cache/bind";
  recursion yes;
  forward only;
  forwarders { ${SWITCH.v4}; };
  dnssec-validation no;
};
`
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
    for (const said of await typeEverywhere(INSTALL)) expect(said).toContain('is healthy')
    for (const host of hosts) {
      const journal = inlineBelow(PAGE, HEADING, /^journalctl /)
      expect(await type(host, `${journal} --no-pager`)).toContain('verdict failed -> healthy')
    }
  })

  test('the first of two commands shows what would change, the second writes it', async () => {
    const [diff = '', write = ''] = RENDER
    for (const host of hosts) {
      const { code, stdout } = await host.exec(inFolder(diff))
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

  test('when its named ends the next one gets them, and tells so meanwhile', async () => {
    const watch = inlineBelow(PAGE, HEADING, /--watch$/)
    const watching = await ns2.spawn('watch', watch.split(' '))
    await watching.log.waitFor(/ns2 is healthy/)
    await type(ns1, inlineBelow(PAGE, HEADING, /^pkill /))
    await watching.log.waitFor(/^recdns0 .* yes /)
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
  await host.run(['mkdir', FOLDER])
  await layExecutable(host, `${FOLDER}/holdfast-linux-x64`)
  await host.run(['sh', '-c', `cp /srv/holdfast/roles/holdfast/files/* ${FOLDER}`])
  host.write('/etc/holdfast/holdfast.toml', blockAfter('Everything that is not here has a default'))
  host.write('/etc/holdfast/order/recdns', blockAfter('`#` takes a server out'))
  host.write('/etc/bind/named.conf.options', OPTIONS)
  host.write('/etc/resolv.conf', 'nameserver 127.0.0.1\n')
  await host.run(['systemctl', 'restart', 'named'])
}

function blockAfter(lead: string, page = 'README.md'): string {
  const found = blocksOf(readPage(page)).find((block: Block) => block.lead.includes(lead))
  if (found === undefined) throw new Error(`${page}: no block after "${lead}"`)
  return found.text
}

const inFolder = (line: string) => ['bash', '-c', `cd ${FOLDER} && ${line}`]
const type = (host: Machine, line: string) => host.run(inFolder(line))
