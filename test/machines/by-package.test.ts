// Two hosts that get holdfast from a release by hand, as docs/install.md has it typed, word for word.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { basename } from 'node:path'
import { blocksBelow } from '../e2e/typed.ts'
import { NATIVE, released } from '../release/made.ts'
import { whyNoMachines } from './environment.ts'
import type { Machine } from './machine.ts'
import { createMachines, type Machines } from './machines.ts'
import { blockAfter, FOLDER, prepareReader, README, tryLine, type } from './reader.ts'
import { startUpstream } from './upstream.ts'

setDefaultTimeout(300_000)
const PAGE = 'docs/install.md'
/** Writes the order of the README, whatever it is asked to edit. */
const EDITOR = `#!/bin/sh\ncat >"$1" <<'END'\n${blockAfter(README.order)}END\n`

describe.skipIf(whyNoMachines() !== null)('a release by hand', () => {
  let machines: Machines
  let ns1: Machine
  let ns2: Machine

  beforeAll(async () => {
    machines = await createMachines({ names: ['ns1', 'ns2'], layer: 'ready' })
    ns1 = machines.machine('ns1')
    ns2 = machines.machine('ns2')
    await startUpstream(machines.fleet)
    await Promise.all([ns1, ns2].map(prepareReader))
  })
  afterAll(() => machines?.destroy())

  test('the package is installed, configured and started, and the doctor is asked', async () => {
    const file = released(`_${NATIVE}.deb`)
    copyFileSync(file, ns1.disk(`${FOLDER}/${basename(file)}`))
    ns1.write('/usr/local/bin/editor', EDITOR, 0o755)
    const [lines = []] = blocksBelow(PAGE, 'The Debian package')
    const typed = lines.map((line) => line.replace('holdfast_VERSION_amd64.deb', basename(file)))
    expect(typed).not.toEqual(lines)
    for (const line of typed.slice(0, -1)) await type(ns1, line)
    expect(await ns1.run(['holdfast', 'check'])).toMatch(/^serving: /)
    const { stdout } = await tryLine(ns1, typed.at(-1) ?? '')
    // keepalived has no configuration yet, and nothing else is amiss with the daemon.
    expect(stdout).toMatch(/FAIL +H2\d\d/)
    expect(stdout).not.toMatch(/FAIL +H1\d\d/)
  })

  test('the executable is what SHA256SUMS tells of', async () => {
    for (const file of [released('-linux-x64'), released('SHA256SUMS')])
      copyFileSync(file, ns2.disk(`${FOLDER}/${basename(file)}`))
    const [check = '', install = ''] = blocksBelow(PAGE, 'The executable alone').flat()
    expect(await type(ns2, check)).toBe('holdfast-linux-x64: OK\n')
    await type(ns2, install)
    expect(await ns2.run(['stat', '--format=%U:%G %a', '/usr/local/bin/holdfast'])).toBe(
      'root:root 755\n',
    )
    await ns2.run(['sh', '-c', `echo >>${FOLDER}/holdfast-linux-x64`])
    expect(await tryLine(ns2, check)).toMatchObject({ code: 1 })
  })
})
