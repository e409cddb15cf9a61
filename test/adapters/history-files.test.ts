// The history on disk: in order, bounded, and no trouble to anybody when the disk is.
import { beforeEach, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { appendHistory, createHistory, olderHistory } from '../../src/adapters/history-files.ts'
import type { Log } from '../../src/ports.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()
let path: string
let logged: string[]
const log: Log = { line: (level, text) => logged.push(`${level}: ${text}`) }
beforeEach(() => {
  path = join(folder, 'history.jsonl')
  logged = []
})

const open = (maxBytes?: number) =>
  createHistory({
    path,
    log,
    flushAfterMs: 1,
    retryAfterMs: 5,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n')

/** Resolves once the condition holds; a test that waits in vain runs into its time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('a history', () => {
  test('writes lines in their order, soon, and the rest when it is closed', async () => {
    const history = open()
    history.append(['1', '2'], null)
    await until(() => linesOf(path).length === 2)
    history.append(['3'], null)
    history.close()
    expect(linesOf(path)).toEqual(['1', '2', '3'])
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(logged).toEqual([])
  })

  test('goes on where an earlier run ended', () => {
    writeFileSync(path, 'before\n')
    const history = open()
    history.append(['after'], null)
    history.close()
    expect(linesOf(path)).toEqual(['before', 'after'])
  })

  test('makes its folder', () => {
    path = join(folder, 'state', 'holdfast', 'history.jsonl')
    const history = open()
    history.append(['1'], null)
    history.close()
    expect(linesOf(path)).toEqual(['1'])
  })

  test('keeps two files of bounded size, each of which begins with a head', async () => {
    const history = open(2000)
    for (let index = 0; index < 1000; index++) {
      history.append([`${index}`.padStart(19, '-')], () => [`head ${index}`])
      if (index % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await until(() => linesOf(path).at(-1)?.endsWith('999') === true)
    history.close()
    expect(readdirSync(folder).sort()).toEqual(['history.1.jsonl', 'history.jsonl'])
    const older = linesOf(olderHistory(path))
    const newer = linesOf(path)
    for (const file of [older, newer]) {
      expect(file[0]).toStartWith('head ')
      expect(file.slice(1).every((line) => line.startsWith('-'))).toBe(true)
      expect(file.join('\n').length).toBeLessThan(2200)
    }
    const numbers = [...older.slice(1), ...newer.slice(1)].map((line) =>
      Number(line.replaceAll('-', '')),
    )
    expect(numbers.at(-1)).toBe(999)
    for (const [index, number] of numbers.entries())
      if (index > 0) expect(number).toBe((numbers[index - 1] as number) + 1)
  })
})

test('a history never waits for a slow disk, at a change of files and at its end neither', async () => {
  const asked: [text: string, isNew: boolean][] = []
  let take = () => {}
  const history = createHistory({
    path,
    log,
    flushAfterMs: 1,
    maxBytes: 20,
    append(to, text, isNew) {
      asked.push([text, isNew])
      return new Promise((resolve) => {
        take = () => resolve(appendHistory(to, text, isNew))
      })
    },
  })
  history.append(['a'.repeat(30)], null)
  await until(() => asked.length === 1)
  history.append(['b'], () => ['head'])
  take()
  await until(() => asked.length === 2)
  expect(readdirSync(folder)).toEqual(['history.jsonl'])
  history.append(['c'], null)
  history.close()
  expect(asked.slice(1)).toEqual([
    ['head\nb\n', true],
    ['c\n', false],
  ])
})

describe('a history that cannot be written', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'complains once, loses what it must, and goes on with a head when the disk has room again',
    () => {
      const program = join(import.meta.dir, 'history-files/append-on-full-disk-program.ts')
      const script = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" "$3" "$1"'
      const words = ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, program]
      const run = spawnSync('unshare', words, { encoding: 'utf8' })
      expect(run.stderr).toBe('')
      const said = JSON.parse(run.stdout) as { logged: string[]; lines: string[] }
      expect(said.logged).toEqual([
        `warn: cannot write ${path}: no space left: free disk space under ${folder}; replays will know nothing of this time`,
        `info: ${path} can be written again`,
      ])
      const gap = said.lines.findIndex((line) => line.startsWith('{"kind":"lost"'))
      expect(said.lines[gap + 1]).toBe('head')
      expect(said.lines).not.toContain('lost 1')
      expect(said.lines.at(-1)).toBe('good')
    },
  )

  test('because something else is there does no harm', async () => {
    mkdirSync(path)
    const history = open()
    for (let index = 0; index < 100_000; index++) history.append(['x'.repeat(100)], () => ['head'])
    await until(() => logged.length > 0)
    expect(logged[0]).toStartWith(`warn: cannot write ${path}: it is not a regular file`)
    history.close()
    expect(logged).toHaveLength(1)
  })

  test('because a FIFO is there does not hold the daemon up', () => {
    spawnSync('mkfifo', [path])
    const history = open()
    expect(logged).toEqual([
      expect.stringContaining(`warn: cannot write ${path}: it is not a regular file`),
    ])
    history.append(['1'], null)
    history.close()
  })

  test('keeps no more than a bounded backlog', () => {
    mkdirSync(path)
    const history = open()
    // 60 MB of lines are offered.
    for (let index = 0; index < 300_000; index++) history.append(['y'.repeat(200)], null)
    rmSync(path, { recursive: true })
    history.close()
    expect(statSync(path).size).toBeLessThan(1024 * 1024 + 1000)
    expect(statSync(path).size).toBeGreaterThan(1024 * 1024 - 1000)
  })
})
