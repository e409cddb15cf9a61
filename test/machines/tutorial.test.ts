// docs/tutorial.md, typed word for word on the two bare hosts that build/playground boots for its readers.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { basename } from 'node:path'
import { blocksBelow, commandBelow } from '../e2e/typed.ts'
import { NATIVE, released } from '../release/made.ts'
import { whyNoMachines } from './environment.ts'
import type { Machine } from './machine.ts'
import type { Machines } from './machines.ts'
import { createPlayground, PLAYGROUND } from './playground.ts'
import { heldBy } from './sound.ts'

setDefaultTimeout(300_000)
const PAGE = 'docs/tutorial.md'
const SERVICE = '192.0.2.53'
const LOOK_EVERY_MS = 500
/** What takes longer hangs; a failback delay that the status tells of comes on top. */
const CEILING_MS = 120_000

const HEADINGS = {
  install: '1. Install',
  configure: '2. Configure',
  give: '3. Give keepalived the address',
  failover: '4. The first failover',
  probation: '5. Probation',
  drain: '6. The first drain',
} as const
const DIG = commandBelow(PAGE, HEADINGS.give, /^dig /)

describe.skipIf(whyNoMachines() !== null)('the tutorial', () => {
  let machines: Machines
  let ns1: Machine
  let ns2: Machine

  beforeAll(async () => {
    machines = await createPlayground()
    ns1 = machines.machine('ns1')
    ns2 = machines.machine('ns2')
  })
  afterAll(() => machines?.destroy())

  test('a reader gets a shell on each host that is booted', () => {
    const [start, shells] = blocksBelow(PAGE, 'What you need')
    expect(start).toEqual(['build/playground'])
    expect(shells).toEqual(PLAYGROUND.map((name) => `build/playground ${name}`))
  })

  test('1: everything is installed from bare hosts', async () => {
    const [[...lines] = []] = blocksBelow(PAGE, HEADINGS.install)
    const file = basename(released(`_${NATIVE}.deb`))
    const typed = lines.map((line) => line.replace(/holdfast_\S+\.deb/, file))
    expect(typed.at(-1)).toEndWith(`./${file}`)
    await onBoth((host) => type(host, typed))
  })

  test('2: the daemon starts, and the server is healthy before anybody holds the address', async () => {
    const [configure = [], look = []] = blocksBelow(PAGE, HEADINGS.configure)
    const shown = await onBoth(async (host) => {
      await type(host, configure)
      return type(host, look)
    })
    for (const text of shown) expect(text.split('\n')[0]).toMatch(/healthy|serving/i)
    for (const host of machines.all) expect(await heldBy(host)).not.toContain(SERVICE)
  })

  test('3: the first server of the order holds the address, and answers there', async () => {
    const [render = []] = blocksBelow(PAGE, HEADINGS.give)
    await onBoth((host) => type(host, render))
    await untilHeldBy('ns1')
    await untilPriority(ns1, 250)
    await untilPriority(ns2, 200)
    for (const host of machines.all) expect(await type(host, [DIG])).toBe('"ns1"\n')
  })

  test('4: without named the address moves, which the other server shows meanwhile', async () => {
    const [watch = [], stop = [], look = []] = blocksBelow(PAGE, HEADINGS.failover)
    const watching = await ns2.spawn('watch', (watch[0] ?? '').split(' '))
    await watching.log.waitFor(/\S/)
    const from = watching.log.lines.length
    await type(ns1, stop)
    await untilHeldBy('ns2')
    await watching.log.waitFor(/recdns0/, { from })
    watching.signal('SIGINT')
    await watching.exited
    expect(await type(ns2, [DIG])).toBe('"ns2"\n')
    expect(await type(ns1, look)).toContain('recdns0')
    await untilPriority(ns1, 10)
  })

  test('5: ns1 is on probation at first, and takes the address back after the delay', async () => {
    const [start = []] = blocksBelow(PAGE, HEADINGS.probation)
    await type(ns1, start)
    await untilPriority(ns1, 55)
    expect(await heldBy(ns2)).toContain(SERVICE)
    await untilPriority(ns1, 250)
    await untilHeldBy('ns1')
  })

  test('6: a drain moves the address, survives a reboot, and ends without a probation', async () => {
    const [drain = [], other = [], reboot = [], look = [], undrain = []] = blocksBelow(
      PAGE,
      HEADINGS.drain,
    )
    await type(ns1, drain)
    await untilHeldBy('ns2')

    expect(await tryLines(ns2, other)).toMatchObject({ code: 1 })
    await untilHeldBy('ns2')

    expect(reboot).toEqual(['systemctl reboot'])
    await ns1.reboot()
    expect(await type(ns1, look)).toMatch(priorityLine(30))
    await untilHeldBy('ns2')

    await type(ns1, undrain)
    await untilHeldBy('ns1')
    await untilPriority(ns1, 250)
  })

  function onBoth<T>(act: (host: Machine) => Promise<T>): Promise<T[]> {
    return Promise.all(machines.all.map(act))
  }

  /** Waits until one host has the address on the wire, and no other. */
  async function untilHeldBy(name: string): Promise<void> {
    await until(`${name} alone holds ${SERVICE}`, async () => {
      const held = await onBoth(async (host) => (await heldBy(host)).includes(SERVICE))
      return machines.all.every((host, index) => held[index] === (host.name === name))
    })
  }

  async function untilPriority(host: Machine, priority: number): Promise<void> {
    const holds = async () => {
      const { stdout } = await tryLines(host, ['holdfast status'])
      return priorityLine(priority).test(stdout)
    }
    await until(`${host.name} has priority ${priority}`, holds, () => delayLeftMs(host))
  }

  async function until(
    what: string,
    holds: () => Promise<boolean>,
    delayMs = async () => 0,
  ): Promise<void> {
    let deadlineMs = Date.now() + CEILING_MS
    while (!(await holds())) {
      if (Date.now() > deadlineMs) {
        const leftMs = await delayMs()
        if (leftMs === 0) throw new Error(`never: ${what}\n${await toldBy(machines.all)}`)
        deadlineMs = Date.now() + leftMs + CEILING_MS
      }
      await Bun.sleep(LOOK_EVERY_MS)
    }
  }
})

/**
 * What is left of the failback delay: one minute, and twice that after a repeat failure, which a server on a
 * starved host may have.
 */
async function delayLeftMs(host: Machine): Promise<number> {
  const { stdout } = await tryLines(host, ['holdfast status --json'])
  return JSON.parse(stdout).flap.probation_ms
}

/** What the hosts' daemons have recorded: why it has not come to what was expected. */
async function toldBy(hosts: readonly Machine[]): Promise<string> {
  const texts = await Promise.all(
    hosts.map((host) => tryLines(host, ['holdfast history', 'holdfast status'])),
  )
  return texts.map(({ stdout }) => stdout).join('\n')
}

/** The row of the table of instances. */
const priorityLine = (priority: number) => new RegExp(`^recdns0 .*\\b${priority}\\b`, 'm')

/** What a block comes to, whatever that is: its lines are typed one after the other, and the first that fails ends it. */
const tryLines = (host: Machine, lines: readonly string[]) =>
  host.exec(['bash', '-e', '-c', ['cd /root', ...lines].join('\n')])

/** The same, and fails unless it succeeds. */
const type = (host: Machine, lines: readonly string[]) =>
  host.run(['bash', '-e', '-c', ['cd /root', ...lines].join('\n')])
