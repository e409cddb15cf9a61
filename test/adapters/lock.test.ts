// One holder at a time, and none for good.
import { describe, expect, test } from 'bun:test'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { inFolder } from '../../src/adapters/folder.ts'
import { acquireLock, acquireLockIn } from '../../src/adapters/lock.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()
const path = join(folder, 'lock')

function take() {
  const lock = acquireLock(path)
  if (!lock.ok) throw new Error(lock.error)
  return lock.value
}

function refusal(): string {
  const lock = acquireLock(path)
  expect(lock.ok).toBe(false)
  return lock.ok ? '' : lock.error
}

/** The text of a lock that this living process would hold, with some fields changed. */
function holder(changes: Record<string, unknown>): string {
  const lock = take()
  const text = readFileSync(path, 'utf8')
  lock.release()
  return JSON.stringify({ ...JSON.parse(text), ...changes })
}

describe('lock', () => {
  test('is held until it is released, and leaves nothing', () => {
    const lock = take()
    expect(refusal()).toContain(`process ${process.pid}`)
    lock.release()
    take().release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('in an open folder goes with the folder, even one that is moved away meanwhile', () => {
    const place = join(folder, 'place')
    mkdirSync(place)
    inFolder(place, (open) => {
      const lock = acquireLockIn(open, 'lock')
      if (!lock.ok) throw new Error(lock.error)
      renameSync(place, join(folder, 'away'))
      mkdirSync(place)
      expect(lock.value.isHeld()).toBe(true)
      lock.value.release()
    })
    expect(readdirSync(join(folder, 'away'))).toEqual([])
  })

  test('does not release a lock that another took meanwhile', () => {
    const lock = take()
    writeFileSync(path, 'another')
    lock.release()
    expect(readFileSync(path, 'utf8')).toBe('another')
  })

  test('tells when its file is gone or somebody else has it', () => {
    const lock = take()
    expect(lock.isHeld()).toBe(true)
    rmSync(path)
    expect(lock.isHeld()).toBe(false)
    const again = take()
    expect(again.isHeld()).toBe(true)
    writeFileSync(path, 'another')
    expect(again.isHeld()).toBe(false)
  })

  test('names the holder for programs too', () => {
    const lock = take()
    expect(acquireLock(path)).toMatchObject({ ok: false, holder: process.pid })
    lock.release()
    mkdirSync(path)
    expect(Object.keys(acquireLock(path)).sort()).toEqual(['error', 'ok'])
  })

  test('a living holder is respected, and named', () => {
    const text = holder({})
    writeFileSync(path, text)
    expect(refusal()).toMatch(new RegExp(`held by process ${process.pid}: stop`))
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test.each([
    ['a dead process', () => holder({ pid: spawnSync('true').pid })],
    ['a pid that was used again', () => holder({ startTicks: '1' })],
    ['another boot', () => holder({ bootId: 'another' })],
    ['nothing', () => ''],
    ['garbage', () => '\u0000\u0001 not a lock'],
    ['a lock of another form', () => '{"pid":"1"}'],
    ['null', () => 'null'],
  ])('the lock of %s is taken over', (_, text) => {
    writeFileSync(path, text())
    const lock = take()
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid })
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a takeover that was itself left behind is taken over', () => {
    const dead = holder({ pid: spawnSync('true').pid })
    writeFileSync(path, dead)
    const hash = new Bun.CryptoHasher('sha256').update(dead).digest('hex').slice(0, 16)
    writeFileSync(`${path}.${hash}`, dead)
    take().release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a zombie holds nothing', async () => {
    // A shell might reap its child before it sleeps; this parent never does.
    const program = '$| = 1; my $pid = fork // die; exit unless $pid; print "$pid\\n"; sleep 600'
    const parent = spawn('perl', ['-e', program])
    try {
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once('data', (text) => resolve(Number(String(text)))),
      )
      const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      while (stat()[0] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5))
      const startTicks = stat()[19]
      writeFileSync(path, holder({ pid, startTicks }))
      take().release()
    } finally {
      parent.kill('SIGKILL')
    }
  })

  test('a missing folder and a folder at the path are errors', () => {
    expect(acquireLock(join(folder, 'no', 'lock'))).toMatchObject({ ok: false })
    mkdirSync(path)
    expect(refusal()).toContain(path)
    expect(readdirSync(folder)).toEqual(['lock'])
  })
})

describe('many that start at once', () => {
  const CONTENDERS = 8
  const ROUNDS = 25

  test('exactly one of them takes a stale lock', async () => {
    const contenders = Array.from({ length: CONTENDERS }, () => contend(path))
    try {
      await Promise.all(contenders.map((contender) => contender.line()))
      const dead = spawnSync('true').pid
      for (let round = 0; round < ROUNDS; round += 1) {
        writeFileSync(path, holder({ pid: dead, round }))
        for (const contender of contenders) contender.tell('go')
        const said = await Promise.all(contenders.map((contender) => contender.line()))
        expect(said.filter((line) => line === 'won')).toHaveLength(1)
        expect(said.filter((line) => /held by process \d+/.test(line))).toHaveLength(CONTENDERS - 1)
        for (const contender of contenders) contender.tell('over')
        await Promise.all(contenders.map((contender) => contender.line()))
        expect(existsSync(path)).toBe(false)
      }
      expect(readdirSync(folder)).toEqual([])
    } finally {
      for (const contender of contenders) contender.end()
    }
  }, 60_000)
})

function contend(path: string) {
  const program = join(import.meta.dir, 'lock/contender-program.ts')
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, path])
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  let rest = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const reader = waiting.shift()
      if (reader === undefined) lines.push(line)
      else reader(line)
    }
  })
  return {
    tell: (line: string) => child.stdin.write(`${line}\n`),
    line: () =>
      new Promise<string>((resolve) => {
        const line = lines.shift()
        if (line === undefined) waiting.push(resolve)
        else resolve(line)
      }),
    end: () => child.kill('SIGKILL'),
  }
}
