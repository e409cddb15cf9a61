// Asking keepalived for its dump: never another program, and no file that is not root's.
import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createElectionDumper } from '../../src/adapters/keepalived-dump.ts'
import type { Process } from '../../src/host/process-table.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const folder = folderForAllTests()

const OTHER: Process = {
  ...{ pid: 0, ppid: 1, uid: 0, comm: 'keepalived', state: 'S', args: ['keepalived'] },
  ...{ startedBootMs: 0, isContained: false },
}

describe('the dump', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'is asked of no keepalived that does not know the signal, which would end it',
    async () => {
      const program = join(folder, 'keepalived')
      copyFileSync('/usr/bin/cat', program)
      const old = Bun.spawn([program], { stdin: 'pipe', stdout: 'pipe' })
      // It is what it is named after once it answers; until then it is a copy of this process.
      old.stdin.write('there\n')
      old.stdin.flush()
      await old.stdout.getReader().read()
      const dumped = await createElectionDumper({
        ...{ find: () => ({ ...OTHER, pid: old.pid }), dumpFile: join(folder, 'dump') },
      })()
      expect(dumped).toEqual({
        ok: false,
        error: 'keepalived has no use for the signal that asks it',
      })
      expect(old.exitCode ?? old.signalCode).toBeNull()
      old.kill()
      await old.exited
    },
  )

  test('is not there where no keepalived runs', async () => {
    const dumped = await createElectionDumper({ find: () => null })()
    expect(dumped).toEqual({ ok: false, error: 'keepalived is not running' })
  })

  test('is asked of no child of this process, whatever it is called', async () => {
    const program = join(folder, 'child/keepalived')
    mkdirSync(join(folder, 'child'))
    copyFileSync('/usr/bin/cat', program)
    const child = Bun.spawn([program], { stdin: 'pipe', stdout: 'pipe' })
    child.stdin.write('there\n')
    child.stdin.flush()
    await child.stdout.getReader().read()
    await createElectionDumper({ dumpFile: join(folder, 'dump') })()
    expect(child.exitCode ?? child.signalCode).toBeNull()
    child.kill()
    await child.exited
  })
})
