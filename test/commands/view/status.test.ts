// `holdfast status`: shown once, as JSON, and watched; and what it says when there is nothing to show.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import { createLines, type Lines } from '../../runtime/lines.ts'
import { holdfast } from '../../support/recorder.ts'
import { endpoint, makeRunDir, staleDocument, statusDocument } from '../../support/status.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(30_000)

const MAIN = resolve(import.meta.dir, '../../../src/main.ts')

/** The command in a process of its own; its end is part of what is tested. */
function start(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [program = '', ...args] = words
  const child = spawn(program, args, {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return {
    child,
    lines: createLines('status', [child.stdout, child.stderr]),
    ended: new Promise<number | null>((done) => child.once('close', (code) => done(code))),
  } satisfies { child: ChildProcess; lines: Lines; ended: Promise<number | null> }
}

const watching = (path: string, ...flags: readonly string[]) => [
  ...[process.execPath, MAIN, 'status', '--watch', '--run-dir', path],
  ...flags,
]

const write = (path: string, status: StatusDocument) =>
  writeFileSync(join(path, 'status.json'), JSON.stringify(status))

describe('shown once', () => {
  test('a fresh status is exit 0', async () => {
    using runDir = makeRunDir(statusDocument())
    const { code, out, err } = await holdfast('status', '--run-dir', runDir.path)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^dns1 {2}SERVING for /)
    expect(out).toMatch(/^recdns0 {3}serving {2}200 {3}2\/3 {3}- not here {2}192\.0\.2\.53$/m)
    expect(out).toMatch(/^ {2}192\.0\.2\.1 {2}ok 1\.25 ms {2}ok 2\.50 ms$/m)
  })

  test('a stale one is shown, called stale, and exit 1', async () => {
    using runDir = makeRunDir(staleDocument())
    const { code, out } = await holdfast('status', '--run-dir', runDir.path)
    expect(code).toBe(1)
    expect(out).toMatch(/^dns1 {2}STALE: it expired 1\.\d s ago; last state: serving\n/)
    expect(out).toContain('try: systemctl status holdfast')
  })

  test('one of another boot is stale', async () => {
    using runDir = makeRunDir(statusDocument({ boot_id: 'another' }))
    const { code, out } = await holdfast('status', '--run-dir', runDir.path)
    expect(code).toBe(1)
    expect(out).toContain('STALE: it was written before the last boot')
  })

  test('without a daemon there is a sentence with its remedy', async () => {
    using runDir = makeRunDir()
    for (const path of [runDir.path, join(runDir.path, 'none')]) {
      expect(await holdfast('status', '--run-dir', path)).toEqual({
        code: 1,
        out: '',
        err: `holdfast status: ${path}/status.json does not exist: the daemon is not running; start it with "systemctl start holdfast", or name its directory with --run-dir`,
      })
    }
  })

  test.each([
    ['garbage', (path: string) => writeFileSync(path, new Uint8Array([0, 255, 1])), 'not a JSON'],
    ['nothing', (path: string) => writeFileSync(path, ''), 'not a JSON'],
    ['10 MB', (path: string) => writeFileSync(path, ' '.repeat(1e7)), 'larger than'],
    ['a folder', (path: string) => mkdirSync(path), 'not a regular file'],
    ['a FIFO', (path: string) => void spawnSync('mkfifo', [path]), 'not a regular file'],
    ['a damaged status', (path: string) => writeFileSync(path, DAMAGED), 'is damaged'],
  ])('%s in its place is a sentence with a remedy', async (_, make, why) => {
    using runDir = makeRunDir()
    make(join(runDir.path, 'status.json'))
    const { code, out, err } = await holdfast('status', '--run-dir', runDir.path)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(why)
    expect(err).toEndWith('see "systemctl status holdfast"')
    expect(err.split('\n').length).toBe(1)
  })
})

/** `check` can use it, but people cannot. */
const DAMAGED = JSON.stringify({ ...statusDocument(), flap: null })

describe('as JSON', () => {
  test('it is the document, and whether it is fresh', async () => {
    const status = statusDocument()
    using runDir = makeRunDir(status)
    const { code, out, err } = await holdfast('status', '--json', '--run-dir', runDir.path)
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toEqual({ fresh: true, why: null, ...status })
    expect(out.split('\n').length).toBe(1)
  })

  test('of a stale or missing status it says why', async () => {
    using stale = makeRunDir(staleDocument())
    using missing = makeRunDir()
    using garbage = makeRunDir('{')
    for (const [runDir, why] of [
      [stale, 'it expired'],
      [missing, 'does not exist'],
      [garbage, 'not a JSON document'],
    ] as const) {
      const { code, out, err } = await holdfast('status', '--json', '--run-dir', runDir.path)
      expect([code, err]).toEqual([1, ''])
      expect(JSON.parse(out)).toMatchObject({ fresh: false, why: expect.stringContaining(why) })
    }
  })
})

describe('watched', () => {
  test('through a pipe it shows one line for each change, with its time, until interrupted', async () => {
    using runDir = makeRunDir(statusDocument())
    const status = start(watching(runDir.path))
    await status.lines.until(/^\S+Z {2}dns1 {2}SERVING/)
    write(runDir.path, statusDocument())
    await Bun.sleep(1100)
    write(runDir.path, statusDocument({ health: 'failed', may_serve: false }))
    await status.lines.until(/^\S+Z {2}dns1 {2}FAILED/)
    status.child.kill('SIGINT')
    expect(await status.ended).toBe(0)
    expect(status.lines.all.filter((line) => line !== '')).toHaveLength(2)
    expect(status.lines.all.join('\n')).not.toContain('\u001b')
  })

  test('as JSON it is one document a line', async () => {
    using runDir = makeRunDir(statusDocument())
    const status = start(watching(runDir.path, '--json'))
    await status.lines.until(/./, 1)
    status.child.kill('SIGTERM')
    expect(await status.ended).toBe(0)
    for (const line of status.lines.all) expect(JSON.parse(line)).toMatchObject({ fresh: true })
  })

  test('a daemon that comes later is shown, and its absence is told once', async () => {
    using runDir = makeRunDir()
    const status = start(watching(runDir.path))
    await status.lines.until(/the daemon is not running/)
    write(runDir.path, statusDocument())
    await status.lines.until(/dns1 {2}SERVING/)
    rmSync(join(runDir.path, 'status.json'))
    await status.lines.until(/the daemon is not running/, 1)
    status.child.kill('SIGINT')
    expect(await status.ended).toBe(1)
    expect(status.lines.all.filter((line) => line.includes('not running')).length).toBe(2)
  })

  test('it ends when nobody reads any more', async () => {
    using runDir = makeRunDir(statusDocument())
    const status = start(watching(runDir.path))
    await status.lines.until(/dns1 {2}SERVING/)
    status.lines.stopReading()
    // A line is written when something has changed, and then it is noticed.
    write(runDir.path, statusDocument({ health: 'failed', may_serve: false }))
    expect(await status.ended).toBe(0)
  })

  test.each([
    ['in colour', {}, true],
    ['without where NO_COLOR is set', { NO_COLOR: '1' }, false],
  ] as const)(
    'on a terminal it draws over itself, %s, until Ctrl-C',
    async (_, env, isColoured) => {
      using runDir = makeRunDir(statusDocument())
      const command = ['exec', ...watching(runDir.path)].join(' ')
      const terminal = start(['script', '-qfec', command, '/dev/null'], { TERM: 'xterm', ...env })
      await terminal.lines.until(/dns1.*SERVING/)
      // The second frame.
      await terminal.lines.until(/dns1/, terminal.lines.all.length)
      terminal.child.stdin.write('\u0003')
      expect(await terminal.ended).toBe(0)
      const drawn = terminal.lines.all.join('\n')
      expect(drawn.split('\u001b[2J').length).toBe(2)
      expect(drawn.split('\u001b[H').length).toBeGreaterThan(2)
      expect(drawn.includes('\u001b[32mSERVING\u001b[0m')).toBe(isColoured)
      // The terminal is as it was before, and what was seen last stays on it.
      const after = drawn.slice(drawn.lastIndexOf('\u001b[?1049l'))
      expect(drawn.indexOf('\u001b[?1049h')).toBe(0)
      expect(after).toContain('dns1')
      expect(drawn.lastIndexOf('\u001b[?25h')).toBeGreaterThan(drawn.lastIndexOf('\u001b[?25l'))
    },
  )

  test('a terminal of another size gets another picture, which never scrolls', async () => {
    const endpoints = Array.from({ length: 80 }, (_, at) =>
      endpoint(`udp/192.0.2.${at}`, 'timeout', null),
    )
    using runDir = makeRunDir(statusDocument({ endpoints }))
    const command = ['tty; stty cols 60 rows 12; exec', ...watching(runDir.path)].join(' ')
    const terminal = start(['script', '-qfec', command, '/dev/null'], { TERM: 'xterm' })
    const tty = (await terminal.lines.until(/^\/dev\//)).trim()
    await terminal.lines.until(/SERVING/)
    expect(sizeOfFrame(await frameAfter(terminal.lines, 0))).toEqual({ columns: 60, rows: 11 })
    // One after the other, as stty would do it anyway: each is a size of its own.
    for (const [name, value, size] of [
      ['cols', '100', { columns: 100, rows: 11 }],
      ['rows', '30', { columns: 100, rows: 29 }],
    ] as const) {
      const from = terminal.lines.all.length
      spawnSync('stty', ['-F', tty, name, value])
      const cleared = terminal.lines.all.indexOf(await terminal.lines.until(/\[2J/, from), from)
      expect(sizeOfFrame(await frameAfter(terminal.lines, cleared))).toEqual(size)
    }
    terminal.child.stdin.write('\u0003')
    expect(await terminal.ended).toBe(0)
  })

  test('on a terminal that cannot be drawn over it shows a line for each change', async () => {
    using runDir = makeRunDir(statusDocument())
    const command = ['exec', ...watching(runDir.path)].join(' ')
    const terminal = start(['script', '-qfec', command, '/dev/null'], { TERM: 'dumb' })
    await terminal.lines.until(/dns1 {2}SERVING/)
    write(runDir.path, statusDocument({ health: 'failed', may_serve: false }))
    await terminal.lines.until(/dns1 {2}FAILED/)
    terminal.child.stdin.write('\u0003')
    expect(await terminal.ended).toBe(0)
    expect(terminal.lines.all.join('')).not.toContain('\u001b')
  })
})

/** The next whole frame that is drawn after these lines. */
async function frameAfter(lines: Lines, from: number): Promise<string[]> {
  const begin = /\[\?2026h/
  const end = /\[\?2026l/
  const first = lines.all.indexOf(await lines.until(begin, from), from)
  const last = lines.all.indexOf(await lines.until(end, first), first)
  return lines.all.slice(first, last + 1).map((line) => Bun.stripANSI(line).trimEnd())
}

function sizeOfFrame(lines: readonly string[]) {
  return { columns: Math.max(...lines.map((line) => line.length)), rows: lines.length }
}
