// One line an event, in the shape its reader expects, whatever is in it.
import { describe, expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { createLog, escapeControls, type LogOptions } from '../../src/adapters/log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const WALL_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const PROGRAM = join(import.meta.dir, 'log/log-program.ts')

function logTo(options: Partial<LogOptions> = {}) {
  const written: string[] = []
  const listeners: ((error: Error) => void)[] = []
  const log = createLog({
    stream: {
      write: (text) => written.push(text),
      on: (_, listener) => listeners.push(listener),
    },
    env: {},
    isTTY: false,
    level: 'info',
    clock: { wallMs: () => WALL_MS },
    ...options,
  })
  return { log, written, fail: () => listeners.map((listener) => listener(new Error('EPIPE'))) }
}

describe('shapes', () => {
  test('a file or pipe gets time and level', () => {
    const { log, written } = logTo()
    log.line('info', 'one')
    log.line('warn', 'two')
    log.line('error', 'three')
    log.line('debug', 'four')
    expect(written).toEqual([
      '2026-01-02T03:04:05.678Z info  one\n',
      '2026-01-02T03:04:05.678Z warn  two\n',
      '2026-01-02T03:04:05.678Z error three\n',
    ])
  })

  test('a terminal gets local time and a coloured level', () => {
    const { log, written } = logTo({ isTTY: true })
    log.line('error', 'text')
    const shown = written[0]?.replaceAll('\x1b', 'ESC')
    expect(shown).toMatch(/^\d\d:\d\d:05\.678 ESC\[31merrorESC\[0m text\n$/)
  })

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('a terminal with %p gets no colour', (env) => {
    const { log, written } = logTo({ isTTY: true, env })
    log.line('error', 'text')
    expect(written[0]).toMatch(/^\d\d:\d\d:05\.678 error text\n$/)
  })

  test('an empty NO_COLOR says nothing', () => {
    const { log, written } = logTo({ isTTY: true, env: { NO_COLOR: '' } })
    log.line('info', 'text')
    expect(written[0]).toContain('\x1b[')
  })

  test('CI and TEST change nothing', () => {
    const run = spawnSync(process.execPath, [PROGRAM], {
      encoding: 'utf8',
      env: { CI: '1', TEST: '1', NODE_ENV: 'test' },
    })
    expect(run.stdout).toBe('')
    expect(run.stderr).toMatch(/^\S+Z info {2}first\n\S+Z debug second\n$/)
  })

  test('the journal gets syslog levels and no time, but only on its own stream', () => {
    using folder = temporaryFolder()
    const journal = join(folder.path, 'journal')
    const fd = openSync(journal, 'w')
    try {
      const { dev, ino } = fstatSync(fd, { bigint: true })
      const stderr = ['ignore', 'ignore', fd] as const
      for (const JOURNAL_STREAM of [`${dev}:${ino}`, `${dev}:1`])
        spawnSync(process.execPath, [PROGRAM], { env: { JOURNAL_STREAM }, stdio: [...stderr] })
      expect(readFileSync(journal, 'utf8')).toMatch(
        /^<6>first\n<7>second\n\S+Z info {2}first\n\S+Z debug second\n$/,
      )
    } finally {
      closeSync(fd)
    }
  })
})

describe('levels', () => {
  test('can be changed while running', () => {
    const { log, written } = logTo({ level: 'error' })
    log.line('warn', 'hidden')
    log.setLevel('debug')
    log.line('debug', 'shown')
    expect(written).toHaveLength(1)
  })

  test('repeated lines are all written', () => {
    const { log, written } = logTo()
    for (let i = 0; i < 50; i += 1) log.line('info', 'again')
    expect(written).toHaveLength(50)
  })
})

describe('what is in a line', () => {
  test('no value can start a line or steer a terminal', () => {
    expect(escapeControls('a\nb\r\tc\x1b[2J\x00\x7f\u0085\u2028\u202e')).toBe(
      'a\\nb\\r\\tc\\x1b[2J\\x00\\x7f\\x85\\u2028\\u202e',
    )
    expect(escapeControls('größer → "ok" 🙂')).toBe('größer → "ok" 🙂')
    expect(escapeControls('x'.repeat(100_000)).length).toBeLessThan(5_000)
  })

  test('any text makes one line', () => {
    const { log, written } = logTo()
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        written.length = 0
        log.line('info', text)
        expect(written).toHaveLength(1)
        expect(written[0]?.split(/[\r\n\u0085\u2028\u2029]/)).toHaveLength(2)
      }),
    )
  })
})

describe('a stream that fails', () => {
  test('loses lines, says how many, and does no more harm', () => {
    const { log, written, fail } = logTo()
    fail()
    log.line('info', 'after')
    expect(written[0]).toMatch(
      /^\S+ warn {2}log lines lost before this one: 1\n\S+ info {2}after\n$/,
    )
  })

  test('does not fill the memory while nobody reads', () => {
    const written: string[] = []
    const stream = { write: (text: string) => written.push(text), on() {}, writableLength: 2 ** 21 }
    const { log } = logTo({ stream })
    log.line('info', 'dropped')
    expect(written).toEqual([])
    stream.writableLength = 0
    log.line('info', 'kept')
    expect(written[0]).toContain('lost before this one: 1')
  })

  test.each([
    ['Bun', [process.execPath]],
    ['Deno', [denoPath(), 'run', '-A']],
  ] as const)('a reader that goes does not end the process: %s', async (_, [program, ...args]) => {
    const child = spawn(program, [...args, PROGRAM, 'many'], { stdio: ['pipe', 'pipe', 'pipe'] })
    await new Promise((resolve) => child.stderr.once('data', resolve))
    child.stderr.destroy()
    child.stdin.end()
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(said).toBe('survived\n')
    expect(code).toBe(0)
  })

  test('a full disk does not end the process', () => {
    const full = openSync('/dev/full', 'w')
    try {
      const run = spawnSync(process.execPath, [PROGRAM, 'many'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', full],
      })
      expect(run.stdout).toBe('survived\n')
      expect(run.status).toBe(0)
    } finally {
      closeSync(full)
    }
  })
})

function denoPath(): string {
  return join(import.meta.dir, `../../node_modules/@deno/linux-${process.arch}-glibc/deno`)
}
