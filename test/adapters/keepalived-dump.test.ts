// Asking keepalived for its dump: never another program, and no file that is not root's.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createElectionDumper } from '../../src/adapters/keepalived-dump.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-dump-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the dump', () => {
  test('is asked of nobody when the pid file names another program, which the signal would end', async () => {
    const other = Bun.spawn(['sleep', '30'])
    const pidFile = join(folder, 'other.pid')
    writeFileSync(pidFile, `${other.pid}\n`)
    const dumped = await createElectionDumper({ pidFile, dumpFile: join(folder, 'dump') })()
    expect(dumped).toEqual({ ok: false, error: 'keepalived does not run' })
    expect(other.exitCode).toBeNull()
    other.kill()
    await other.exited
  })

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
      const pidFile = join(folder, 'old.pid')
      writeFileSync(pidFile, `${old.pid}\n`)
      const dumped = await createElectionDumper({ pidFile, dumpFile: join(folder, 'dump') })()
      expect(dumped).toEqual({
        ok: false,
        error: 'keepalived has no use for the signal that asks it',
      })
      expect(old.exitCode ?? old.signalCode).toBeNull()
      old.kill()
      await old.exited
    },
  )

  test.each(['', 'garbage', '1', '999999999'])(
    'with "%s" as the pid file is not there',
    async (text) => {
      const pidFile = join(folder, 'bad.pid')
      writeFileSync(pidFile, text)
      const dumped = await createElectionDumper({ pidFile })()
      expect(dumped.ok).toBe(false)
    },
  )
})
