// An operator's order, and all that may stand in its place.
import { describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acquireLock } from '../../src/adapters/lock.ts'
import { holdOrder, readOrderFile, readOverride } from '../../src/adapters/override-file.ts'
import type { Override } from '../../src/core/override.ts'
import { encodeOverride } from '../../src/documents/override-document.ts'
import { orderTo } from '../support/order-to.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const folder = folderForEachTest()
const path = join(folder, 'override.json')

describe('override file', () => {
  test('no file is no order', () => {
    expect(readOverride(path)).toBeNull()
    expect(readOverride(join(folder, 'no', 'folder'))).toBeNull()
  })

  test('what was written is read back', async () => {
    const override = {
      id: 'one',
      mode: 'isolated',
      by: 'ada',
      reason: 'new "disk"\n',
      sinceWallMs: 1_700_000_000_123,
      untilWallMs: null,
    } as const
    expect((await holdOrder(path, { override: null }).write(override)).ok).toBe(true)
    expect(readOverride(path)).toEqual(override)
  })

  test('a file that is not understood drains, the same on each reading', () => {
    writeFileSync(path, 'isolated please')
    const first = readOverride(path)
    expect(first).toMatchObject({ mode: 'drained', corrupt: 'it is not a JSON document' })
    expect(first?.sinceWallMs).toBeGreaterThan(0)
    expect(readOverride(path)).toEqual(first)
  })

  test('a link to nowhere drains, the same on each reading, until it is taken away', async () => {
    symlinkSync('/nowhere/at/all', path)
    const found = readOrderFile(path)
    expect(found.override).toMatchObject({ mode: 'drained' })
    expect(found.override?.corrupt).toContain('links to nowhere')
    expect(readOrderFile(path)).toEqual(found)
    expect(await holdOrder(path, found).putBack(null)).toMatchObject({ ok: true })
    expect(readOverride(path)).toBeNull()
  })

  test('a file of the form without an id is an order with an identity of its own', async () => {
    const old = (reason: string) =>
      `{"format":1,"mode":"isolated","by":"ada","reason":"${reason}","since":"2026-01-02T03:04:05Z","until":null}`
    writeFileSync(path, old('disk'))
    const found = readOverride(path)
    expect(found).toMatchObject({ mode: 'isolated', id: expect.stringMatching(/^[0-9a-f]{16}$/) })
    expect(readOverride(path)).toEqual(found)
    writeFileSync(path, old('fan'))
    expect(await holdOrder(path, { override: found }).putBack(null)).toMatchObject({
      ok: false,
      error: expect.stringContaining('isolated by ada'),
    })
    expect(readOverride(path)?.reason).toBe('fan')
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

describe('a hold', () => {
  const orderOf = (by: string, mode: Override['mode'] = 'drained') => orderTo(mode, { id: by, by })

  test('changes what it has written itself, and nothing that came between', async () => {
    const ada = holdOrder(path, readOrderFile(path))
    expect((await ada.write(orderOf('ada'), null)).ok).toBe(true)
    const bob = holdOrder(path, readOrderFile(path))
    expect((await bob.write(orderOf('bob', 'isolated'))).ok).toBe(true)
    for (const change of [ada.write(orderOf('ada')), ada.putBack(null)])
      expect(await change).toMatchObject({
        ok: false,
        error: expect.stringContaining('isolated by bob'),
      })
    expect(readOverride(path)).toEqual(orderOf('bob', 'isolated'))
    expect((await bob.putBack(null)).ok).toBe(true)
    expect(await bob.write(orderOf('bob'))).toMatchObject({ ok: true })
  })

  test('does not build on an order that its drain has confirmed meanwhile', async () => {
    const ada = holdOrder(path, readOrderFile(path))
    await ada.write(orderOf('ada'), null)
    const bob = holdOrder(path, readOrderFile(path))
    await ada.write(orderOf('ada'))
    expect(await bob.write(orderOf('bob'), null)).toMatchObject({ ok: false })
    expect(readOverride(path)).toEqual(orderOf('ada'))
  })

  test('says that somebody has lifted it, or that its time may be over', async () => {
    const [open, timed] = [orderOf('ada'), { ...orderOf('ada'), untilWallMs: 1_700_000_060_000 }]
    const told = []
    for (const order of [open, timed]) {
      const ada = holdOrder(path, readOrderFile(path))
      await ada.write(order)
      rmSync(path)
      told.push(ada.meanwhile())
    }
    expect(told).toEqual([
      'drain was ended by someone else',
      'drain has expired or was ended by someone else',
    ])
  })

  test('waits for somebody who changes the order, and takes the lock of a dead one', async () => {
    const other = acquireLock(`${path}.lock`)
    if (!other.ok) throw new Error(other.error)
    const written = holdOrder(path, readOrderFile(path)).write(orderOf('ada'))
    expect(readOverride(path)).toBeNull()
    other.value.release()
    expect(await written).toMatchObject({ ok: true })
    writeFileSync(`${path}.lock`, '{"pid":1,"startTicks":"1","bootId":"another"}')
    expect(await holdOrder(path, readOrderFile(path)).putBack(null)).toMatchObject({ ok: true })
    expect(readdirSync(folder)).toEqual([])
  })

  test('keeps to one of many who have read the same', async () => {
    const all = Array.from({ length: 20 }, (_, index) => orderOf(`o${index}`))
    const seen = readOrderFile(path)
    const done = await Promise.all(all.map((order) => holdOrder(path, seen).write(order)))
    const [winner, ...others] = all.filter((_, index) => done[index]?.ok)
    expect(others).toEqual([])
    expect(readOrderFile(path).text).toBe(encodeOverride(winner as Override))
  })
})

test('what was read last stands while the process can open nothing', () => {
  const ada = { id: 'a', mode: 'drained', by: 'ada', reason: '', sinceWallMs: 0 } as const
  writeFileSync(path, encodeOverride({ ...ada, untilWallMs: null }))
  const source = join(import.meta.dir, '../../src/adapters/override-file.ts')
  const program = `
    import { openSync } from 'node:fs'
    import { createOrderReader, readOverride } from '${source}'
    const read = createOrderReader('${path}')
    const first = read()
    try { for (;;) openSync('/dev/null', 'r') } catch {}
    console.log(JSON.stringify([first?.by, read()?.by, readOverride('${path}')?.corrupt !== undefined]))
  `
  const limited = ['bash', '-c', 'ulimit -n 64; exec "$@"', 'bash', process.execPath, '-e', program]
  const { stdout } = Bun.spawnSync(limited)
  expect(JSON.parse(stdout.toString())).toEqual(['ada', 'ada', true])
})
