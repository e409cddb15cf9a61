// Root among folders of others: where somebody else can put a link, nothing is read, written, made or removed by it.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, linkSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readBounded, writeAtomic } from '../../src/adapters/atomic-file.ts'
import { createClock } from '../../src/adapters/clock.ts'
import { createHistory, olderHistory } from '../../src/adapters/history-files.ts'
import { createInspector } from '../../src/adapters/inspector.ts'
import { createNewFile } from '../../src/adapters/new-file.ts'
import { readOrderFile, readOverride, swapOrder } from '../../src/adapters/override-file.ts'
import { createPublisher } from '../../src/adapters/publisher.ts'
import { replaceText } from '../../src/adapters/replace-text.ts'
import { createSpool } from '../../src/adapters/spool/store.ts'
import { DROPPED, spoolEvent } from '../../src/adapters/spool.ts'
import { textfileCollector } from '../../src/adapters/textfile-collector.ts'
import { installText, readInstalled } from '../../src/commands/config/render-config-command.ts'
import { encodeOverride } from '../../src/documents/override-document.ts'
import { eventId } from '../../src/documents/spooled-event.ts'
import { createPlace, type Place, SECRET } from './hostile-owner/place.ts'

const isRoot = process.getuid?.() === 0
const TRIES = 2000
const TIMEOUT_MS = 120_000
const ORDER = {
  ...({ mode: 'drained', by: 'ada', reason: 'disk' } as const),
  ...{ sinceWallMs: 1_700_000_000_000, untilWallMs: null },
}
const inspect = createInspector({
  ...{ clock: createClock(), env: {} },
  prober: { ask: async () => ({ outcome: 'ok', latencyMs: 1 }) },
  dump: async () => ({ ok: false, why: 'missing', error: '' }),
})

let place: Place
let before: readonly unknown[]
beforeEach(() => {
  if (!isRoot) return
  place = createPlace()
  before = place.sight()
})
afterEach(() => {
  if (!isRoot) return
  try {
    expect(place.sight()).toEqual(before)
  } finally {
    place[Symbol.dispose]()
  }
})

const id = (number: number) => eventId(number, 0, number.toString(16).padStart(12, '0'))
const refused = { ok: false as const, error: expect.stringContaining('is a link') }

/** As a command does that has just looked. */
const change = (path: string, text: string | null) => swapOrder(path, readOrderFile(path), text)

describe.skipIf(!isRoot)('a link is not followed', () => {
  test('in the place of the spool, by notify and by the daemon', () => {
    symlinkSync(place.outside, join(place.theirs, 'spool'))
    expect(spoolEvent(place.theirs, id(1), 'text')).toEqual(refused)
    const logged: string[] = []
    const log = { line: (_: string, text: string) => void logged.push(text) }
    const spool = createSpool({ stateDir: place.theirs, log })
    expect(spool.scan()).toEqual([])
    spool.remove([id(1)])
    expect(spool.takeLost()).toBe(0)
    expect(logged).toEqual([expect.stringContaining('spool is a link')])
  })

  test('in the place of an order, which drains, and is neither kept nor put back', () => {
    const path = join(place.theirs, 'override.json')
    symlinkSync(join(place.outside, 'secret'), path)
    const found = readOrderFile(path)
    expect(found).toMatchObject({ text: null, override: { mode: 'drained', by: '' } })
    expect(found.override?.corrupt).toContain('a link')
    expect(JSON.stringify(readOverride(path))).not.toContain(SECRET)
    expect(swapOrder(path, found, 'before').ok).toBe(true)
    expect([lstatSync(path).isFile(), readFileSync(path, 'utf8')]).toEqual([true, 'before'])
  })

  test('in the place of the folder of orders about real servers', () => {
    place.file(join(place.theirs, 'x'), '')
    symlinkSync(place.outside, join(place.theirs, 'backend'))
    const path = join(place.theirs, 'backend/secret')
    expect(change(path, encodeOverride(ORDER))).toMatchObject(refused)
    expect(change(path, null)).toMatchObject(refused)
    expect(readOverride(path)?.corrupt).toContain('is a link')
  })

  test('in the place of an order file, by the daemon and by the command', () => {
    const path = join(place.shared, 'recdns')
    symlinkSync(join(place.outside, 'secret'), path)
    expect(readBounded(path, 4096)).toMatchObject({ ...refused, missing: false })
    expect(replaceText(path, SECRET, 'ns1\n')).toEqual(refused)
    symlinkSync('/nowhere', join(place.shared, 'dangling'))
    expect(readBounded(join(place.shared, 'dangling'), 9)).toMatchObject({ missing: false })
  })

  test('in what the bundle takes, the names of a folder among it', () => {
    const path = join(place.theirs, 'history.jsonl')
    symlinkSync(join(place.outside, 'secret'), path)
    symlinkSync(place.outside, join(place.theirs, 'spool'))
    expect(inspect.text(path)).toEqual({ ...refused, why: 'other' as const })
    expect(inspect.list(join(place.theirs, 'spool'))).toEqual({ ...refused, why: 'other' as const })
    expect(inspect.stat(join(place.theirs, 'spool/secret'))).toEqual({
      ...refused,
      why: 'other' as const,
    })
    expect(inspect.stat(path)).toMatchObject({ ok: true, value: { kind: 'link' } })
  })

  test('where a daemon that runs as root writes', () => {
    const logged: string[] = []
    const log = { line: (_: string, text: string) => void logged.push(text) }
    const history = join(place.theirs, 'history.jsonl')
    symlinkSync(join(place.outside, 'secret'), history)
    createHistory({ path: history, log }).close()
    symlinkSync(place.outside, join(place.theirs, 'priority'))
    const publisher = createPublisher({ runDir: place.theirs })
    publisher.priority('secret', 250)
    publisher.retain([])
    textfileCollector.remove(join(place.theirs, 'priority/secret'))
    expect(logged).toEqual([expect.stringContaining('it is a link')])
    expect(olderHistory(history)).not.toBe(history)
  })
})

