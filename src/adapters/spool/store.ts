// The daemon's side of the spool: finds events, removes them, keeps a reserve and a journal.
import { statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { MAX_EVENT_BYTES } from '../../documents/spooled-event.ts'
import type { Log, Result, Spool } from '../../ports.ts'
import {
  readBounded,
  readIn,
  removeQuietly,
  removeTemporaries,
  replaceIn,
  writeAtomic,
} from '../atomic-file.ts'
import { codeOf, explain } from '../file-error.ts'
import { type Folder, inFolder } from '../folder.ts'
import {
  DROPPED,
  eventFile,
  listEvents,
  MAX_EVENTS,
  makeSpoolFolder,
  RESERVES,
  reserveName,
  spoolEvent,
  spoolFolder,
  trimSpool,
} from '../spool.ts'

const SETTLE_MS = 20
const POLL_MS = 2000
/** A thousand events on a few channels. */
const JOURNAL_LIMIT_BYTES = 1 << 20
const JOURNAL_RESERVE_BYTES = 1 << 16
const JOURNAL = 'notify.json'
const JOURNAL_RESERVE = '.notify-reserve'

export interface SpoolOptions {
  readonly stateDir: string
  readonly log: Log
  readonly pollMs?: number
}

/** The spool as whoever waits for the disk has it. */
export type DiskSpool = {
  readonly [Method in keyof Spool]: (
    ...args: Parameters<Spool[Method]>
  ) => Awaited<ReturnType<Spool[Method]>>
}

/** The spool in `stateDir`/spool, and the journal beside it. */
export function createSpool({ stateDir, log, pollMs = POLL_MS }: SpoolOptions): DiskSpool {
  const folder = spoolFolder(stateDir)
  const journal = join(stateDir, JOURNAL)
  const known = new Set<string>()
  const complained = new Set<string>()

  function complain(id: string, text: string): void {
    if (!complained.has(id)) log.line('error', text)
    complained.add(id)
  }

  function read(open: Folder, id: string): string | null {
    try {
      return readIn(open, eventFile(id), MAX_EVENT_BYTES).text
    } catch (error) {
      const why = `cannot read ${join(folder, eventFile(id))}: ${explain(error, folder)}`
      if (codeOf(error) !== 'ENOENT') complain(id, `an event waits unread: ${why}`)
      return null
    }
  }

  function findNew(open: Folder): { id: string; text: string }[] {
    trimSpool(open, MAX_EVENTS)
    const ids = listEvents(open)
    const present = new Set(ids)
    for (const id of known) if (!present.has(id)) known.delete(id)
    const found: { id: string; text: string }[] = []
    for (const id of ids) {
      const text = known.has(id) ? null : read(open, id)
      if (text === null) continue
      known.add(id)
      found.push({ id, text })
    }
    return found
  }

  function removeEvents(open: Folder, ids: readonly string[]): void {
    for (const id of ids) {
      known.delete(id)
      if (removeQuietly(open, eventFile(id))) continue
      known.add(id)
      complain(id, `cannot remove ${join(folder, eventFile(id))}: see who owns ${folder}`)
    }
  }

  /** Without the folder there is nothing to do in it; it is made anew if it can be. */
  function within<T>(act: (open: Folder) => T, otherwise: T): T {
    try {
      return inFolder(folder, act)
    } catch (error) {
      if (!makeSpoolFolder(folder))
        complain('', `cannot read the spool ${folder}: ${explain(error, folder)}`)
      return otherwise
    }
  }

  return {
    add: (id, text) => spoolEvent(stateDir, id, text),
    scan: () => within(findNew, []),
    remove: (ids) => within((open) => removeEvents(open, ids), undefined),
    takeLost: () => within(takeLost, 0),
    watch: (onChange) => watchFolder(folder, pollMs, onChange),
    readJournal() {
      const text = readBounded(journal, JOURNAL_LIMIT_BYTES)
      if (!text.ok && !text.missing) log.line('warn', text.error)
      return text.ok ? text.value : ''
    },
    writeJournal: (text) => writeJournal(stateDir, text),
  }
}

/** Renamed first, so that nothing is counted between looking and removing. */
function takeLost(folder: Folder): number {
  const taken = `.${DROPPED}`
  try {
    folder.rename(DROPPED, taken)
    const size = folder.look(taken)?.size ?? 0
    folder.remove(taken)
    return size
  } catch {
    return 0
  }
}

/** On a full disk the journal takes the room that was kept for it. */
function writeJournal(stateDir: string, text: string): Result<void> {
  const path = join(stateDir, JOURNAL)
  const options = { mode: 0o600, durable: true } as const
  const first = writeAtomic(path, text, options)
  try {
    return inFolder(stateDir, (folder) => {
      if (first.ok) keepReserve(folder, JOURNAL_RESERVE, JOURNAL_RESERVE_BYTES, 0o600)
      else if (folder.look(JOURNAL_RESERVE) !== null) {
        removeQuietly(folder, JOURNAL_RESERVE)
        return writeAtomic(path, text, options)
      }
      return first
    })
  } catch {
    return first
  }
}

/** Makes one of those that are missing: each costs a sync to disk. */
function keepReserves(folder: Folder): void {
  for (let index = 0; index < RESERVES; index += 1)
    if (keepReserve(folder, reserveName(index), MAX_EVENT_BYTES, 0o660)) return
}

/**
 * Blanks that are really on the disk: a hole in a file would need room when it is filled.
 *
 * @returns whether they were missing; throws what the system says
 */
function keepReserve(folder: Folder, name: string, bytes: number, mode: number): boolean {
  if (folder.look(name) !== null) return false
  replaceIn(folder, name, ' '.repeat(bytes), { mode, durable: true })
  return true
}

/** Follows the folder, and makes it anew when it has gone. A poll mends what no event tells. */
function watchFolder(folder: string, pollMs: number, onChange: () => void): () => void {
  let watcher: ReturnType<typeof watch> | null = null
  let watched = ''
  let settling: ReturnType<typeof setTimeout> | undefined
  const settle = () => {
    settling ??= setTimeout(() => {
      settling = undefined
      onChange()
    }, SETTLE_MS)
  }
  const renew = () => {
    makeSpoolFolder(folder)
    const identity = identityOf(folder)
    if (identity === watched && watcher !== null) return
    watcher?.close()
    watcher = null
    watched = identity
    try {
      watcher = watch(folder, { persistent: false }, settle)
      watcher.on('error', () => {
        watched = ''
      })
    } catch {
      // No watch to be had: the poll does it alone.
    }
  }
  renew()
  removeTemporaries(folder)
  upkeepIn(folder)
  const poll = setInterval(() => {
    renew()
    upkeepIn(folder)
    onChange()
  }, pollMs)
  return () => {
    clearInterval(poll)
    clearTimeout(settling)
    watcher?.close()
  }
}

/** Empty where nothing can be looked at: a part of the path may be no folder, or not for us. */
function identityOf(path: string): string {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return ''
  }
}

/** A full disk has none to give. */
function upkeepIn(path: string): void {
  try {
    inFolder(path, keepReserves)
  } catch {
    // What is missing is said by those who need it.
  }
}
