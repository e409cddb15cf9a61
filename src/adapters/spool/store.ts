// The daemon's side of the spool: finds events, removes them, keeps a reserve and a journal.
import { lstatSync, renameSync, type Stats, statSync, unlinkSync, watch } from 'node:fs'
import { join } from 'node:path'
import { MOST_EVENT_BYTES } from '../../notify/event.ts'
import type { Log, Result, Spool } from '../../ports.ts'
import { readBounded, sweepTemporaries, writeAtomic } from '../atomic-file.ts'
import {
  DROPPED,
  eventFile,
  listEvents,
  MOST_EVENTS,
  RESERVES,
  reservePath,
  spoolEvent,
  spoolFolder,
  trimSpool,
} from '../spool.ts'
import { makeSpoolFolder } from './folder.ts'

const SETTLE_MS = 20
const POLL_MS = 2000
/** A thousand events on a few channels. */
const JOURNAL_LIMIT_BYTES = 1 << 20
const JOURNAL_RESERVE_BYTES = 1 << 16

export interface SpoolOptions {
  readonly stateDir: string
  readonly log: Log
  readonly pollMs?: number
}

/** The spool in `stateDir`/spool, and the journal beside it. */
export function createSpool({ stateDir, log, pollMs = POLL_MS }: SpoolOptions): Spool {
  const folder = spoolFolder(stateDir)
  const journal = join(stateDir, 'notify.json')
  const journalReserve = join(stateDir, '.notify-reserve')
  const known = new Set<string>()
  const complained = new Set<string>()

  function complain(id: string, text: string): void {
    if (!complained.has(id)) log.line('error', text)
    complained.add(id)
  }

  function read(id: string): string | null {
    const path = join(folder, eventFile(id))
    const stats = factsOf(path, lstatSync)
    if (stats === undefined) return null
    if (!stats.isFile()) {
      complain(id, `${path} is no event: it is not a regular file; remove it`)
      return null
    }
    const text = readBounded(path, MOST_EVENT_BYTES)
    if (text.ok) return text.value
    if (!text.missing) complain(id, `an event waits unread: ${text.error}`)
    return null
  }

  function list(): string[] {
    try {
      return listEvents(folder)
    } catch (error) {
      if (!makeSpoolFolder(folder))
        complain('', `cannot read the spool ${folder}: ${(error as Error).message}`)
      return []
    }
  }

  return {
    add: (id, text) => spoolEvent(stateDir, id, text),
    scan() {
      trimSpool(folder, MOST_EVENTS)
      const ids = list()
      const present = new Set(ids)
      for (const id of known) if (!present.has(id)) known.delete(id)
      const found: { id: string; text: string }[] = []
      for (const id of ids) {
        const text = known.has(id) ? null : read(id)
        if (text === null) continue
        known.add(id)
        found.push({ id, text })
      }
      return found
    },
    remove(ids) {
      for (const id of ids) {
        known.delete(id)
        if (removeQuietly(join(folder, eventFile(id)))) continue
        known.add(id)
        complain(id, `cannot remove ${join(folder, eventFile(id))}: see who owns ${folder}`)
      }
    },
    takeLost: () => takeLost(folder),
    watch: (onChange) => watchFolder(folder, pollMs, onChange, () => keepReserves(folder)),
    readJournal() {
      const text = readBounded(journal, JOURNAL_LIMIT_BYTES)
      if (!text.ok && !text.missing) log.line('warn', text.error)
      return text.ok ? text.value : ''
    },
    writeJournal: (text) => writeJournal(journal, journalReserve, text),
  }
}

/** Undefined where nothing can be looked at: a part of the path may be no folder, or not for us. */
function factsOf(path: string, look: typeof lstatSync | typeof statSync): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** An event that is gone already need not be removed. */
function removeQuietly(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** Renamed first, so that nothing is counted between looking and removing. */
function takeLost(folder: string): number {
  const taken = join(folder, `.${DROPPED}`)
  try {
    renameSync(join(folder, DROPPED), taken)
    const { size } = statSync(taken)
    unlinkSync(taken)
    return size
  } catch {
    return 0
  }
}

/** On a full disk the journal takes the room that was kept for it. */
function writeJournal(path: string, reserve: string, text: string): Result<void> {
  const options = { mode: 0o600, durable: true } as const
  const first = writeAtomic(path, text, options)
  if (!first.ok) {
    if (factsOf(reserve, lstatSync) === undefined) return first
    removeQuietly(reserve)
    return writeAtomic(path, text, options)
  }
  keepReserve(reserve, JOURNAL_RESERVE_BYTES, 0o600)
  return first
}

/** Makes one of those that are missing: each costs a sync to disk, for which the daemon stands still. */
function keepReserves(folder: string): void {
  for (let index = 0; index < RESERVES; index += 1) {
    const path = reservePath(folder, index)
    if (factsOf(path, lstatSync) !== undefined) continue
    keepReserve(path, MOST_EVENT_BYTES, 0o660)
    return
  }
}

/** Blanks that are really on the disk: a hole in a file would need room when it is filled. */
function keepReserve(path: string, bytes: number, mode: number): boolean {
  if (factsOf(path, lstatSync) !== undefined) return true
  return writeAtomic(path, ' '.repeat(bytes), { mode, durable: true }).ok
}

/** Follows the folder, and makes it anew when it has gone. A poll mends what no event tells. */
function watchFolder(
  folder: string,
  pollMs: number,
  onChange: () => void,
  upkeep: () => void,
): () => void {
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
    const stats = factsOf(folder, statSync)
    const identity = stats === undefined ? '' : `${stats.dev}:${stats.ino}`
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
  sweepTemporaries(folder)
  upkeep()
  const poll = setInterval(() => {
    renew()
    upkeep()
    onChange()
  }, pollMs)
  return () => {
    clearInterval(poll)
    clearTimeout(settling)
    watcher?.close()
  }
}
