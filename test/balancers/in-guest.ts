// Tests that run in the guest: the same file is run here, where it boots one, and there.
import { test } from 'bun:test'
import { basename, join, relative } from 'node:path'
import { REPOSITORY } from '../lab/namespace.ts'
import { isGuest, whyNoGuest } from './environment.ts'
import { IN_GUEST, startGuest } from './guest.ts'

const FILE_CEILING_MS = 600_000
const TEST_CEILING_MS = 120_000

/**
 * Declares the tests of a file in the guest. Outside it declares one test: that they pass in there.
 *
 * Inside, the lab's own parts (test/lab) work as they do anywhere: namespaces, services, clients.
 *
 * @param file the test file's `import.meta.path`
 */
export function inGuest(file: string, declare: () => void): void {
  if (isGuest()) {
    declare()
    return
  }
  const name = `in a guest: ${basename(file, '.test.ts')}`
  test.skipIf(whyNoGuest() !== null)(name, () => runThere(file), FILE_CEILING_MS)
}

async function runThere(file: string): Promise<void> {
  const there = join(IN_GUEST, relative(REPOSITORY, file))
  const command = ['bun', 'test', '--timeout', String(TEST_CEILING_MS), there]
  // What a test prints is a measurement, and worth seeing at once.
  const guest = await startGuest(command, (text) => void process.stderr.write(text))
  const { code, said } = await guest.ended
  if (code !== 0) throw new Error(`exit ${code} in the guest\n${said}`)
  if (!/^\s*[1-9]\d* pass$/m.test(said)) throw new Error(`no test ran in the guest\n${said}`)
}
