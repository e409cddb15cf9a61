// `holdfast check` on every kind of status file, in its three ways of asking.
import { describe, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import { holdfast } from '../../support/recorder.ts'
import {
  endpoint,
  INSTANCE,
  makeRunDir,
  staleDocument,
  statusDocument,
} from '../../support/status.ts'

async function check(status: StatusDocument | string | undefined, ...argv: string[]) {
  using runDir = makeRunDir(status)
  return await holdfast('check', '--run-dir', runDir.path, ...argv)
}

const DRAINED: Partial<StatusDocument> = {
  instances: [{ ...INSTANCE, state: 'drained', priority: 30 }],
}
const FAILED: Partial<StatusDocument> = {
  health: 'failed',
  may_serve: false,
  reasons: ['udp/192.0.2.1 localhost A: timeout (no answer in time)'],
  instances: [{ ...INSTANCE, state: 'failed', priority: 10 }],
}

describe('for keepalived', () => {
  test('fresh and able to serve is 0', async () => {
    const said = await check(statusDocument())
    expect(said).toEqual({ code: 0, out: 'serving: 2 of 2 endpoints ok', err: '' })
  })

  test('a drained server may still hold an address', async () => {
    expect((await check(statusDocument(DRAINED))).code).toBe(0)
  })

  test('failed is 1, and says why', async () => {
    const said = await check(statusDocument(FAILED))
    expect(said.code).toBe(1)
    expect(said.out).toBe('failed: udp/192.0.2.1 localhost A: timeout (no answer in time)')
  })

  test('endpoints that fail alike are one reason, with their number', async () => {
    const names = ['udp/192.0.2.1', 'tcp/192.0.2.1']
    const question = '127.in-addr.arpa SOA'
    const failed = statusDocument({
      ...FAILED,
      reasons: names.map((name) => `${name} ${question}: timeout (no response in time)`),
      causes: names.map((name) => ({
        code: 'endpoint',
        endpoint: name,
        question,
        outcome: 'timeout',
      })),
      endpoints: [...names, 'udp/::1'].map((name) => endpoint(name, 'timeout', null)),
    })
    expect((await check(failed)).out).toBe('failed: 3 of 3 endpoints timeout (no response in time)')
    const { out } = await check(failed, '--nagios')
    expect(out).toStartWith('HOLDFAST CRITICAL - failed: 3 of 3 endpoints timeout')
  })

  test('a server that has just started is starting, not failed', async () => {
    const starting = statusDocument({ ...FAILED, causes: [{ code: 'starting' }] })
    expect((await check(starting)).out).toStartWith('starting: ')
    expect(JSON.parse((await check(starting, '--json')).out)).toMatchObject({
      passes: false,
      health: 'failed',
      state: 'starting',
    })
  })

  test('a healthy server that may not serve exits 1', async () => {
    expect((await check(statusDocument({ may_serve: false }))).code).toBe(1)
  })

  test.each([
    ['expired', staleDocument()],
    ['of another boot', statusDocument({ boot_id: 'another' })],
    ['of the future', statusDocument({ written_boot_ms: Number.MAX_SAFE_INTEGER })],
  ])('a status %s is 1', async (_, status) => {
    const said = await check(status)
    expect(said.code).toBe(1)
    expect(said.out).toStartWith('stale: ')
  })

  test.each([
    ['nothing', undefined, 'no status: '],
    ['an empty file', '', 'unreadable: '],
    ['half a document', JSON.stringify(statusDocument()).slice(0, 200), 'unreadable: '],
    ['another format', JSON.stringify({ ...statusDocument(), format: 2 }), 'unreadable: '],
    ['null', 'null', 'unreadable: '],
    ['binary garbage', '\u0000\u0001\ufffd'.repeat(1000), 'unreadable: '],
    ['ten megabytes', ' '.repeat(10_000_000), 'unreadable: '],
    ['deep nesting', '['.repeat(1_000_000), 'unreadable: '],
  ])('%s is 1', async (_, text, start) => {
    const said = await check(text)
    expect(said.code).toBe(1)
    expect(said.out).toStartWith(start)
    expect(said.out).not.toContain('\n')
    expect(said.err).toBe('')
  })

  test('a directory, a FIFO, a device and a dangling link in its place are 1', async () => {
    for (const place of [
      (path: string) => mkdirSync(path),
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => symlinkSync('/dev/zero', path),
      (path: string) => symlinkSync('nowhere', path),
    ]) {
      using runDir = makeRunDir()
      place(join(runDir.path, 'status.json'))
      const said = await holdfast('check', '--run-dir', runDir.path)
      expect(said.code).toBe(1)
      expect(said.out).toMatch(/^(unreadable|no status): /)
    }
  })

  test('what it prints is one line, whatever the status holds', async () => {
    const reasons = ['first\nsecond\u001b[31m', 7, null, 'x'.repeat(10_000)]
    const said = await check(JSON.stringify({ ...statusDocument(FAILED), reasons }))
    expect(said.code).toBe(1)
    expect(said.out).toStartWith('failed: first second [31m; x')
    expect(said.out.length).toBeLessThanOrEqual(500)
    expect(said.out).toEndWith('…')
  })
})

describe('for scripts: INSTANCE SLOT', () => {
  test.each([
    [{}, 'recdns0', '2', 0],
    [{}, 'recdns0', '1', 1],
    [{}, 'recdns0', 'drained', 1],
    [{}, 'other', '2', 1],
    [DRAINED, 'recdns0', 'drained', 0],
    [DRAINED, 'recdns0', '2', 1],
    [{ instances: [{ ...INSTANCE, state: 'degraded' }] }, 'recdns0', 'degraded', 0],
    [{ instances: [{ ...INSTANCE, state: 'probation' }] }, 'recdns0', 'probation', 0],
    [{ instances: [{ ...INSTANCE, state: 'probation' }] }, 'recdns0', '2', 1],
    [FAILED, 'recdns0', '2', 1],
    [{ may_serve: false }, 'recdns0', '2', 1],
    [{ instances: [{ ...INSTANCE, rank: null }] }, 'recdns0', '1', 1],
  ] as const)('%j: %s in %s is %d', async (differences, instance, slot, code) => {
    expect((await check(statusDocument(differences), instance, slot)).code).toBe(code)
  })

  test('instances that are none are passed over', async () => {
    const instances = [null, 7, { name: 7 }, { name: 'x', state: 'great' }, INSTANCE]
    const text = JSON.stringify({ ...statusDocument(), instances })
    expect((await check(text, 'recdns0', '2')).code).toBe(0)
    expect((await check(text, 'x', '1')).code).toBe(1)
  })

  test('a stale status has no slots', async () => {
    expect((await check(staleDocument(), 'recdns0', '2')).code).toBe(1)
  })

  test.each([
    [['recdns0'], 'SLOT is missing'],
    [['recdns0', 'failed'], 'SLOT must be a rank'],
    [['recdns0', '0'], 'SLOT must be a rank'],
    [['recdns0', '1', 'x'], 'unexpected argument "x"'],
    [['--nagios', '--json'], 'use only one of --nagios and --json'],
    [['--nagios', 'recdns0', '1'], 'cannot be combined with INSTANCE'],
  ])('%j is wrong usage', async (argv, message) => {
    const said = await check(statusDocument(), ...argv)
    const forNagios = argv.includes('--nagios')
    expect(said.code).toBe(forNagios ? 3 : 2)
    expect(said.err).toContain(message)
    if (forNagios) expect(said.out).toMatch(new RegExp(`^HOLDFAST UNKNOWN - .*${message}`))
    else expect(said.out).toBe('')
  })
})

describe('--json', () => {
  test('says all that the line says, for programs', async () => {
    const said = await check(statusDocument(), 'recdns0', '2', '--json')
    expect(said.code).toBe(0)
    expect(JSON.parse(said.out)).toEqual({
      passes: true,
      status: 'fresh',
      why: 'recdns0 is in slot 2 (serving)',
      server: 'dns1',
      health: 'healthy',
      state: 'serving',
      instance: 'recdns0',
      slot: '2',
    })
  })

  test('without a status the rest is null', async () => {
    const said = await check(undefined, '--json')
    expect(said.code).toBe(1)
    expect(JSON.parse(said.out)).toMatchObject({ passes: false, status: 'missing', health: null })
  })
})

describe('--nagios', () => {
  test.each([
    ['healthy', statusDocument(), 0, 'HOLDFAST OK - serving: 2 of 2 endpoints ok | '],
    ['drained', statusDocument(DRAINED), 1, 'HOLDFAST WARNING - drained: '],
    ['failed', statusDocument(FAILED), 2, 'HOLDFAST CRITICAL - failed: udp/192.0.2.1 '],
    ['stale', staleDocument(), 2, 'HOLDFAST CRITICAL - stale: '],
    ['garbage', 'garbage', 3, 'HOLDFAST UNKNOWN - unreadable: '],
    ['nothing', undefined, 3, 'HOLDFAST UNKNOWN - no status: '],
  ])('%s', async (_, status, code, start) => {
    const said = await check(status, '--nagios')
    expect(said.code).toBe(code)
    expect(said.out).toStartWith(start)
  })

  test('wrong usage is UNKNOWN, not CRITICAL', async () => {
    const said = await check(statusDocument(), '--nagios', '--jsn')
    expect(said.code).toBe(3)
    expect(said.out).toBe('HOLDFAST UNKNOWN - unknown flag --jsn; did you mean --json?')
  })
})
