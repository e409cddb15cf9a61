// Tests that run in the guest: the same file is run here, where it boots one, and there.
import { test } from 'bun:test'
import { basename, join, relative, resolve } from 'node:path'
import { isGuest, whyNoGuest } from './environment.ts'
import { createGuest, type Guest } from './guest.ts'

const REPOSITORY = resolve(import.meta.dir, '../..')
/** Where the guest has this repository. */
const IN_GUEST = '/srv/holdfast'
const FILE_CEILING_MS = 900_000
const TEST_CEILING_MS = 300_000

/**
 * Declares the tests of a file in the guest. Outside it declares one test: that they pass in there.
 *
 * Inside, the lab's own parts (test/lab) work as they do anywhere: namespaces, services, clients.
 *
 * @param file the test file's `import.meta.path`
 * @param when `long` for what takes minutes on an emulated processor: `build/test --long` runs it
 */
export function inGuest(
  file: string,
  declare: () => void,
  when: 'always' | 'long' = 'always',
): void {
  if (isGuest()) {
    declare()
    return
  }
  const name = `in a guest: ${basename(file, '.test.ts')}`
  const isTime = when === 'always' || process.env.HOLDFAST_LONG === '1'
  test.skipIf(!isTime || whyNoGuest() !== null)(name, () => runThere(file), FILE_CEILING_MS)
}

async function runThere(file: string): Promise<void> {
  const guest = await sharedGuest()
  const there = join(IN_GUEST, relative(REPOSITORY, file))
  const command = ['bun', 'test', '--timeout', String(TEST_CEILING_MS), there]
  // What a test prints is a measurement, and worth seeing at once.
  const onOutput = (text: string) => void process.stderr.write(text)
  const { code, stderr } = await guest.run(command, { onOutput, env: passedOn() })
  if (code !== 0) throw new Error(`exit ${code} in the guest\n${stderr}\n${guest.console.tail(20)}`)
  if (!/^\s*[1-9]\d* pass$/m.test(stderr)) throw new Error(`no test ran in the guest\n${stderr}`)
}

/** What steers tests by their environment does so in the guest too. */
function passedOn(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => name.startsWith('HOLDFAST_LONG'))
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}

/** One guest for all files of a run: bun test gives each file its own copy of this module. */
const holder = globalThis as { holdfastGuest?: Promise<Guest> }

async function sharedGuest(): Promise<Guest> {
  const guest = await holder.holdfastGuest?.catch(() => undefined)
  if (guest?.running) return guest
  holder.holdfastGuest = createGuest()
  return holder.holdfastGuest
}
