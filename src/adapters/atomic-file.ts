// Files written whole or not at all, and read with a bound on what they may be.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  readSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '../ports.ts'
import { attempt, codeOf, explain, isExhausted, Refusal } from './file-error.ts'
import { type Folder, inFolder, inFolderOf, type Owner, ownerOf } from './folder.ts'

const MAX_SECRET_BYTES = 4096
const OTHERS = 0o007

export interface WriteOptions {
  /** Permission bits, whatever the umask is. */
  readonly mode: number
  /**
   * Whose the file is, 'folder' for whose its folder is; without it, whose the process is. Only root
   * can give files away.
   */
  readonly owner?: Owner | 'folder'
  /** Whether the file must survive a power loss: then it and its folder are synced to disk. */
  readonly durable: boolean
}

/**
 * A failed read; `missing` tells a file that is not there from one that cannot be used, `denied` one
 * that is not for this user, and `exhausted` that nothing can be opened now, whatever stands there.
 */
export type ReadResult =
  | { readonly ok: true; readonly value: string }
  | {
      readonly ok: false
      readonly error: string
      readonly missing: boolean
      readonly denied: boolean
      readonly exhausted: boolean
    }

/**
 * Replaces a file by rename: readers see the old text or the new one, never a part.
 *
 * @returns on failure a sentence with path and remedy; the file is then as it was, unless only the
 *   last sync of the folder failed
 */
export function writeAtomic(path: string, text: string, options: WriteOptions): Result<void> {
  return attempt('write', path, () =>
    inFolderOf(path, (folder, name) => replaceIn(folder, name, text, options)),
  )
}

/** The same in a folder that is open already. Throws what the system says. */
export function replaceIn(folder: Folder, name: string, text: string, options: WriteOptions): void {
  const temporary = createTemporary(folder, text, options)
  try {
    folder.rename(temporary, name)
  } catch (error) {
    removeQuietly(folder, temporary)
    throw error
  }
  if (options.durable) folder.sync()
}

/**
 * Makes a file of a temporary name with this text, for a caller who gives it a name and removes it.
 * Throws what the system says; nothing is left behind then.
 */
