// Reading a history back: both files, either of them, and no more of them than was asked for.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHistory } from '../../src/adapters/history-files.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()
const path = join(folder, 'history.jsonl')
const older = join(folder, 'history.1.jsonl')

describe('a history', () => {
  test('is its older file and then its newer one', () => {
    writeFileSync(older, 'one\n')
    writeFileSync(path, 'two\n')
    expect(readHistory(path)).toEqual({ ok: true, value: { text: 'one\n\ntwo\n', cut: [] } })
  })

  test('is whichever of the two there is', () => {
    writeFileSync(path, 'two\n')
    expect(readHistory(path)).toMatchObject({ ok: true, value: { text: 'two\n' } })
    rmSync(path)
    writeFileSync(older, 'one\n')
    expect(readHistory(path)).toMatchObject({ ok: true, value: { text: 'one\n' } })
  })

  test('that is not there is an error with a remedy', () => {
    expect(readHistory(path)).toEqual({
      ok: false,
      error: `cannot read ${path}: no such file or directory`,
    })
  })

  test.each([
    ['a folder', (at: string) => mkdirSync(at)],
    ['a FIFO', (at: string) => void spawnSync('mkfifo', [at])],
  ])('whose newer file is %s is an error, whatever the older one holds', (_, make) => {
    writeFileSync(older, 'one\n')
    make(path)
    expect(readHistory(path)).toMatchObject({
      ok: false,
      error: expect.stringContaining('not a regular file'),
    })
  })

  test('that is far too large is read from its end, at no cost for the rest', () => {
    writeFileSync(path, `${'x'.repeat(90)}tail\n`)
    expect(readHistory(path, 5)).toEqual({ ok: true, value: { text: 'tail\n', cut: [path] } })
    truncateSync(path, 8 * 1024 ** 3)
    const read = readHistory(path, 100)
    expect(read.ok && read.value.text.length).toBe(100)
  })
})
