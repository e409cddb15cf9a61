// Where keepalived and `check` read what the daemon decided: status.json, tally.json and priority/INSTANCE.
import { chmodSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type PublishedPriority, trackFileValue } from '../core/priority.ts'
import type { Log, Publisher, Result } from '../ports.ts'
import { moveObstacle, readBounded, sweepTemporaries, writeAtomic } from './atomic-file.ts'

export interface FilePublisher extends Publisher {
  /** Makes the folders where they are missing. */
  prepare(): void
}

// keepalived runs as root, `status` as anybody; none of it is secret. Neither file is synced to
// disk: the folder is in memory, and what was true before a power loss is not true after it.
const READABLE = { mode: 0o644, durable: false } as const

export interface PublisherOptions {
  readonly runDir: string
  readonly log?: Log
}

/** No track file is nearly this long. */
const TRACK_FILE_LIMIT_BYTES = 64

/**
 * Publishes into `runDir`.
 *
 * The folders come from tmpfiles.d, for they must be there before keepalived starts: it drops the
 * tracker of a folder that is missing, and its inotify watch is on the folder itself, so a folder
 * that was removed and made again is watched no more. Hence they are made where they are missing
 * (better late than never), and never replaced, and files in them change by rename alone. What is
 * no folder where `priority` belongs, or no file where a file does, is moved aside.
 */
export function createPublisher({ runDir, log }: PublisherOptions): FilePublisher {
  const priorityDir = join(runDir, 'priority')

  const clear = (path: string, wanted: 'file' | 'folder'): boolean => {
    const aside = moveObstacle(path, wanted)
    if (aside === null) return false
    log?.line('warn', `${path} was not a ${wanted}: moved to ${aside}`)
    return true
  }
  const makeRoom = (): boolean => {
    const cleared = clear(priorityDir, 'folder')
    return makeFolders([runDir, priorityDir]) || cleared
  }
  const put = (path: string, text: string): Result<void> => {
    const first = writeAtomic(path, text, READABLE)
    if (first.ok) return first
    const cleared = clear(path, 'file')
    return makeRoom() || cleared ? writeAtomic(path, text, READABLE) : first
  }

  return {
    status: (text) => put(join(runDir, 'status.json'), text),
    tally: (text) => put(join(runDir, 'tally.json'), text),
    priority(instance, priority) {
      if (!isFileName(instance)) return notAFileName(instance)
      const path = join(priorityDir, instance)
      const written = put(path, encodePriority(priority))
      // Deleting takes no room on a full disk, and keepalived takes it for the lowest priority.
      if (!written.ok) removeQuietly(path)
      return written
    },
    isPublished(instance, priority) {
      const present = readBounded(join(priorityDir, instance), TRACK_FILE_LIMIT_BYTES)
      return present.ok && present.value === encodePriority(priority)
    },
    prepare() {
      makeRoom()
    },
    /** keepalived takes a deleted track file for 0, the lowest: no need to write that first. */
    retain(instances) {
      sweepTemporaries(runDir)
      sweepTemporaries(priorityDir)
      return removeOthers(priorityDir, new Set(instances))
    },
  }
}

/** One line, as keepalived's strtol reads it. */
function encodePriority(priority: PublishedPriority): string {
  return `${trackFileValue(priority)}\n`
}

/** @returns whether any folder was missing and is there now */
function makeFolders(folders: readonly string[]): boolean {
  let made = false
  for (const folder of folders) {
    try {
      if (mkdirSync(folder, { recursive: true }) === undefined) continue
      // A strict umask would hide the folder from `status` and from a keepalived that is not root.
      chmodSync(folder, 0o755)
      made = true
    } catch {
      return made
    }
  }
  return made
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Then the old value stays, and the status, which cannot be written either, goes stale.
  }
}

function removeOthers(folder: string, keep: ReadonlySet<string>): Result<void> {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() || keep.has(entry.name) || !isFileName(entry.name)) continue
      unlinkSync(join(folder, entry.name))
    }
    return { ok: true, value: undefined }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, value: undefined }
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `cannot remove stale priorities from ${folder}: ${why}` }
  }
}

/** Names with a leading dot are the temporary files'. */
function isFileName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.includes('/') && !name.includes('\0')
}

function notAFileName(instance: string): Result<void> {
  return {
    ok: false,
    error: `cannot publish a priority for instance ${JSON.stringify(instance)}: its name is no file name`,
  }
}
