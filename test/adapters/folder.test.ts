// The way to a folder: whom it may belong to, which links lead on, and what is said where it ends.

import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { inScratchFolder, testNamedConf } from '../../src/adapters/config-test.ts'
import { inFolder, inFolderOf } from '../../src/adapters/folder.ts'
import { makeFolder } from '../../src/adapters/new-file.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
const base = folderForEachTest()

const at = (...names: string[]) => join(base, ...names)
const namesIn = (path: string) => inFolder(path, (folder) => folder.names())
const isShared = (path: string) => inFolder(path, (folder) => folder.isShared)

describe('the way', () => {
  test('goes along links of one’s own, relative and absolute, in the middle and at the end', () => {
    mkdirSync(at('a/b'), { recursive: true })
    writeFileSync(at('a/b/file'), '')
    symlinkSync('a', at('relative'))
    symlinkSync(at('a'), at('absolute'))
    symlinkSync('../relative/b/.', at('a/again'))
    for (const path of ['relative/b', 'absolute/b', 'a/again', 'a/../a/b/'])
      expect(namesIn(at(path))).toEqual(['file'])
    const name = inFolderOf(at('a/again'), (folder, text) => [folder.names().toSorted(), text], {
      follow: true,
    })
    expect(name).toEqual([['again', 'b'], 'b'])
  })

  test('ends where links lead in a circle, at a file, and where nothing is', () => {
    symlinkSync('one', at('two'))
    symlinkSync('two', at('one'))
    writeFileSync(at('file'), '')
    expect(() => namesIn(at('one'))).toThrow('in a circle')
    expect(() => namesIn(at('file'))).toThrow('ENOTDIR')
    expect(() => namesIn(at('none'))).toThrow('ENOENT')
  })

  test.skipIf(!isRoot)('goes where the kernel leads in /proc, whatever its links say', async () => {
    mkdirSync(at('mounted'))
    // Its file system is its own: the folder has a file in it there alone.
    const script = 'mount -t tmpfs none "$1" && touch "$1/theirs" && echo && exec cat'
    const command = ['unshare', '--mount', 'sh', '-c', script, 'sh', at('mounted')]
    const child = Bun.spawn(command, { stdin: 'pipe', stdout: 'pipe' })
    await child.stdout.getReader().read()
    expect(namesIn(`/proc/${child.pid}/root${at('mounted')}`)).toEqual(['theirs'])
    expect(namesIn(at('mounted'))).toEqual([])
    child.stdin.end()
    await child.exited
  })

  test.skipIf(!isRoot)('is shared below whom others can change', () => {
    mkdirSync(at('own/in'), { recursive: true })
    mkdirSync(at('theirs/in'), { recursive: true })
    mkdirSync(at('group/in'), { recursive: true })
    mkdirSync(at('listed/in'), { recursive: true })
    mkdirSync(at('sticky/in'), { recursive: true })
    chownSync(at('theirs'), 65534, 65534)
    chownSync(at('group'), 0, 4242)
    chmodSync(at('group'), 0o2775)
    chmodSync(at('sticky'), 0o1777)
    // So it looks where an access control list lets others in.
    chmodSync(at('listed'), 0o775)
    const theirs = ['theirs', 'theirs/in', 'group/in', 'listed', 'listed/in']
    const shared = ['own', 'own/in', ...theirs, 'sticky', 'sticky/in']
    expect(shared.map((path) => isShared(at(path)))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
    ])
  })

  test.skipIf(!isRoot)('leaves no descriptor behind, however it ends', () => {
    mkdirSync(at('theirs'))
    chownSync(at('theirs'), 65534, 65534)
    symlinkSync(base, at('theirs/link'))
    const open = () => inFolder('/proc/self/fd', (folder) => folder.names()).length
    const before = open()
    for (const path of ['none/x', 'theirs/link/x', 'theirs/none/x', 'theirs/x']) {
      try {
        inFolderOf(at(path), (folder, name) => folder.open(name, constants.O_RDONLY))
      } catch {
        // As it must.
      }
    }
    expect(open()).toBe(before)
  })

  test.skipIf(!isRoot)('is none without /proc, which is said and is not "missing"', () => {
    const program = join(import.meta.dir, 'folder/without-proc-program.ts')
    const run = spawnSync('unshare', ['--mount', process.execPath, program, base], {
      encoding: 'utf8',
    })
    const error = expect.stringContaining('/proc/self/fd is missing')
    expect(JSON.parse(run.stdout)).toEqual([
      { ok: false, error, missing: false, denied: false, exhausted: false },
      { ok: false, error },
    ])
  })
})

describe('in a folder', () => {
  test('names are no paths', () => {
    for (const name of ['', '.', '..', 'a/b', '/'])
      expect(() => inFolder(base, (folder) => folder.look(name))).toThrow('is no file name')
  })

  test('only what was asked for is opened', () => {
    writeFileSync(at('file'), '')
    expect(spawnSync('mkfifo', [at('fifo')]).status).toBe(0)
    const open = (name: string, kind: 'file' | 'fifo') =>
      inFolder(base, (folder) => folder.open(name, constants.O_RDWR, kind))
    expect(() => open('file', 'fifo')).toThrow('it is no FIFO')
    expect(() => open('fifo', 'file')).toThrow('not a regular file')
  })

  test.skipIf(!isRoot)('what root makes for its owner is its owner’s', () => {
    chownSync(base, 65534, 4242)
    chmodSync(base, 0o755)
    expect(makeFolder(at('a/b'), 0o2770, 'folder')).toBe(true)
    expect(makeFolder(at('a/b'), 0o700)).toBe(false)
    const { mode, uid, gid } = statSync(at('a/b'))
    expect([mode & 0o7777, uid, gid]).toEqual([0o2770, 65534, 4242])
  })
})

test.skipIf(!isRoot)('what is tried out lies where nobody else can put a link', () => {
  chownSync(base, 65534, 65534)
  const before = process.env.TMPDIR
  process.env.TMPDIR = base
  try {
    const path = inScratchFolder((folder) => folder.path)
    expect(path).toStartWith('/run/')
    expect(() => readFileSync(path)).toThrow('ENOENT')
    expect(testNamedConf('recursion yes;\n', 'options').kind).not.toBe('refused')
    expect(namesIn(base)).toEqual([])
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
})
