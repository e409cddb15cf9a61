// `holdfast notify`: what it notes of a transition and of what was known at that moment.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEvent, type SpooledEvent } from '../../../src/documents/spooled-event.ts'
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import { holdfast } from '../../support/recorder.ts'
import { INSTANCE, makeRunDir, staleDocument, statusDocument } from '../../support/status.ts'
import { folderForEachTest } from '../../support/temporary-folder.ts'

const stateDir = folderForEachTest()

async function note(status: StatusDocument | string | undefined, ...words: string[]) {
  using runDir = makeRunDir(status)
  const said = await holdfast('notify', '--state-dir', stateDir, '--run-dir', runDir.path, ...words)
  expect(said).toEqual({ code: 0, out: '', err: '' })
  return noted()
}

function noted(): SpooledEvent {
  const [name = ''] = readdirSync(join(stateDir, 'spool'))
  const id = name.replace('.event', '')
  const event = decodeEvent(id, readFileSync(join(stateDir, 'spool', name), 'utf8'))
  if (typeof event === 'string') throw new Error(event)
  return event
}

const MASTER = ['INSTANCE', 'recdns0', 'MASTER', '250'] as const

test('the words, the time and the boot', async () => {
  const before = Date.now()
  const event = await note(statusDocument(), ...MASTER)
  expect(event).toMatchObject({
    subject: 'INSTANCE',
    name: 'recdns0',
    state: 'MASTER',
    priority: 250,
  })
  expect(event.wallMs).toBeGreaterThanOrEqual(before)
  expect(event.bootId).toBe(statusDocument().boot_id)
  expect(event.id.startsWith(String(event.wallMs).padStart(15, '0'))).toBe(true)
})

describe('what was known', () => {
  test('of a server that has failed', async () => {
    const reasons = ['udp/192.0.2.1 localhost A: timeout (no answer in time)']
    const instances = [{ ...INSTANCE, state: 'failed' as const, priority: 10 }]
    const { snapshot } = await note(
      statusDocument({ health: 'failed', reasons, instances }),
      ...MASTER,
    )
    expect(snapshot).toEqual({
      health: 'failed',
      staleness: null,
      daemon: 'running',
      reasons,
      override: null,
      state: 'failed',
    })
  })

  test.each([
    [() => undefined, /status\.json does not exist$/, null],
    [() => 'garbage', /is not a JSON document$/, null],
    [staleDocument, /^it expired 1\.\d s ago$/, 'healthy'],
    [() => statusDocument({ boot_id: 'another' }), /before the last boot$/, 'healthy'],
  ])('of a status that is none', async (statusNow, staleness, health) => {
    const { snapshot } = await note(statusNow(), ...MASTER)
    expect(snapshot).toMatchObject({ staleness: expect.stringMatching(staleness), health })
  })

  test.each(['starting', 'stopping'] as const)(
    'of a daemon that is %s, in whatever words',
    async (code) => {
      const { snapshot } = await note(
        statusDocument({ health: 'failed', reasons: ['any words'], causes: [{ code }] }),
        ...MASTER,
      )
      expect(snapshot.daemon).toBe(code)
    },
  )

  const override = {
    mode: 'drained',
    by: 'jo\n',
    reason: 'disk',
    sinceWallMs: 0,
    untilWallMs: null,
  } as const

  test('of an override, if it is about this instance', async () => {
    const { snapshot } = await note(statusDocument({ override }), ...MASTER)
    expect(snapshot.override).toEqual({ mode: 'drained', by: 'jo?', reason: 'disk' })
    rmSync(join(stateDir, 'spool'), { recursive: true })
    const other = await note(
      statusDocument({ override: { ...override, instances: ['x'] } }),
      ...MASTER,
    )
    expect(other.snapshot.override).toBeNull()
  })

  test('of a status whose details are damaged', async () => {
    const damaged = { instances: [null, 7], reasons: [{}, 'one'], override: 'x' }
    const status = { ...statusDocument(), ...damaged } as unknown as StatusDocument
    const { snapshot } = await note(status, ...MASTER)
    expect(snapshot).toMatchObject({ reasons: ['one'], override: null, state: null })
  })
})

describe('refuses', () => {
  test.each([
    [[], 'unknown subject ""'],
    [['INSTANCE', 'a', 'UP', '1'], 'unknown state "UP": use'],
    [['INSTANCE', 'a', 'MASTER', '1', 'more'], 'unexpected argument'],
    [['--fifo', '/x', 'INSTANCE'], '--fifo takes no operands'],
  ])('%j', async (words, why) => {
    const said = await holdfast('notify', '--state-dir', stateDir, ...words)
    expect([said.code, said.err]).toEqual([2, expect.stringContaining(why)])
    expect(readdirSync(stateDir)).toEqual([])
  })

  test('a place where nothing can be written, with a remedy', async () => {
    writeFileSync(join(stateDir, 'spool'), '')
    const said = await holdfast('notify', '--state-dir', stateDir, ...MASTER)
    expect([said.code, said.err]).toEqual([1, expect.stringContaining('is not a directory')])
  })
})
