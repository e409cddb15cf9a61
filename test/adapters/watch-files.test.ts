// Changes to files are noticed however they are made.
import { afterEach, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { watchFiles } from '../../src/adapters/watch-files.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()
let stop = () => {}
afterEach(() => {
  stop()
})

const HOUR_MS = 3_600_000
/** Only the kernel's events can tell in time. */
const byEvents = { settleMs: 5, pollMs: HOUR_MS }
/** Only the poll can tell: there is no folder to watch, or no event in it. */
const byPoll = { settleMs: 5, pollMs: 20 }

/** Starts watching; `next` waits for the next report. */
function observe(paths: readonly string[], options: { settleMs: number; pollMs: number }) {
  const reports: (readonly string[])[] = []
  let wake = () => {}
  stop = watchFiles(
    paths,
    (changed) => {
      reports.push(changed)
      wake()
    },
    options,
  )
  return async () => {
    while (reports.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return reports.shift()
  }
}

describe('watchFiles', () => {
  test('a file that is made, written, replaced and removed', async () => {
    const [path, other] = [join(folder, 'file'), join(folder, 'other')]
    const next = observe([path, other], byEvents)
    writeFileSync(path, 'one')
    expect(await next()).toEqual([path])
    writeFileSync(path, 'two')
    expect(await next()).toEqual([path])
    writeFileSync(join(folder, 'file~'), 'two')
    renameSync(join(folder, 'file~'), path)
    expect(await next()).toEqual([path])
    rmSync(path)
    expect(await next()).toEqual([path])
    writeFileSync(other, '')
    expect(await next()).toEqual([other])
  })

  test('what else happens in the folder is no change', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'one')
    const next = observe([path], byEvents)
    writeFileSync(join(folder, 'stranger'), '')
    mkdirSync(join(folder, 'strange'))
    writeFileSync(path, 'changed')
    expect(await next()).toEqual([path])
  })

  test('a folder that is not there yet, and one that is made anew', async () => {
    const path = join(folder, 'later', 'file')
    const next = observe([path], byPoll)
    mkdirSync(join(folder, 'later'))
    writeFileSync(path, 'one')
    await next()
    rmSync(join(folder, 'later'), { recursive: true })
    await next()
    mkdirSync(join(folder, 'later'))
    writeFileSync(path, 'two')
    expect(await next()).toEqual([path])
  })

  test('the far end of a symbolic link', async () => {
    mkdirSync(join(folder, 'far'))
    const far = join(folder, 'far', 'file')
    writeFileSync(far, 'one')
    symlinkSync(far, join(folder, 'link'))
    const next = observe([join(folder, 'link')], byPoll)
    writeFileSync(far, 'another')
    expect(await next()).toEqual([join(folder, 'link')])
  })

  test('nothing is reported once it has been stopped', async () => {
    const path = join(folder, 'file')
    const reports: unknown[] = []
    const stopFirst = watchFiles([path], (changed) => reports.push(changed), byPoll)
    const next = observe([path], byPoll)
    stopFirst()
    writeFileSync(path, 'one')
    await next()
    expect(reports).toEqual([])
  })

  test('under Deno as well', async () => {
    const deno = join(import.meta.dir, `../../node_modules/@deno/linux-${process.arch}-glibc/deno`)
    const program = join(import.meta.dir, 'watch-files/watch-program.ts')
    const path = join(folder, 'file')
    const child = spawn(deno, ['run', '-A', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const heard = () =>
        new Promise<string>((resolve) => child.stdout.once('data', (entry) => resolve(`${entry}`)))
      expect(await heard()).toBe('watching\n')
      for (const text of ['one', 'another']) {
        const report = heard()
        writeFileSync(`${path}~`, text)
        renameSync(`${path}~`, path)
        expect(await report).toBe(`${path}\n`)
      }
    } finally {
      child.kill('SIGKILL')
    }
  })
})
