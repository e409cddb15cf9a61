// Files written whole or not at all, and read with a bound on what they may be.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '../ports.ts'

const LARGEST_SECRET_BYTES = 4096
const OTHERS = 0o007

export interface WriteOptions {
  /** Permission bits, whatever the umask is. */
  readonly mode: number
  /** Whose the file is; without it, whose the process is. Only root can give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Whether the file must survive a power loss: then it and its folder are synced to disk. */
  readonly durable: boolean
}

/**
 * A failed read; `missing` tells a file that is not there from one that cannot be used, and `denied`
 * one that is not for this user.
 */
export type ReadResult =
  | { readonly ok: true; readonly value: string }
  | {
      readonly ok: false
      readonly error: string
      readonly missing: boolean
      readonly denied: boolean
    }

/**
 * Replaces a file by rename: readers see the old text or the new one, never a part.
 *
 * @returns on failure a sentence with path and remedy; the file is then as it was, unless only the
 *   last sync of the folder failed
 */
export function writeAtomic(path: string, text: string, options: WriteOptions): Result<void> {
  const folder = dirname(path)
  const temporary = temporaryPath(folder)
  try {
    writeNew(temporary, text, options)
    renameSync(temporary, path)
    if (options.durable) syncFolder(folder)
    return { ok: true, value: undefined }
  } catch (error) {
    removeQuietly(temporary)
    return { ok: false, error: `cannot write ${path}: ${explain(error, folder)}` }
  }
}

/**
 * Makes a new file with this text in the folder of `path`, for a caller who links it into place.
 *
 * @returns the new file's path, which the caller removes
 */
export function writeBeside(path: string, text: string, options: WriteOptions): Result<string> {
  const temporary = temporaryPath(dirname(path))
  try {
    writeNew(temporary, text, options)
    return { ok: true, value: temporary }
  } catch (error) {
    removeQuietly(temporary)
    return { ok: false, error: `cannot write ${path}: ${explain(error, dirname(path))}` }
  }
}

/** Removes a file so that it stays removed after a power loss; one that is not there is no error. */
export function removeFile(path: string): Result<void> {
  const folder = dirname(path)
  try {
    unlinkSync(path)
    syncFolder(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { ok: true, value: undefined }
    return { ok: false, error: `cannot remove ${path}: ${explain(error, folder)}` }
  }
  return { ok: true, value: undefined }
}

/**
 * Reads a regular file of at most `maxBytes` as UTF-8; bytes that are none become U+FFFD.
 *
 * It never blocks on a FIFO and never reads more than the bound, whatever stands at the path.
 */
export function readBounded(path: string, maxBytes: number): ReadResult {
  return readFile(path, maxBytes, () => null)
}

/** Reads a secret, which nobody but its owner and group may have access to. */
export function readSecretFile(path: string): ReadResult {
  return readFile(path, LARGEST_SECRET_BYTES, ({ mode }) =>
    (mode & OTHERS) === 0 ? null : `everybody on this host may read it: chmod o= ${path}`,
  )
}

/** @param flaw why a regular file is not to be read; it looks at the very file that would be */
function readFile(
  path: string,
  maxBytes: number,
  flaw: (stats: Stats) => string | null,
): ReadResult {
  let descriptor: number
  try {
    // Without O_NONBLOCK, opening a FIFO waits until somebody writes to it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    return unreadable(path, explain(error, dirname(path)), codeOf(error))
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return unreadable(path, 'it is not a regular file: put a text file there')
    const why = flaw(stats)
    if (why !== null) return unreadable(path, why)
    const bytes = readAtMost(descriptor, maxBytes + 1)
    if (bytes.length > maxBytes)
      return unreadable(path, `it is larger than ${maxBytes} bytes: shorten or replace it`)
    return { ok: true, value: new TextDecoder().decode(bytes) }
  } catch (error) {
    return unreadable(path, explain(error, dirname(path)), codeOf(error))
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Removes the temporary files that a crashed process left in a folder; those of living ones stay.
 *
 * @returns how many were removed; a folder that cannot be read counts as empty
 */
export function sweepTemporaries(folder: string): number {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return 0
  }
  let removed = 0
  for (const name of names) {
    const match = TEMPORARY.exec(name)
    if (match === null || (Number(match[1]) !== process.pid && isAlive(Number(match[1])))) continue
    if (removeQuietly(join(folder, name))) removed += 1
  }
  return removed
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
    const stats = wanted === 'file' ? lstatSync(path) : followed(path)
    if (wanted === 'file' ? stats.isFile() : stats.isDirectory()) return null
    const aside = `${path}.aside-${randomHex(4)}`
    renameSync(path, aside)
    return aside
  } catch {
    return null
  }
}

/** A link that leads nowhere is looked at itself. */
function followed(path: string): ReturnType<typeof lstatSync> & object {
  return statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path)
}

const TEMPORARY = /^\.holdfast-(\d{1,10})-[0-9a-f]{24}\.tmp$/

/**
 * The name cannot be guessed, so that nobody else can put a link there first. The global `crypto`
 * has the same source as node:crypto, whose loading would cost `check` 4 ms and 5 MB.
 */
function temporaryPath(folder: string): string {
  return join(folder, `.holdfast-${process.pid}-${randomHex(12)}.tmp`)
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}

function writeNew(path: string, text: string, options: WriteOptions): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, options.mode)
  try {
    // Before the mode, which a change of owner may take bits from.
    if (options.owner !== undefined) fchownSync(descriptor, options.owner.uid, options.owner.gid)
    fchmodSync(descriptor, options.mode)
    writeFileSync(descriptor, text)
    if (options.durable) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A rename survives a power loss only once the folder itself has been synced. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readAtMost(descriptor: number, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = []
  let total = 0
  while (total < maxBytes) {
    const chunk = new Uint8Array(Math.min(65_536, maxBytes - total))
    const length = readSync(descriptor, chunk, 0, chunk.length, null)
    if (length === 0) break
    chunks.push(chunk.subarray(0, length))
    total += length
  }
  const bytes = new Uint8Array(total)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

function unreadable(path: string, why: string, code?: string): ReadResult {
  const denied = code === 'EACCES' || code === 'EPERM'
  return { ok: false, error: `cannot read ${path}: ${why}`, missing: code === 'ENOENT', denied }
}

function removeQuietly(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
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

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** What the system refused, with what to do about it. */
function explain(error: unknown, folder: string): string {
  const code = codeOf(error)
  switch (code) {
    case 'ENOENT':
      return `there is no such file or folder: see that ${folder} exists`
    case 'EACCES':
    case 'EPERM':
      return `permission denied: see who owns ${folder} and as which user holdfast runs`
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk is full: make room under ${folder}`
    case 'EROFS':
      return `the file system is read-only: remount the one that holds ${folder}`
    case 'EISDIR':
      return 'a folder stands at that path: move it away'
    case 'ENOTDIR':
      return `a part of the path is not a folder: see what stands at ${folder}`
    case 'ELOOP':
      return 'its symbolic links lead in a circle: mend them'
    case 'EMFILE':
    case 'ENFILE':
      return 'there are too many open files: raise the limit (LimitNOFILE= in the unit)'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
