// `check --ensure`: when it starts the daemon, how often, and what stands in its way.
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, symlinkSync, utimesSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdfast } from '../../support/recorder.ts'
import { makeRunDir, staleDocument, statusDocument } from '../../support/status.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'

/** A config whose daemon is a command that makes the file `started` in the run directory. */
function writeConfig(
  runDir: TemporaryFolder,
  command = ['/bin/sh', '-c', `: > ${runDir.path}/started`],
): string {
  const path = join(runDir.path, 'holdfast.toml')
  writeFileSync(
    path,
    `[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n[daemon]\nstart_command = ${JSON.stringify(command)}\n`,
  )
  return path
}

function ensure(runDir: TemporaryFolder, config: string) {
  return holdfast('check', '--ensure', '--config', config, '--run-dir', runDir.path)
}

/** Resolves once the started command has left its mark. */
function hasStarted(runDir: TemporaryFolder): Promise<void> {
  return new Promise((resolve) => {
    const mark = join(runDir.path, 'started')
    const watcher = watch(runDir.path, look)
    function look(): void {
      if (!existsSync(mark)) return
      watcher.close()
      resolve()
    }
    look()
  })
}

const MAIN = join(import.meta.dir, '../../../src/main.ts')

const stampOf = (runDir: TemporaryFolder) => join(runDir.path, 'ensure.stamp')

describe('check --ensure', () => {
  test.each([
    ['stale', staleDocument(), 'stale: '],
    ['missing', undefined, 'no status: '],
    ['garbage', 'garbage', 'unreadable: '],
  ])('starts the daemon when the status is %s, and still fails', async (_, status, start) => {
    using runDir = makeRunDir(status)
    const said = await ensure(runDir, writeConfig(runDir))
    expect(said.code).toBe(1)
    expect(said.out).toStartWith(start)
    expect(said.err).toStartWith('holdfast check: started the daemon: /bin/sh -c ')
    await hasStarted(runDir)
  })

  test('a fresh status starts nothing and reads no config', async () => {
    using runDir = makeRunDir(statusDocument())
    const said = await ensure(runDir, '/nowhere/holdfast.toml')
    expect(said).toEqual({ code: 0, out: 'serving: 2 of 2 endpoints ok', err: '' })
    expect(existsSync(stampOf(runDir))).toBeFalse()
  })

  test('not more often than every ten seconds', async () => {
    using runDir = makeRunDir()
    const config = writeConfig(runDir)
    expect((await ensure(runDir, config)).err).toContain('started the daemon')
    expect((await ensure(runDir, config)).err).toContain('less than 10 s ago')
    const past = Date.now() / 1000 - 11
    utimesSync(stampOf(runDir), past, past)
    expect((await ensure(runDir, config)).err).toContain('started the daemon')
  })

  test('a stamp from the future does not keep it from starting', async () => {
    using runDir = makeRunDir()
    writeFileSync(stampOf(runDir), '')
    const future = Date.now() / 1000 + 3600
    utimesSync(stampOf(runDir), future, future)
    expect((await ensure(runDir, writeConfig(runDir))).err).toContain('started the daemon')
  })

  test('of many processes at once exactly one starts it', async () => {
    using runDir = makeRunDir()
    const config = writeConfig(runDir)
    writeFileSync(stampOf(runDir), '')
    utimesSync(stampOf(runDir), 1, 1)
    const argv = ['check', '--ensure', '--config', config, '--run-dir', runDir.path]
    const children = Array.from({ length: 6 }, () =>
      Bun.spawn([process.execPath, MAIN, ...argv], { stdout: 'ignore', stderr: 'pipe' }),
    )
    const said = await Promise.all(children.map((child) => new Response(child.stderr).text()))
    expect(said.filter((line) => line.includes('started the daemon:'))).toHaveLength(1)
    await Promise.all(children.map((child) => child.exited))
  })

  test('a link in place of the stamp is not followed', async () => {
    using runDir = makeRunDir()
    const victim = join(runDir.path, 'victim')
    writeFileSync(victim, 'precious')
    utimesSync(victim, 1, 1)
    symlinkSync(victim, stampOf(runDir))
    const young = await ensure(runDir, writeConfig(runDir))
    expect(young.err).toContain('less than 10 s ago')
    expect(await Bun.file(victim).text()).toBe('precious')
  })

  test('it leaves nothing behind but the stamp', async () => {
    using runDir = makeRunDir()
    const config = writeConfig(runDir, ['/bin/true'])
    writeFileSync(stampOf(runDir), '')
    utimesSync(stampOf(runDir), 1, 1)
    await ensure(runDir, config)
    expect(readdirSync(runDir.path).sort()).toEqual(['ensure.stamp', 'holdfast.toml'])
  })

  test('what cannot be started is said in a sentence', async () => {
    using runDir = makeRunDir()
    const absent = await ensure(runDir, writeConfig(runDir, ['/nowhere/holdfast']))
    expect(absent).toMatchObject({ code: 1 })
    expect(absent.err).toBe('holdfast check: cannot start the daemon: /nowhere/holdfast: ENOENT')
  })

  test('a missing config, a bad one and a missing run directory are said as well', async () => {
    using first = makeRunDir()
    expect((await ensure(first, '/nowhere/x.toml')).err).toContain('cannot read /nowhere/x.toml')
    using second = makeRunDir()
    const bad = join(second.path, 'bad.toml')
    writeFileSync(bad, 'garbage')
    expect((await ensure(second, bad)).err).toContain(`${bad} has errors`)
    using third = makeRunDir()
    const gone = { ...third, path: join(third.path, 'gone') }
    expect((await ensure(gone, bad)).err).toContain(`${gone.path} is missing`)
  })
})
