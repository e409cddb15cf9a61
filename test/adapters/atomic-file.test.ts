// Files written whole or not at all, and reading whatever may stand at a path.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readBounded, removeTemporaries, writeAtomic } from '../../src/adapters/atomic-file.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
const folder = folderForEachTest()

const plain = { mode: 0o644, durable: false }

function failure(result: { ok: boolean; error?: string }): string {
  expect(result.ok).toBe(false)
  return result.error ?? ''
}

describe('writeAtomic', () => {
  test.each([true, false])(
    'writes, replaces and leaves nothing beside it (durable: %p)',
    (durable) => {
      const path = join(folder, 'file')
      const long = 'long\n'.repeat(50_000)
      for (const text of ['one\n', long, '', 'größer\n']) {
        expect(writeAtomic(path, text, { mode: 0o644, durable })).toEqual({
          ok: true,
          value: undefined,
        })
        expect(readFileSync(path, 'utf8')).toBe(text)
      }
      expect(readdirSync(folder)).toEqual(['file'])
    },
  )

  test('the mode holds whatever the umask is', () => {
    const path = join(folder, 'file')
    const before = process.umask(0o077)
    try {
      writeAtomic(path, 'x', plain)
    } finally {
      process.umask(before)
    }
    expect(statSync(path).mode & 0o777).toBe(0o644)
    writeAtomic(path, 'x', { mode: 0o600, durable: false })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('a symbolic link is replaced, and its far end left alone', () => {
    const far = join(folder, 'far')
    const path = join(folder, 'link')
    writeFileSync(far, 'far')
    symlinkSync(far, path)
    expect(writeAtomic(path, 'near', plain).ok).toBe(true)
    expect(readFileSync(far, 'utf8')).toBe('far')
    expect(readFileSync(path, 'utf8')).toBe('near')
  })

  test('a missing folder, a folder at the path and a file as folder are errors with a remedy', () => {
    expect(failure(writeAtomic(join(folder, 'no', 'file'), 'x', plain))).toMatch(
      /^cannot write .*\/no\/file: no such file or directory$/,
    )
    mkdirSync(join(folder, 'dir'))
    expect(failure(writeAtomic(join(folder, 'dir'), 'x', plain))).toContain('it is a directory')
    writeFileSync(join(folder, 'plain'), '')
    expect(failure(writeAtomic(join(folder, 'plain', 'file'), 'x', plain))).toContain(
      'not a directory',
    )
    expect(readdirSync(folder).sort()).toEqual(['dir', 'plain'])
  })

  test.skipIf(isRoot)('a folder that may not be written to is an error', () => {
    chmodSync(folder, 0o555)
    expect(failure(writeAtomic(join(folder, 'file'), 'x', plain))).toContain('permission denied')
    chmodSync(folder, 0o755)
  })

  test.skipIf(!isRoot)('a full disk leaves the old text and no temporary file', () => {
    const program = join(import.meta.dir, 'atomic-file/write-on-full-disk-program.ts')
    const script = 'mount -t tmpfs -o size=16k none "$1" && exec "$2" "$3" "$1"'
    const run = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, program],
      { encoding: 'utf8' },
    )
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toEqual({
      result: {
        ok: false,
        error: `cannot write ${folder}/file: no space left: free disk space under ${folder}`,
      },
      names: ['file'],
      text: 'old',
    })
  })
})

describe('readBounded', () => {
  test('reads up to the bound and no further', () => {
    const path = join(folder, 'file')
    writeFileSync(path, '12345')
    expect(readBounded(path, 5)).toEqual({ ok: true, value: '12345' })
    expect(failure(readBounded(path, 4))).toContain('larger than 4 bytes')
    truncateSync(path, 2 ** 40)
    expect(failure(readBounded(path, 100_000))).toContain('larger than 100000 bytes')
  })

  test('a file whose size is unknown beforehand is read', () => {
    expect(readBounded('/proc/self/stat', 4096)).toMatchObject({ ok: true })
  })

  test('bytes that are no UTF-8 do not matter', () => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array([0x41, 0xff, 0x00, 0xc3]))
    expect(readBounded(path, 100)).toEqual({ ok: true, value: 'A\ufffd\0\ufffd' })
  })

  test('folders, FIFOs, devices and missing files are errors, at once', () => {
    const fifo = join(folder, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    for (const path of [folder, fifo, '/dev/zero'])
      expect(failure(readBounded(path, 100))).toContain('not a regular file')
    const missing = readBounded(join(folder, 'none'), 100)
    expect(missing).toMatchObject({ ok: false, missing: true })
    expect(readBounded(folder, 100)).toMatchObject({ missing: false })
    symlinkSync('loop', join(folder, 'loop'))
    expect(failure(readBounded(join(folder, 'loop'), 100))).toContain('circle')
  })
})

describe('removeTemporaries', () => {
  test('removes what dead processes left, and nothing else', () => {
    const ended = spawnSync('true').pid
    const random = '0123456789abcdef01234567'
    const names = {
      dead: `.holdfast-${ended}-${random}.tmp`,
      own: `.holdfast-${process.pid}-${random}.tmp`,
      living: `.holdfast-${process.ppid}-${random}.tmp`,
      other: '.holdfast-x.tmp',
      file: 'status.json',
    }
    for (const name of Object.values(names)) writeFileSync(join(folder, name), '')
    expect(removeTemporaries(folder)).toBe(2)
    expect(readdirSync(folder).sort()).toEqual([names.living, names.other, names.file].sort())
    expect(removeTemporaries(join(folder, 'none'))).toBe(0)
  })
})
