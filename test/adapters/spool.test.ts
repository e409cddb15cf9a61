// The spool: durable, bounded, full disks, and whatever else may stand in its folder.
import { beforeEach, describe, expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createSpool, type DiskSpool } from '../../src/adapters/spool/store.ts'
import { spoolEvent } from '../../src/adapters/spool.ts'
import { eventId } from '../../src/documents/spooled-event.ts'
import { asNobody } from '../support/nobody.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
const SPOOLER = join(import.meta.dir, 'spool/spool-program.ts')
const stateDir = folderForEachTest()
const folder = join(stateDir, 'spool')
let logged: string[]
let spool: DiskSpool

beforeEach(() => {
  logged = []
  const log = { line: (level: string, text: string) => void logged.push(`${level}: ${text}`) }
  spool = createSpool({ stateDir, log, pollMs: 20 })
})

const idOf = (number: number) => eventId(number, 0, number.toString(16).padStart(12, '0'))
const put = (number: number, text = `${number}`) => spoolEvent(stateDir, idOf(number), text)
const found = () => spool.scan().map(({ text }) => text)

describe('events', () => {
  test('are found once, oldest first, and removed when they are told', () => {
    for (const number of [2, 1, 3]) expect(put(number).ok).toBe(true)
    expect(found()).toEqual(['1', '2', '3'])
    put(4)
    expect(found()).toEqual(['4'])
    spool.remove([idOf(1), idOf(2), idOf(9)])
    expect(readdirSync(folder).sort()).toEqual([`${idOf(3)}.event`, `${idOf(4)}.event`])
    expect(logged).toEqual([])
  })

  test('belong to whoever the state folder belongs to, and others cannot read them', () => {
    put(1)
    const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)
    expect(mode(folder)).toBe('2770')
    expect(mode(join(folder, `${idOf(1)}.event`))).toBe('640')
  })

  test.skipIf(!isRoot)('are left by root for a daemon that is not', () => {
    rmSync(folder, { recursive: true, force: true })
    spawnSync('chown', ['65534:65534', stateDir])
    put(1)
    for (const path of [folder, join(folder, `${idOf(1)}.event`)]) {
      const { uid, gid } = statSync(path)
      expect([uid, gid]).toEqual([65534, 65534])
    }
  })

  test.skipIf(!isRoot)('cost root nothing that a link in their folder’s place leads to', () => {
    const secret = join(stateDir, 'secret')
    mkdirSync(secret, { mode: 0o700 })
    rmSync(folder, { recursive: true, force: true })
    symlinkSync(secret, folder)
    spawnSync('chown', ['65534:65534', stateDir])
    expect(put(1)).toEqual({ ok: false, error: expect.stringContaining(`${folder} is a link`) })
    const { uid, mode } = statSync(secret)
    expect([uid, mode & 0o7777, readdirSync(secret)]).toEqual([0, 0o700, []])
  })

  test.skipIf(!isRoot)('are left by a member of the group, and by nobody else', () => {
    const run = (gid: string) => {
      const command = [...asNobody(gid), process.execPath, SPOOLER, stateDir, idOf(1)]
      return JSON.parse(Bun.spawnSync(command).stdout.toString())
    }
    put(2)
    chmodSync(stateDir, 0o755)
    spawnSync('chgrp', ['4242', folder])
    expect(run('65534')).toEqual([
      { ok: false, error: expect.stringContaining('permission denied') },
    ])
    expect(run('4242')).toEqual([{ ok: true }])
    expect(found()).toEqual(['{"id":"000000000000001-0000-000000000001"}\n', '2'])
  })

  test('are told of by the kernel, and a folder that went is made anew', async () => {
    let wake = () => {}
    const end = spool.watch(() => wake())
    const change = () => new Promise<void>((resolve) => (wake = resolve))
    const until = async (holds: () => boolean) => {
      while (!holds()) await change()
    }
    const texts: string[] = []
    const look = () => texts.push(...found())
    put(1)
    await until(() => look() > 0)
    rmSync(folder, { recursive: true })
    await until(() => existsSync(folder))
    put(2)
    await until(() => look() > 1)
    end()
    expect(texts).toEqual(['1', '2'])
  })

  test('of several programs at once do not get in each other’s way', async () => {
    const programs = Array.from({ length: 4 }, (_, program) => {
      const ids = Array.from({ length: 25 }, (_, at) => idOf(1000 * (program + 1) + at))
      const child = spawn(process.execPath, [SPOOLER, stateDir, ...ids], { stdio: 'ignore' })
      return new Promise<number | null>((resolve) => child.once('exit', resolve))
    })
    expect(await Promise.all(programs)).toEqual([0, 0, 0, 0])
    expect(found()).toHaveLength(100)
    expect(spool.takeLost()).toBe(0)
  })
})

