// An operator's order, and all that may stand in its place.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOverride, writeOverride } from '../../src/adapters/override-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  path = join(folder, 'override.json')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('override file', () => {
  test('no file is no order', () => {
    expect(readOverride(path)).toBeNull()
    expect(readOverride(join(folder, 'no', 'folder'))).toBeNull()
  })

  test('what was written is read back', () => {
    const override = {
      mode: 'isolated',
      by: 'ada',
      reason: 'new "disk"\n',
      sinceWallMs: 1_700_000_000_123,
      untilWallMs: null,
    } as const
    expect(writeOverride(path, override).ok).toBe(true)
    expect(readOverride(path)).toEqual(override)
  })

  test('a file that is not understood drains, the same on each reading', () => {
    writeFileSync(path, 'isolated please')
    const first = readOverride(path)
    expect(first).toMatchObject({ mode: 'drained', corrupt: 'it is not a JSON document' })
    expect(first?.sinceWallMs).toBeGreaterThan(0)
    expect(readOverride(path)).toEqual(first)
  })

  test('a folder, a dangling loop and a huge file drain', () => {
    mkdirSync(path)
    expect(readOverride(path)).toMatchObject({ mode: 'drained' })
    rmSync(path, { recursive: true })
    symlinkSync('override.json', path)
    expect(readOverride(path)).toMatchObject({ mode: 'drained' })
    rmSync(path)
    writeFileSync(path, ' '.repeat(100_000))
    expect(readOverride(path)?.corrupt).toContain('larger than')
  })
})
