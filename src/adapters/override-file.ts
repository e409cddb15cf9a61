// The file that holds an operator's decision, so that it survives restart, reboot and crash.
import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Override } from '../core/override.ts'
import {
  corruptOverride,
  decodeOverride,
  encodeOverride,
  sameOrder,
} from '../documents/override-document.ts'
import { overrideText } from '../documents/text.ts'
import type { Result } from '../ports.ts'
import { type ReadResult, readBounded, readBoundedIn, removeIn, replaceIn } from './atomic-file.ts'
import { explain } from './file-error.ts'
import { inFolderOf } from './folder.ts'
import { acquireLockIn } from './lock.ts'
import { whoMayWrite } from './permission.ts'

const MAX_BYTES = 64 * 1024
/** Whoever holds the lock writes one file, and is gone. */
const BUSY_LIMIT_MS = 5000
const BUSY_LOOK_MS = 10

export interface OrderFile {
  readonly override: Override | null
  /** null where nothing stands, or nothing that can be read. */
  readonly text: string | null
}

/**
 * What stands at `path`; there is no order only where there is nothing at all.
 *
 * Whatever else stands there, readable or not, a link to nowhere included, counts as an order to
 * drain (see `corrupt`).
 *
 * @param known what was read before, which stands while this process can open nothing at all
 */
export function readOrderFile(path: string, known?: Override | null): OrderFile {
  return orderOf(path, readBounded(path, MAX_BYTES), known)
}

function orderOf(path: string, file: ReadResult, known?: Override | null): OrderFile {
  if (file.ok)
    return { text: file.value, override: decodeOverride(file.value, placedAt(path)?.wallMs ?? 0) }
  if (file.exhausted && known !== undefined) return { text: null, override: known }
  const placed = placedAt(path)
  if (file.missing && placed === null) return { text: null, override: null }
  // It came in between.
  if (file.missing && placed?.leadsTo === null) return readOrderFile(path, known)
  const why = file.missing ? `cannot read ${path}: it links to nowhere` : file.error
  const what = `${placed?.leadsTo ?? ''} ${why}`
  return { text: null, override: corruptOverride(why, placed?.wallMs ?? 0, what) }
}

/** The order alone (see `readOrderFile`). */
export function readOverride(path: string): Override | null {
  return readOrderFile(path).override
}

/** Reads the order again and again: what it read last stands while this process can open nothing. */
export function createOrderReader(path: string): () => Override | null {
  let known: Override | null | undefined
  return () => {
    known = readOrderFile(path, known).override
    return known
  }
}

/** Whether an order could be written at `path`; an error says who may. */
export function mayOverride(path: string): Result<void> {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK)
    return { ok: true, value: undefined }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `cannot write ${path}: ${why}${whoMayWrite(path)}` }
  }
}

/** Why an order stayed as it was: somebody changes it at this moment, or another one stands there. */
export type Swap = Result<void> & { readonly isBusy?: boolean }

/** An order as somebody has read it; with its text if that must be the same, to the letter. */
export type SeenOrder = Pick<OrderFile, 'override'> & Partial<OrderFile>

/**
 * Puts a text in the place of an order, or null for none, so that it survives a power loss.
 *
 * @param seen what must still stand there: any other order, and the lack of one, is left as it is
 */
export function swapOrder(path: string, seen: SeenOrder, text: string | null): Swap {
  const refuse = (why: string, isBusy = false): Swap => ({
    ok: false,
    isBusy,
    error: `cannot write ${path}: ${why}${whoMayWrite(path)}`,
  })
  try {
    // Open for as long as it lasts: whoever moves the folder meanwhile divides nothing.
    return inFolderOf(path, (folder, name) => {
      const lock = acquireLockIn(folder, `${name}.lock`)
      if (!lock.ok && lock.holder !== undefined)
        return refuse(`process ${lock.holder} is changing it`, true)
      if (!lock.ok) return refuse(lock.error)
      try {
        const found = orderOf(path, readBoundedIn(folder, name, MAX_BYTES))
        if (!isSame(seen, found))
          return { ok: false, error: meanwhileText(found.override, seen.override) }
        if (text === null) removeIn(folder, name)
        else replaceIn(folder, name, text, { mode: 0o644, durable: true, owner: 'folder' })
        return { ok: true, value: undefined }
      } finally {
        lock.value.release()
      }
    })
  } catch (error) {
    return refuse(explain(error, dirname(path)))
  }
}

function isSame(seen: SeenOrder, found: OrderFile): boolean {
  if (typeof seen.text === 'string') return seen.text === found.text
  return (seen.text !== null || found.text === null) && sameOrder(seen.override, found.override)
}

/** What has become of a drain of one's own: who came between, or that it is over. */
function meanwhileText(found: Override | null, mine: Override | null): string {
  if (found !== null) return `another drain replaced this one: ${overrideText(found)}`
  return (mine?.untilWallMs ?? null) === null
    ? 'drain was ended by someone else'
    : 'drain has expired or was ended by someone else'
}

/** What one command may change: the order that it has read, and then those that it wrote itself. */
export interface OrderHold {
  /** @param undo see `encodeOverride` */
  write(override: Override, undo?: string | null): Promise<Result<void>>
  /** Whose order stands there that is not this one's, or null. */
  meanwhile(): string | null
  /** Puts back a text that stood there before, or null for nothing. */
  putBack(text: string | null): Promise<Result<void>>
}

/** Does what `swapOrder` does, be it on another thread. */
export type SwapOrder = (...of: Parameters<typeof swapOrder>) => Swap | Promise<Swap>

/** Waits while somebody else changes the order, and then goes by what stands there. */
export function holdOrder(path: string, seen: SeenOrder, swap: SwapOrder = swapOrder): OrderHold {
  let mine = seen

  async function put(text: string | null): Promise<Result<void>> {
    const endMs = performance.now() + BUSY_LIMIT_MS
    let done = await swap(path, mine, text)
    while (done.isBusy === true && performance.now() < endMs) {
      await sleep(BUSY_LOOK_MS)
      done = await swap(path, mine, text)
    }
    // A failure may leave the new text in place, where only the last sync has failed.
    const now = done.ok ? null : readOrderFile(path)
    const isThere = now === null || (now.text === text && (text !== null || now.override === null))
    if (isThere) mine = { text, override: text === null ? null : decodeOverride(text, 0) }
    return done
  }

  return {
    write: (override, undo) => put(encodeOverride(override, undo)),
    putBack: put,
    meanwhile() {
      const found = readOrderFile(path)
      return isSame(mine, found) ? null : meanwhileText(found.override, mine.override)
    },
  }
}

/** The same on each look, so that a file that stays corrupt is not a new order every time. */
function placedAt(
  path: string,
): { readonly wallMs: number; readonly leadsTo: string | null } | null {
  try {
    const stats = lstatSync(path)
    return {
      wallMs: Math.trunc(stats.mtimeMs),
      leadsTo: stats.isSymbolicLink() ? readlinkSync(path) : null,
    }
  } catch {
    return null
  }
}