describe('a spool that is full', () => {
  test('drops the oldest events, and counts them', () => {
    mkdirSync(folder)
    for (let number = 1; number <= 1000; number += 1)
      writeFileSync(join(folder, `${idOf(number)}.event`), `${number}`)
    put(1001)
    put(1002)
    const texts = found()
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([1000, '3', '1002'])
    expect(spool.takeLost()).toBe(2)
    expect(spool.takeLost()).toBe(0)
  })

  test('is cut to size by the daemon when somebody else has filled it', () => {
    mkdirSync(folder)
    for (let number = 1; number <= 1200; number += 1)
      writeFileSync(join(folder, `${idOf(number)}.event`), `${number}`)
    expect(found()).toHaveLength(1000)
    expect(spool.takeLost()).toBe(200)
  })

  test('does not count what is no event', () => {
    mkdirSync(folder)
    for (let number = 1; number <= 1100; number += 1)
      writeFileSync(join(folder, `${number}.event`), 'not ours')
    put(1)
    expect(found()).toEqual(['1'])
    expect(readdirSync(folder)).toHaveLength(1101)
  })
})

describe('what is no event', () => {
  test('is said once, and left where it is', () => {
    mkdirSync(folder)
    mkdirSync(join(folder, `${idOf(1)}.event`))
    symlinkSync('/etc/passwd', join(folder, `${idOf(2)}.event`))
    spawnSync('mkfifo', [join(folder, `${idOf(3)}.event`)])
    writeFileSync(join(folder, `${idOf(4)}.event`), 'x'.repeat(5000))
    writeFileSync(join(folder, '.holdfast-1-aa.tmp'), '')
    put(5)
    expect(found()).toEqual(['5'])
    expect(found()).toEqual([])
    expect(logged).toHaveLength(4)
    expect(logged.filter((line) => line.includes('not a regular file'))).toHaveLength(3)
    expect(logged[3]).toContain('larger than 4096 bytes')
    expect(readdirSync(folder)).toHaveLength(6)
  })

  test('a file in place of the folder is an error with a remedy', () => {
    writeFileSync(folder, '')
    expect(put(1)).toEqual({ ok: false, error: expect.stringContaining('not a directory') })
    expect(found()).toEqual([])
    expect(logged).toHaveLength(1)
  })
})

test('a file that takes the place of the folder while it is watched ends nothing', async () => {
  const changed = Promise.withResolvers<void>()
  let looks = 0
  const end = spool.watch(() => {
    looks += 1
    if (looks === 3) changed.resolve()
  })
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder')
  await changed.promise
  expect(found()).toEqual([])
  rmSync(folder)
  expect(put(1).ok).toBe(true)
  expect(found()).toEqual(['1'])
  end()
})

describe('the journal', () => {
  test('is read back, and there is none at first', () => {
    expect(spool.readJournal()).toBe('')
    expect(spool.writeJournal('{}\n').ok).toBe(true)
    expect(spool.readJournal()).toBe('{}\n')
    expect((statSync(join(stateDir, 'notify.json')).mode & 0o777).toString(8)).toBe('600')
    expect(logged).toEqual([])
  })
})

describe.skipIf(!isRoot)('on a full disk', () => {
  /** Runs a shell script with a small disk of its own at `stateDir`, and returns what it prints. */
  function onSmallDisk(script: string, ...words: readonly string[]): string {
    const mount = 'mount -t tmpfs -o size=256k,mode=0755 none "$1" && '
    const command = ['--mount', 'sh', '-euc', mount + script, 'sh', stateDir, ...words]
    const run = spawnSync('unshare', command, { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    return run.stdout
  }
  const FILL = '! head -c 1m /dev/zero 2>/dev/null >"$1/ballast"; '
  const PREPARED = join(import.meta.dir, 'spool/prepare-program.ts')

  test('events take the blocks that were kept for them, then those of the oldest', () => {
    const ids = Array.from({ length: 20 }, (_, at) => idOf(at + 1))
    const spoolAll = `"$2" "$4" "$1" ${ids.join(' ')}`
    const script = `"$2" "$3" "$1"; ${FILL} ${spoolAll}; ls "$1/spool"`
    const out = onSmallDisk(script, process.execPath, PREPARED, SPOOLER).trim().split('\n')
    expect(JSON.parse(out[0] ?? '')).toEqual(ids.map(() => ({ ok: true })))
    const left = out.slice(1).filter((name) => name.endsWith('.event'))
    expect(left).toEqual(ids.slice(4).map((id) => `${id}.event`))
  })

  test('without anything to take there is an error, and nothing half-written', () => {
    const script = `mkdir "$1/spool"; ${FILL} "$2" "$3" "$1" "$4"; ls -A "$1/spool"`
    const out = onSmallDisk(script, process.execPath, SPOOLER, idOf(1)).trim().split('\n')
    expect(JSON.parse(out[0] ?? '')).toEqual([
      { ok: false, error: expect.stringContaining('no space left') },
    ])
    expect(out).toHaveLength(1)
  })

  test('the journal takes the room that was kept for it', () => {
    const script = `"$2" "$3" "$1"; ${FILL} "$2" "$3" "$1" journal; cat "$1/notify.json"`
    const out = onSmallDisk(script, process.execPath, PREPARED)
    expect(out).toBe('{"ok":true}\n{"later":true}\n')
  })
})

test('events of a crashed program leave no litter behind', () => {
  mkdirSync(folder)
  const ended = spawnSync('true').pid
  const litter = join(folder, `.holdfast-${ended}-0123456789abcdef01234567.tmp`)
  writeFileSync(litter, 'half')
  spool.watch(() => {})()
  expect(existsSync(litter)).toBe(false)
  expect(readFileSync(join(folder, '.reserve-0'), 'utf8')).toBe(' '.repeat(4096))
})