export function createTemporary(folder: Folder, text: string, options: WriteOptions): string {
  const name = temporaryName()
  const descriptor = folder.create(name, constants.O_WRONLY, options.mode)
  try {
    const owner = options.owner === 'folder' ? ownerOf(folder) : options.owner
    // Before the mode, which a change of owner may take bits from.
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid)
    fchmodSync(descriptor, options.mode)
    writeFileSync(descriptor, text)
    if (options.durable) fsyncSync(descriptor)
    return name
  } catch (error) {
    removeQuietly(folder, name)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** Removes a file so that it stays removed after a power loss; one that is not there is no error. */
export function removeFile(path: string): Result<void> {
  return attempt('remove', path, () => inFolderOf(path, removeIn))
}

/** The same in a folder that is open already. Throws what the system says. */
export function removeIn(folder: Folder, name: string): void {
  try {
    folder.remove(name)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  folder.sync()
}

/**
 * Reads a regular file of at most `maxBytes` as UTF-8; bytes that are none become U+FFFD.
 *
 * It never blocks on a FIFO and never reads more than the bound, whatever stands at the path.
 *
 * @param flaw why a file is not to be read; it looks at the very file that would be
 */
export function readBounded(
  path: string,
  maxBytes: number,
  flaw: (stats: Stats) => string | null = () => null,
): ReadResult {
  return reading(path, (folder, name) => ({
    ok: true,
    value: readIn(folder, name, maxBytes, flaw).text,
  }))
}

/** The same in a folder that is open already. */
export function readBoundedIn(folder: Folder, name: string, maxBytes: number): ReadResult {
  const path = join(folder.path, name)
  // Where nobody else can put a link, one leads on as it does for everybody.
  if (!folder.isShared) return readBounded(path, maxBytes)
  try {
    return { ok: true, value: readIn(folder, name, maxBytes).text }
  } catch (error) {
    return unreadable(path, error)
  }
}

/** Reads the last `maxBytes` of a regular file; `isCut` tells whether something stands before them. */
export function readEnd(
  path: string,
  maxBytes: number,
): (ReadResult & { ok: false }) | { readonly ok: true; value: string; isCut: boolean } {
  return reading(path, (folder, name) => {
    const descriptor = folder.open(name, constants.O_RDONLY)
    try {
      const from = Math.max(0, fstatSync(descriptor).size - maxBytes)
      const bytes = readAtMost(descriptor, maxBytes, from)
      return { ok: true, value: new TextDecoder().decode(bytes), isCut: from > 0 }
    } finally {
      closeSync(descriptor)
    }
  })
}

function reading<T extends { readonly ok: true }>(
  path: string,
  read: (folder: Folder, name: string) => T,
): T | (ReadResult & { ok: false }) {
  try {
    return inFolderOf(path, read, { follow: true })
  } catch (error) {
    return unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): ReadResult & { ok: false } {
  const code = codeOf(error)
  return {
    ok: false,
    error: `cannot read ${path}: ${explain(error, dirname(path))}`,
    missing: code === 'ENOENT',
    denied: code === 'EACCES' || code === 'EPERM',
    exhausted: isExhausted(error),
  }
}

/** Reads a secret, which nobody but its owner and group may have access to. */
export function readSecretFile(path: string): ReadResult {
  return readBounded(path, MAX_SECRET_BYTES, ({ mode }) =>
    (mode & OTHERS) === 0 ? null : `everybody on this host may read it: chmod o= ${path}`,
  )
}

/** Reads a regular file with what it is. Throws what the system says. */
export function readIn(
  folder: Folder,
  name: string,
  maxBytes: number,
  flaw: (stats: Stats) => string | null = () => null,
): { readonly text: string; readonly stats: Stats } {
  const descriptor = folder.open(name, constants.O_RDONLY)
  try {
    const stats = fstatSync(descriptor)
    const why = flaw(stats)
    if (why !== null) throw new Refusal(why)
    const bytes = readAtMost(descriptor, maxBytes + 1)
    if (bytes.length > maxBytes)
      throw new Refusal(`it is larger than ${maxBytes} bytes: shorten or replace it`)
    return { text: new TextDecoder().decode(bytes), stats }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Removes the temporary files that a crashed process left in a folder; those of living ones stay.
 *
 * @returns how many were removed; a folder that cannot be read counts as empty
 */
export function removeTemporaries(path: string): number {
  try {
    return inFolder(path, (folder) => {
      const dead = folder.names().filter((name) => {
        const pid = Number(TEMPORARY.exec(name)?.[1] ?? process.pid)
        return TEMPORARY.test(name) && (pid === process.pid || !isAlive(pid))
      })
      return dead.filter((name) => removeQuietly(folder, name)).length
    })
  } catch {
    return 0
  }
}

/**
 * Renames whatever stands at `path` unless it is what belongs there. Nothing is deleted: it may be
 * somebody's, and it is only in the way.
 *
 * @param wanted a symbolic link to a folder counts as one; one to a file does not, for a file is
 *   replaced whole and must not lead elsewhere
 * @returns its new path, or null when nothing was in the way or it cannot be moved
 */
export function moveObstacle(path: string, wanted: 'file' | 'folder'): string | null {
  try {
    return inFolderOf(path, (folder, name) => {
      const stats = folder.look(name)
      const isWanted = wanted === 'file' ? stats?.isFile() : stats?.isDirectory()
      if (isWanted !== false || (wanted === 'folder' && leadsToFolder(path))) return null
      const aside = `${name}.aside-${randomHex(4)}`
      folder.rename(name, aside)
      return `${path}${aside.slice(name.length)}`
    })
  } catch {
    return null
  }
}

function leadsToFolder(path: string): boolean {
  try {
    return inFolder(path, () => true)
  } catch {
    return false
  }
}

const TEMPORARY = /^\.holdfast-(\d{1,10})-[0-9a-f]{24}\.tmp$/

/**
 * The name cannot be guessed, so that nobody else can put a link there first. The global `crypto`
 * has the same source as node:crypto, whose loading would cost `check` 4 ms and 5 MB.
 */
export function temporaryName(): string {
  return `.holdfast-${process.pid}-${randomHex(12)}.tmp`
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}

function readAtMost(descriptor: number, maxBytes: number, from = 0): Uint8Array {
  const chunks: Uint8Array[] = []
  let total = 0
  while (total < maxBytes) {
    const chunk = new Uint8Array(Math.min(65_536, maxBytes - total))
    const length = readSync(descriptor, chunk, 0, chunk.length, from + total)
    if (length === 0) break
    chunks.push(chunk.subarray(0, length))
    total += length
  }
  return Buffer.concat(chunks)
}

/** @returns whether it has gone */
export function removeQuietly(folder: Folder, name: string): boolean {
  try {
    folder.remove(name)
    return true
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
