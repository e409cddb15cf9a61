// The demo: it ends by itself or on Ctrl-C, says what it measured, and leaves nothing.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { whyNoLab } from './environment.ts'
import { REPOSITORY } from './namespace.ts'
import {
  createOwnHost,
  type OwnHost,
  type ProcessIdentity,
  processesBelow,
  stillRunning,
  until,
} from './traces.ts'

const obstacle = whyNoLab()
const DEMO = join(REPOSITORY, 'build/demo')
const CEILING_MS = 120_000
const CTRL_C = '\u0003'

async function untilGone(processes: readonly ProcessIdentity[]): Promise<void> {
  await until(() => stillRunning(processes).length === 0)
  expect(stillRunning(processes)).toEqual([])
}

/** Reads until `pattern` is there, or to the end; returns what was read. */
async function readUntil(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> },
  pattern: RegExp,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (!pattern.test(text)) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  return text
}

const NEVER = /(?!)/

describe.skipIf(obstacle !== null)('the demo', () => {
  let host: OwnHost
  beforeAll(async () => {
    host = await createOwnHost()
  })
  afterAll(() => host.end())

  test(
    'prints lines without colour where there is no terminal, and a summary',
    async () => {
      const before = host.state()
      const child = Bun.spawn(host.enter([DEMO, '--quick']), {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const reader = child.stdout.getReader()
      const begun = await readUntil(reader, /== all is well/)
      const processes = processesBelow(child.pid)
      const text = begun + (await readUntil(reader, NEVER))
      const errors = await new Response(child.stderr).text()
      expect({ code: await child.exited, errors: child.exitCode === 0 ? '' : errors }).toEqual({
        code: 0,
        errors: '',
      })
      expect(text).not.toContain('\u001b')
      expect(text).toMatch(/== pkill named on ns1/)
      expect(text).toMatch(
        /ns2 took over: answered again after \d+ ms, \d+ quer(y was|ies were) lost/,
      )
      expect(text).toMatch(/^2 {2}pkill named on ns1 +ns2 +\d+ +\d+$/m)
      expect(text).toMatch(/^\d+ queries were sent, \d+ answered \([\d.]+ %\), \d+ lost\.$/m)
      for (const line of text.slice(text.indexOf('   event')).split('\n'))
        expect(line.length).toBeLessThanOrEqual(80)

      // A named, a keepalived and a holdfast on each of three servers, at least.
      expect(processes.length).toBeGreaterThan(9)
      await untilGone(processes)
      expect(host.state()).toEqual(before)
    },
    CEILING_MS,
  )

  test(
    'gives the terminal back on Ctrl-C, and ends everything',
    async () => {
      const before = host.state()
      const command = `stty rows 24 cols 80; exec ${DEMO}`
      const child = Bun.spawn(
        host.enter(['script', '--quiet', '--return', '--command', command, '/dev/null']),
        {
          stdin: 'pipe',
          stdout: 'pipe',
          stderr: 'ignore',
          env: { ...process.env, LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1' },
        },
      )
      const reader = child.stdout.getReader()
      const begun = await readUntil(reader, /1 of \d: all is well/)
      const processes = processesBelow(child.pid)
      child.stdin.write(CTRL_C)
      child.stdin.flush()
      const text = begun + (await readUntil(reader, NEVER))
      child.stdin.end()
      expect(await child.exited).toBe(130)
      expect(text).toContain('are on  ns1')
      expect(text).toContain('\u001b[?1049h\u001b[?25l')
      expect(text.lastIndexOf('\u001b[?25h\u001b[?1049l')).toBeGreaterThan(
        text.lastIndexOf('are on'),
      )
      expect(text).toContain('interrupted; everything that was started has ended')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
      expect(text).not.toMatch(/\u001b\[[0-9;]*m/)
      expect(processes.length).toBeGreaterThan(9)
      await untilGone(processes)
      expect(host.state()).toEqual(before)
    },
    CEILING_MS,
  )
})

describe('the demo, otherwise', () => {
  test('says what it needs when it is not root', () => {
    // In a user namespace without a mapping root is nobody, and can still read the repository.
    const asNobody = process.getuid?.() === 0 ? ['unshare', '--user'] : []
    const run = Bun.spawnSync([...asNobody, DEMO])
    expect(run.exitCode).toBe(1)
    expect(run.stderr.toString()).toContain('needs root')
  })

  test('refuses options that it does not know', () => {
    const run = Bun.spawnSync([DEMO, '--fast'])
    expect(run.exitCode).toBe(2)
    expect(run.stderr.toString()).toContain('unknown argument --fast')
  })
})
