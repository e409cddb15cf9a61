// A lock file that names its holder and dies with it. Shared by adapters.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { createTemporary, readBounded, removeQuietly } from './atomic-file.ts'
import { readBootId } from './boot-id.ts'
import { codeOf, explain } from './file-error.ts'
import { type Folder, inFolderOf } from './folder.ts'
import { readKernelFile } from './kernel-file.ts'

export interface Lock {
  /** Whether the file is still there and ours: its folder may be removed under us. */
  isHeld(): boolean
  /** Gives the lock up; a lock that is no longer ours is left alone. */
  release(): void
}

/** A lock, or why there is none; `holder` is the process that has it. */
export type LockResult =
  | { readonly ok: true; readonly value: Lock }
  | { readonly ok: false; readonly error: string; readonly holder?: number }

/** A process for good: pids are used again, and a boot starts them anew. */
interface Holder {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the process's start. */
  readonly startTicks: string
  readonly bootId: string
}

const MAX_LOCK_BYTES = 4096
/** Others may come and go while we look; more than this many times in a row is no chance. */
const ATTEMPTS = 20
/** A takeover may itself have been left by a dead process, and so may its takeover. */
const DEEPEST_TAKEOVER = 3

/**
 * Takes the lock at `path`, or says which process holds it.
 *
 * Whole lock files are linked into place, so exactly one of many starters succeeds. A stale one (a
 * dead process, another boot, garbage) is replaced only by the holder of a second lock that is named
 * after the stale text: while it is held nobody else may replace that text, and a dead holder's text
 * never comes back, so a living holder's lock cannot be taken by mistake.
 */
export function acquireLock(path: string): LockResult {
  return acquire(path, 0)
}

function acquire(path: string, depth: number): LockResult {
  try {
    return inFolderOf(path, (folder, name) => acquireIn(folder, name, path, depth))
  } catch (error) {
    return { ok: false, error: `cannot lock ${path}: ${explain(error, dirname(path))}` }
  }
}

function acquireIn(folder: Folder, name: string, path: string, depth: number): LockResult {
  const text = encodeHolder(describe(process.pid))
  const temporary = createTemporary(folder, text, { mode: 0o644, durable: false })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (link(folder, temporary, name)) return { ok: true, value: lockOf(path, text) }
      const present = readBounded(path, MAX_LOCK_BYTES)
      if (!present.ok && present.missing) continue
      if (!present.ok) return { ok: false, error: `cannot lock ${path}: ${present.error}` }
      const holder = decodeHolder(present.value)
      if (holder !== null && isAlive(holder)) return heldBy(path, holder.pid)
      const taken = takeOver(path, present.value, () => folder.rename(temporary, name), depth)
      if (typeof taken !== 'boolean') return taken
      if (taken) return { ok: true, value: lockOf(path, text) }
    }
    return { ok: false, error: `cannot lock ${path}: other processes keep taking it; try again` }
  } finally {
    removeQuietly(folder, temporary)
  }
}

/** @returns whether the stale text was replaced; false when it was gone already */
function takeOver(
  path: string,
  stale: string,
  replace: () => void,
  depth: number,
): boolean | Exclude<LockResult, { ok: true }> {
  if (depth >= DEEPEST_TAKEOVER)
    return { ok: false, error: `cannot lock ${path}: remove it and the files beside it by hand` }
  const right = acquire(`${path}.${fingerprint(stale)}`, depth + 1)
  if (!right.ok) return right
  try {
    const present = readBounded(path, MAX_LOCK_BYTES)
    if (!present.ok || present.value !== stale) return false
    replace()
    return true
  } finally {
    right.value.release()
  }
}

function lockOf(path: string, text: string): Lock {
  const isHeld = () => {
    const present = readBounded(path, MAX_LOCK_BYTES)
    return present.ok && present.value === text
  }
  return {
    isHeld,
    release() {
      if (isHeld()) remove(path)
    },
  }
}

function heldBy(path: string, pid: number): LockResult {
  return {
    ok: false,
    holder: pid,
    error: `${path} is held by process ${pid}: stop that one first, or give this one a folder of its own (paths.run_dir)`,
  }
}

/** @returns whether the name was free */
function link(folder: Folder, from: string, to: string): boolean {
  try {
    folder.link(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** What is gone already, or not ours to remove, is found stale by the next starter. */
function remove(path: string): void {
  try {
    inFolderOf(path, removeQuietly)
  } catch {
    // The folder has gone, and the lock with it.
  }
}

function encodeHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`
}

function decodeHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Holder, unknown>> | null
    const { pid, startTicks, bootId } = value ?? {}
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
    if (typeof startTicks !== 'string' || typeof bootId !== 'string') return null
    return { pid, startTicks, bootId }
  } catch {
    return null
  }
}

function describe(pid: number): Holder {
  return { pid, startTicks: processStat(pid)?.startTicks ?? '', bootId: readBootId() }
}

function isAlive(holder: Holder): boolean {
  if (holder.bootId !== readBootId()) return false
  const stat = processStat(holder.pid)
  if (stat !== null) return stat.startTicks === holder.startTicks && !stat.dead
  try {
    // A /proc mounted with hidepid shows no other users' processes; a signal still tells.
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A zombie holds nothing any more. */
function processStat(pid: number): { startTicks: string; dead: boolean } | null {
  let text: string
  try {
    text = readKernelFile(`/proc/${pid}/stat`)
  } catch {
    return null
  }
  // The second field is the program's name in parentheses and may hold anything, spaces as well.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  if (state === undefined || startTicks === undefined) return null
  return { startTicks, dead: state === 'Z' || state === 'X' }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
