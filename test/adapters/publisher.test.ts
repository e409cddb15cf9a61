// What keepalived and `check` find in the run folder.
import { describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPublisher } from '../../src/adapters/publisher.ts'
import { BASE_PRIORITY, trackFileValue } from '../../src/core/priority.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()

const inFolder = (...parts: string[]) => join(folder, ...parts)
const readText = (...parts: string[]) => readFileSync(inFolder(...parts), 'utf8')

describe('track file values', () => {
  test('added to the base priority they make the effective one', () => {
    for (const priority of [10, 30, 50, 200, 250])
      expect(trackFileValue(priority) + BASE_PRIORITY).toBe(priority)
    expect(trackFileValue('lowest')).toBe(0)
    expect(trackFileValue('fault')).toBe(-254)
  })
})

describe('publisher', () => {
  test('priorities are one line each, readable by all', () => {
    const publisher = createPublisher({ runDir: folder })
    for (const [priority, line] of [
      [250, '249\n'],
      ['lowest', '0\n'],
      ['fault', '-254\n'],
    ] as const) {
      expect(publisher.priority('recdns0', priority).ok).toBe(true)
      expect(readText('priority', 'recdns0')).toBe(line)
    }
    expect(publisher.status('{}\n').ok).toBe(true)
    expect(readText('status.json')).toBe('{}\n')
    expect(statSync(inFolder('status.json')).mode & 0o777).toBe(0o644)
  })

  test('missing folders are made under any umask, present ones are left as they are', () => {
    const runDir = inFolder('run', 'holdfast')
    const before = process.umask(0o077)
    try {
      expect(createPublisher({ runDir }).status('{}').ok).toBe(true)
    } finally {
      process.umask(before)
    }
    expect(statSync(join(runDir, 'priority')).mode & 0o777).toBe(0o755)
    expect(statSync(runDir).mode & 0o777).toBe(0o755)
    const { ino } = statSync(join(runDir, 'priority'))
    const again = createPublisher({ runDir })
    again.priority('recdns0', 10)
    again.retain([])
    expect(statSync(join(runDir, 'priority')).ino).toBe(ino)
  })

  test('a name that would lead elsewhere is refused', () => {
    const publisher = createPublisher({ runDir: folder })
    for (const name of ['', '.', '..', '../x', 'a/b', '.hidden'])
      expect(publisher.priority(name, 10).ok).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  test('a run folder that cannot be made is an error that names it', () => {
    writeFileSync(inFolder('file'), '')
    const result = createPublisher({ runDir: inFolder('file', 'run') }).status('{}')
    expect(result.ok ? '' : result.error).toContain(inFolder('file', 'run'))
  })

  test('retain removes the rest and tolerates what it does not know', () => {
    const publisher = createPublisher({ runDir: folder })
    expect(publisher.retain(['recdns0']).ok).toBe(true)
    publisher.priority('recdns0', 250)
    publisher.priority('old', 200)
    mkdirSync(inFolder('priority', 'folder'))
    writeFileSync(inFolder('priority', '.hidden'), '')
    expect(publisher.retain(['recdns0']).ok).toBe(true)
    expect(readdirSync(inFolder('priority')).sort()).toEqual(['.hidden', 'folder', 'recdns0'])
  })

  test('a lost or changed priority is seen, and a right one is left alone', () => {
    const publisher = createPublisher({ runDir: folder })
    publisher.priority('recdns0', 250)
    expect(publisher.isPublished('recdns0', 250)).toBe(true)
    expect(publisher.isPublished('recdns0', 200)).toBe(false)
    writeFileSync(inFolder('priority', 'recdns0'), '253\n')
    expect(publisher.isPublished('recdns0', 250)).toBe(false)
    rmSync(inFolder('priority'), { recursive: true })
    expect(publisher.isPublished('recdns0', 250)).toBe(false)
  })

  test('what is in the way is moved aside, said so, and nothing of it is lost', () => {
    const said: string[] = []
    const log = { line: (_: string, text: string) => said.push(text) }
    mkdirSync(inFolder('status.json'))
    writeFileSync(inFolder('status.json', 'kept'), 'kept')
    writeFileSync(inFolder('priority'), 'kept')
    const publisher = createPublisher({ runDir: folder, log })
    expect(publisher.status('{}')).toEqual({ ok: true, value: undefined })
    expect(publisher.priority('recdns0', 250)).toEqual({ ok: true, value: undefined })
    expect([readText('status.json'), readText('priority', 'recdns0')]).toEqual(['{}', '249\n'])
    const aside = readdirSync(folder).filter((name) => name.includes('.aside-'))
    expect(aside.map((name) => name.replace(/[0-9a-f]{8}$/, '')).sort()).toEqual([
      'priority.aside-',
      'status.json.aside-',
    ])
    expect(said.length).toBe(2)
    expect(readText(aside.find((name) => name.startsWith('status')) ?? '', 'kept')).toBe('kept')
  })

  test('a folder in place of a priority is moved aside', () => {
    const publisher = createPublisher({ runDir: folder })
    mkdirSync(inFolder('priority', 'recdns0'), { recursive: true })
    expect(publisher.priority('recdns0', 250).ok).toBe(true)
    expect(readText('priority', 'recdns0')).toBe('249\n')
  })
})
