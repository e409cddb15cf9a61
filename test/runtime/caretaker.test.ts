// The daemon's end of an order whose drain had not ended, where the disk refuses it at first.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOverride, swapOrder } from '../../src/adapters/override-file.ts'
import { takeBack } from '../../src/commands/maintenance/order-hands.ts'
import type { Config } from '../../src/config/config.ts'
import { encodeOverride } from '../../src/render/override-document.ts'
import { type CaretakerPorts, createCaretaker } from '../../src/runtime/caretaker.ts'

test('what a drain had found is said to be in force when it is, and tried again until then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-caretaker-'))
  const path = join(folder, 'override.json')
  const eve = { id: 'e', mode: 'drained', by: 'eve', reason: '', sinceWallMs: 0 } as const
  const given = { bootId: 'one', bootMs: 0, isClockSet: true }
  const found = encodeOverride({ ...eve, untilWallMs: null })
  writeFileSync(path, encodeOverride({ ...eve, id: 'a', untilWallMs: 10, given }, found))
  let isFull = true
  let look = () => {}
  const said: string[] = []
  const ports: Partial<CaretakerPorts> = {
    clock: {
      nowMs: () => 1000,
      wallMs: () => 1000,
      bootMs: () => 1000,
      bootId: 'one',
      wakeAt(_, wake) {
        look = wake
        return () => {}
      },
    },
    log: { line: (level, text) => void said.push(`${level} ${text}`) },
    askClock: () => Promise.resolve(true),
    readOverride: () => readOverride(path),
    takeBack: (order) =>
      takeBack(path, order, (...of) =>
        isFull ? { ok: false, error: 'the disk is full' } : swapOrder(...of),
      ),
  }
  const config = { warm: { namesFile: null } } as Config
  const caretaker = createCaretaker(config, ports as CaretakerPorts)
  try {
    for (const full of [true, true, false]) {
      isFull = full
      look()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(said).toEqual([
      'warn the disk is full',
      'info the drain whose time is over had not ended: what it found is in force again',
    ])
    expect(readOverride(path)?.id).toBe('e')
  } finally {
    caretaker.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