describe.skipIf(!isRoot)('a second name of a file of root’s', () => {
  test('is not read, where others may not read the file', () => {
    const path = join(place.theirs, 'override.json')
    linkSync(join(place.outside, 'secret'), path)
    before = place.sight()
    expect(readBounded(path, 4096)).toEqual({
      ...{ ok: false, missing: false, denied: false, exhausted: false },
      error: expect.stringContaining('another name'),
    })
  })

  test('is not counted in', () => {
    const spool = place.folder(join(place.theirs, 'spool'))
    linkSync(join(place.outside, 'secret'), join(spool, DROPPED))
    before = place.sight()
    for (let number = 1; number <= 1002; number += 1)
      place.file(join(spool, `${id(number)}.event`), '')
    expect(spoolEvent(place.theirs, id(1003), 'text').ok).toBe(true)
    expect(readdirSync(spool)).not.toContain(`${id(1)}.event`)
  })
})

describe.skipIf(!isRoot)('a link of root’s own is followed', () => {
  test('and one that leads nowhere is not "missing"', () => {
    const path = join(place.outside, 'link')
    symlinkSync('secret', path)
    before = place.sight()
    expect(readBounded(path, 4096)).toEqual({ ok: true, value: SECRET })
    symlinkSync('none', join(place.outside, 'dangling'))
    expect(readBounded(join(place.outside, 'dangling'), 9)).toMatchObject({ missing: false })
    before = place.sight()
  })

  test('into a folder of somebody else’s, too', () => {
    const file = place.file(join(place.theirs, 'file'), 'text')
    symlinkSync(file, join(place.outside, 'link'))
    before = place.sight()
    expect(readBounded(join(place.outside, 'link'), 9)).toEqual({ ok: true, value: 'text' })
  })

  test('and a folder of a stranger’s below somebody else’s is not', () => {
    const path = place.folder(join(place.shared, 'folder'))
    expect(writeAtomic(join(path, 'file'), 'x', { mode: 0o600, durable: false })).toEqual({
      ok: false,
      error: expect.stringContaining('belongs neither to root nor to'),
    })
    chmodSync(path, 0o755)
  })
})

/** Acts until it has gone well and been refused, and 2000 times at least. */
function race(act: (turn: number) => boolean): void {
  const seen = { well: 0, refused: 0 }
  const isOver = (turn: number) => turn >= TRIES && seen.well > 0 && seen.refused > 0
  // Nothing ends a loop from outside, so one that is never refused has an end of its own.
  for (let turn = 0; !isOver(turn) && turn < 50 * TRIES; turn += 1)
    seen[act(turn) ? 'well' : 'refused'] += 1
  expect(Math.min(seen.well, seen.refused)).toBeGreaterThan(0)
}

describe.skipIf(!isRoot)('somebody swaps folders and files for links all the time', () => {
  test(
    'while notify leaves events',
    async () => {
      await place.swap(place.folder(join(place.theirs, 'spool')), place.outside)
      race((turn) => spoolEvent(place.theirs, id(turn), 'text').ok)
    },
    TIMEOUT_MS,
  )

  test(
    'while drain and undrain give orders and take them back',
    async () => {
      const secret = join(place.outside, 'secret')
      const path = place.file(join(place.theirs, 'override.json'), '{}')
      const backend = place.folder(join(place.theirs, 'backend'))
      await place.swap(backend, place.outside)
      race(() => change(join(backend, 'secret'), encodeOverride(ORDER)).ok)
      race(() => change(join(backend, 'secret'), null).ok)
      await place.swap(path, secret)
      race(() => {
        const { text } = readOrderFile(path)
        if (text !== null) expect(text).toBe('{}')
        return text !== null
      })
    },
    TIMEOUT_MS,
  )

  test(
    'while an order is changed',
    async () => {
      const team = place.folder(join(place.shared, 'team'), 'root')
      const path = place.file(join(team, 'secret'), SECRET)
      await place.swap(team, place.outside)
      race(() => replaceText(path, SECRET, SECRET).ok)
      const order = place.file(join(place.shared, 'recdns'), 'ns1\n')
      await place.swap(order, join(place.outside, 'secret'))
      race(() => {
        const read = readBounded(order, 4096)
        if (read.ok) expect(read.value).toBe('ns1\n')
        return read.ok
      })
    },
    TIMEOUT_MS,
  )

  test(
    'while a bundle is taken, and written',
    async () => {
      const status = place.file(join(place.theirs, 'status.json'), '{}')
      const spool = place.folder(join(place.theirs, 'spool'))
      await place.swap(status, join(place.outside, 'secret'))
      await place.swap(spool, place.outside)
      race(() => {
        const [text, names] = [inspect.text(status), inspect.list(spool)]
        if (text.ok) expect(text.value).toBe('{}')
        if (names.ok) expect(names.value).not.toContain('secret')
        return text.ok
      })
      race((turn) => {
        const file = createNewFile(join(spool, `${turn}`))
        return file.ok && file.value.write(new Uint8Array(9)).ok
      })
    },
    TIMEOUT_MS,
  )

  test(
    'while configuration is rendered into a file',
    async () => {
      const conf = place.folder(join(place.theirs, 'conf'))
      const path = join(conf, 'secret')
      await place.swap(conf, place.outside)
      race((turn) => {
        const installed = readInstalled(path)
        if (installed.ok) expect(installed.value?.text ?? '').not.toBe(SECRET)
        return installText(path, `${turn}\n`, false).ok
      })
    },
    TIMEOUT_MS,
  )
})
