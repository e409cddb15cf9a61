// The daemon's thread for the disk, when it dies.

import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createDisk } from '../../src/adapters/disk/thread.ts'
import { holdOrder, readOverride } from '../../src/adapters/override-file.ts'
import { diskMethods } from '../../src/commands/daemon/disk-thread.ts'
import { orderTo } from '../support/order-to.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('leaves no lock behind: the order that it was changing is changed without it', async () => {
  using folder = temporaryFolder()
  const stateDir = folder.path
  const path = join(stateDir, 'override.json')
  const logged: string[] = []
  const log = { line: (_: string, text: string) => void logged.push(text) }
  const disk = createDisk({
    stateDir,
    log,
    here: (changed) => diskMethods({ stateDir, log }, changed),
    entry: join(import.meta.dir, 'disk/dying-thread.ts'),
  })
  const order = orderTo('drained', { id: 'a' })
  const written = await holdOrder(path, { override: null }, disk.swapOrder).write(order)
  expect(written).toMatchObject({ ok: true })
  expect(readOverride(path)?.id).toBe('a')
  expect(readdirSync(stateDir)).not.toContain('override.json.lock')
  expect(logged).toEqual([expect.stringMatching(/the thread for the disk has failed.*killed$/)])
})
