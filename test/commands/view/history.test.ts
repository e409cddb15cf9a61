// `holdfast history`: a record of a real night in the lab, and what it says when there is none.
import { beforeEach, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { holdfast } from '../../support/recorder.ts'
import { folderForEachTest } from '../../support/temporary-folder.ts'
import { LAB_RECORD } from '../../view/history/lab-record.ts'

const MAIN = resolve(import.meta.dir, '../../../src/main.ts')
const TOLD = resolve(import.meta.dir, '../../view/testdata/history/lab.txt')

const folder = folderForEachTest()
const path = join(folder, 'history.jsonl')

/** In a time zone, which is the process's. */
function run(zone: string, ...words: readonly string[]) {
  const command = [MAIN, 'history', '--state-dir', folder, ...words]
  const done = spawnSync(process.execPath, command, { encoding: 'utf8', env: { TZ: zone } })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

describe('the record of a daemon in the lab', () => {
  beforeEach(() => copyFileSync(LAB_RECORD, path))

  test('is told to the letter', () => {
    const { code, out, err } = run('UTC')
    expect([code, err]).toEqual([0, ''])
    if (process.env.UPDATE === '1') writeFileSync(TOLD, out)
    expect(out).toBe(readFileSync(TOLD, 'utf8'))
  })

  test('has times of the zone in which it is read', () => {
    const utc = run('UTC').out.split('\n')[0]
    const berlin = run('Europe/Berlin').out.split('\n')[0]
    expect(berlin).toContain('+01:00')
    expect(Date.parse(`${berlin}`.slice(0, 25))).toBe(Date.parse(`${utc}`.slice(0, 25)))
  })

  test('since a time is the part from then on', () => {
    const all = run('UTC').out.trimEnd().split('\n')
    const since = all.at(-6)?.slice(0, 25) ?? ''
    const part = run('UTC', '--since', since).out.trimEnd().split('\n')
    expect(part[0]).toStartWith('before, since ')
    expect(part.slice(1).length).toBeGreaterThanOrEqual(5)
    expect(part.slice(1).length).toBeLessThan(all.length)
    expect(part.at(-2)?.slice(0, 25)).toBe(`${all.at(-2)}`.slice(0, 25))
    expect(part.at(-1)).toContain(`since ${since}`)
  })

  test('as JSON is one document', async () => {
    const { code, out } = await holdfast('history', '--json', '--state-dir', folder)
    expect(code).toBe(0)
    const document = JSON.parse(out)
    expect(document).toMatchObject({
      format: 1,
      server: 'ns1',
      since: null,
      before: null,
      skipped: 0,
    })
    expect(document.entries[0]).toMatchObject({ kind: 'started', absent_ms: null })
    const failed = document.entries.filter(
      (entry: { kind: string; state?: string }) => entry.state === 'failed',
    )
    expect(failed.length).toBe(1)
    for (const entry of failed) {
      expect(entry.reasons.length).toBeGreaterThan(0)
      expect(Date.parse(entry.at)).toBe(entry.wall_ms)
    }
  })

  test('with garbage in it is told all the same, and how much was left out', async () => {
    const lines = readFileSync(LAB_RECORD, 'utf8').trimEnd().split('\n')
    const damaged = ['\u0000\u0001', ...lines.flatMap((line) => [line, line.slice(0, -7)]), '{"ki']
    writeFileSync(path, damaged.join('\n'))
    const { code, out, err } = run('UTC')
    expect(code).toBe(0)
    expect(err).toMatch(/^holdfast history: lines that cannot be read and are left out: \d+\n$/)
    expect(out).toBe(readFileSync(TOLD, 'utf8'))
  })

  test('that has grown beyond all bounds is told from its end', () => {
    const filler = `${'x'.repeat(1023)}\n`.repeat(17 * 1024)
    writeFileSync(path, filler + readFileSync(LAB_RECORD, 'utf8'))
    const { code, out, err } = run('UTC')
    expect(code).toBe(0)
    expect(err).toContain('is larger than it should be: only its end is read')
    expect(out).toBe(readFileSync(TOLD, 'utf8'))
  })
})

describe('without a record', () => {
  test('there is a sentence', async () => {
    const { code, out, err } = await holdfast('history', '--state-dir', folder)
    expect([code, out]).toEqual([1, ''])
    expect(err).toStartWith(`holdfast history: cannot read ${path}: no such file`)
  })

  test.each([
    ['', 'holds no history'],
    ['\u0000\n{}\n[1]\n', 'holds no history'],
    [
      JSON.stringify({ kind: 'start', version: 9, nowMs: 1, wallMs: 1, state: null, config: {} }),
      'holds no history',
    ],
  ])('%j is none', async (text, why) => {
    writeFileSync(path, text)
    const { code, out, err } = await holdfast('history', '--state-dir', folder)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(why)
  })

  test('a time that is none is wrong usage', async () => {
    const { code, err } = await holdfast('history', '--since', 'yesterday')
    expect(code).toBe(2)
    expect(err).toContain('--since: invalid time "yesterday": write a duration such as "1h"')
  })
})
