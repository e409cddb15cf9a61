// A lock file that names its holder and dies with it. Shared by adapters.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { createTemporary, readIn, removeQuietly } from './atomic-file.ts'
import { codeOf, explain, isExhausted } from './file-error.ts'
import { type Folder, inFolderOf } from './folder.ts'
import { type KernelPath, readBootId, readKernelFile } from './kernel-file.ts'

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

/**
 * A thread for good: pids are used again, and a boot starts them anew. The daemon outlives its thread
 * for the disk, so that to name the process would not do.
 */
interface Holder {
  readonly pid: number
  /** Left out for a process's first thread, whose number is the process's. */
  readonly tid?: number
  /** Field 22 of /proc/PID/task/TID/stat: clock ticks from boot to the thread's start. */
  readonly startTicks: string
  readonly bootId: string
}

const MAX_LOCK_BYTES = 4096
/** Others may come and go while we look; more than this many times in a row is no chance. */
const ATTEMPTS = 20
/** A takeover may itself have been left by a dead process, and so may its takeover. */
const MAX_TAKEOVER = 3

/**
 * Takes the lock at `path`, or says which process holds it.
 *
 * Whole lock files are linked into place, so exactly one of many starters succeeds. A stale one (a
 * dead process or thread, another boot, garbage) is replaced only by the holder of a second lock that is named
 * after the stale text: while it is held nobody else may replace that text, and a dead holder's text
 * never comes back, so a living holder's lock cannot be taken by mistake.
 */
export function acquireLock(path: string): LockResult {
  try {
    return inFolderOf(path, (folder, name) => acquire(folder, name, lockAt(path), 0))
  } catch (error) {
    return { ok: false, error: `cannot lock ${path}: ${explain(error, dirname(path))}` }
  }
}

/**
 * The same in a folder that is open already and stays open until the lock is released, wherever the
 * folder has its place by then: nobody who moves it makes the lock outlast its use.
 */
export function acquireLockIn(folder: Folder, name: string): LockResult {
  const path = join(folder.path, name)
  try {
    return acquire(folder, name, (use) => use(folder, name), 0)
  } catch (error) {
    return { ok: false, error: `cannot lock ${path}: ${explain(error, folder.path)}` }
  }
}

/** Leads to a lock's file for each use. Throws what the system says. */
type Reach = <T>(use: (folder: Folder, name: string) => T) => T

/** By its path: the folder of a lock that is held for long may be made anew meanwhile. */
const lockAt =
  (path: string): Reach =>
  (use) =>
    inFolderOf(path, use)

function acquire(folder: Folder, name: string, reach: Reach, depth: number): LockResult {
  const path = join(folder.path, name)
  const text = encodeHolder(describeSelf())
  const temporary = createTemporary(folder, text, { mode: 0o644, durable: false })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (link(folder, temporary, name)) return { ok: true, value: lockOf(reach, text) }
      const present = textIn(folder, name)
      if (present === null) continue
      const holder = decodeHolder(present)
      if (holder !== null && isAlive(holder)) return heldBy(path, holder.pid)
      const taken = takeOver(folder, name, present, temporary, depth)
      if (typeof taken !== 'boolean') return taken
      if (taken) return { ok: true, value: lockOf(reach, text) }
    }
    return { ok: false, error: `cannot lock ${path}: other processes keep taking it; try again` }
  } finally {
    removeQuietly(folder, temporary)
  }
}

/** @returns whether the stale text was replaced; false when it was gone already */
function takeOver(
  folder: Folder,
  name: string,
  stale: string,
  temporary: string,
  depth: number,
): boolean | Exclude<LockResult, { ok: true }> {
  if (depth >= MAX_TAKEOVER) {
    const path = join(folder.path, name)
    return { ok: false, error: `cannot lock ${path}: remove it and the files beside it by hand` }
  }
  const rightName = `${name}.${fingerprint(stale)}`
  const right = acquire(folder, rightName, (use) => use(folder, rightName), depth + 1)
  if (!right.ok) return right
  try {
    if (textIn(folder, name) !== stale) return false
    folder.rename(temporary, name)
    return true
  } finally {
    right.value.release()
  }
}

function lockOf(reach: Reach, text: string): Lock {
  const isHeld = () => {
    try {
      return reach(textIn) === text
    } catch (error) {
      // It cannot be told now.
      return isExhausted(error)
    }
  }
  return {
    isHeld,
    release() {
      try {
        if (isHeld()) reach(removeQuietly)
      } catch {
        // What is not ours to remove is found stale by the next starter.
      }
    },
  }
}

/** What stands there, or null for nothing. Throws why it cannot be read. */
function textIn(folder: Folder, name: string): string | null {
  try {
    return readIn(folder, name, MAX_LOCK_BYTES).text
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
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

function encodeHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`
}

function decodeHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Holder, unknown>> | null
    const { pid, tid, startTicks, bootId } = value ?? {}
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
    if (typeof startTicks !== 'string' || typeof bootId !== 'string') return null
    return { pid, startTicks, bootId, ...(typeof tid === 'number' ? { tid } : {}) }
  } catch {
    return null
  }
}

function describeSelf(): Holder {
  const { pid } = process
  const { tid = pid, startTicks = '' } = threadStat('/proc/thread-self/stat') ?? {}
  return { pid, startTicks, bootId: readBootId(), ...(tid === pid ? {} : { tid }) }
}

function isAlive(holder: Holder): boolean {
  if (holder.bootId !== readBootId()) return false
  const { pid, tid = pid } = holder
  const stat = threadStat(`/proc/${pid}/task/${tid}/stat`)
  if (stat !== null) return stat.startTicks === holder.startTicks && !stat.dead
  try {
    // A /proc mounted with hidepid shows no other users' processes; a signal still tells.
    process.kill(tid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** A zombie holds nothing any more. */
function threadStat(path: KernelPath): { tid: number; startTicks: string; dead: boolean } | null {
  let text: string
  try {
    text = readKernelFile(path)
  } catch {
    return null
  }
  // The second field is the program's name in parentheses and may hold anything, spaces as well.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  if (state === undefined || startTicks === undefined) return null
  return { tid: Number.parseInt(text, 10), startTicks, dead: state === 'Z' || state === 'X' }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
