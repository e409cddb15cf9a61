// Where keepalived and `check` read what the daemon decided: status.json, tally.json, priority/INSTANCE, weight/BACKEND.
import { join } from 'node:path'
import { REMOVED } from '../balancer/pool.ts'
import { trackFileValue } from '../core/priority.ts'
import { outFileOf } from '../keepalived/virtual-servers.ts'
import type { Log, Publisher, Result, WeightPublisher } from '../ports.ts'
import {
  moveObstacle,
  readBounded,
  removeQuietly,
  removeTemporaries,
  writeAtomic,
} from './atomic-file.ts'
import { codeOf, explain } from './file-error.ts'
import { inFolder, inFolderOf } from './folder.ts'
import { makeFolder } from './new-file.ts'

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
export function createPublisher(options: PublisherOptions): FilePublisher {
  const { runDir } = options
  const priorities = createTrackFiles(options, 'priority')
  return {
    status: (text) => priorities.put(join(runDir, 'status.json'), text),
    tally: (text) => priorities.put(join(runDir, 'tally.json'), text),
    priority: (instance, priority) => priorities.write(instance, trackFileValue(priority)),
    isPublished: (instance, priority) => priorities.holds(instance, trackFileValue(priority)),
    prepare: priorities.prepare,
    retain(instances) {
      removeTemporaries(runDir)
      return priorities.retain(instances)
    },
  }
}

/**
 * Publishes weights into `runDir` in the same way; keepalived takes a missing file for 0.
 *
 * Each backend has a second file, which takes it out of the table. The weight is written first: a
 * real server that goes weighs nothing before it has gone, and one that comes has its weight when
 * it is there.
 */
export function createWeightPublisher(options: PublisherOptions): WeightPublisher {
  const files = createTrackFiles(options, 'weight')
  files.prepare()
  const partsOf = (backend: string, value: number) =>
    [
      [backend, Math.max(0, value)],
      [outFileOf(backend), value === REMOVED ? 1 : 0],
    ] as const
  return {
    weight(backend, value) {
      const [weight, out] = partsOf(backend, value)
      const written = files.write(...weight)
      const also = files.holds(...out) ? written : files.write(...out)
      return written.ok ? also : written
    },
    isPublished: (backend, value) =>
      partsOf(backend, value).every(([name, part]) => files.holds(name, part)),
    retain: (backends) =>
      files.retain(backends.flatMap((backend) => [backend, outFileOf(backend)])),
  }
}

/** A folder of files with a number each, which keepalived follows. */
function createTrackFiles({ runDir, log }: PublisherOptions, folder: 'priority' | 'weight') {
  const dir = join(runDir, folder)

  const clear = (path: string, wanted: 'file' | 'folder'): boolean => {
    const aside = moveObstacle(path, wanted)
    if (aside === null) return false
    log?.line('warn', `${path} was not a ${wanted}: moved to ${aside}`)
    return true
  }
  const makeRoom = (): boolean => {
    const cleared = clear(dir, 'folder')
    return makeFolders([runDir, dir]) || cleared
  }
  const put = (path: string, text: string): Result<void> => {
    const first = writeAtomic(path, text, READABLE)
    if (first.ok) return first
    const cleared = clear(path, 'file')
    return makeRoom() || cleared ? writeAtomic(path, text, READABLE) : first
  }

  return {
    put,
    write(name: string, value: number): Result<void> {
      if (!isFileName(name)) return notAFileName(folder, name)
      const path = join(dir, name)
      const written = put(path, encoded(value))
      // Deleting takes no room on a full disk, and keepalived takes it for the lowest value.
      if (!written.ok) remove(path)
      return written
    },
    holds(name: string, value: number): boolean {
      const present = readBounded(join(dir, name), TRACK_FILE_LIMIT_BYTES)
      // One that cannot be looked at now is not lost, and writing it again would fail as well.
      return present.ok ? present.value === encoded(value) : present.exhausted
    },
    prepare(): void {
      makeRoom()
    },
    /** keepalived takes a deleted track file for 0, the lowest: no need to write that first. */
    retain(names: readonly string[]): Result<void> {
      removeTemporaries(dir)
      return removeOthers(dir, new Set(names))
    },
  }
}

/** One line, as keepalived's strtol reads it. */
function encoded(value: number): string {
  return `${value}\n`
}

/**
 * With a mode of their own: a strict umask would hide them from `status` and from a keepalived that
 * is not root.
 *
 * @returns whether any folder was missing and is there now
 */
function makeFolders(folders: readonly string[]): boolean {
  try {
    return folders.filter((folder) => makeFolder(folder, 0o755)).length > 0
  } catch {
    return false
  }
}

function remove(path: string): void {
  try {
    inFolderOf(path, removeQuietly)
  } catch {
    // Then the old value stays, and the status, which cannot be written either, goes stale.
  }
}

function removeOthers(path: string, keep: ReadonlySet<string>): Result<void> {
  try {
    inFolder(path, (folder) => {
      for (const name of folder.names()) {
        if (keep.has(name) || !isFileName(name) || folder.look(name)?.isDirectory() !== false)
          continue
        folder.remove(name)
      }
    })
    return { ok: true, value: undefined }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { ok: true, value: undefined }
    return { ok: false, error: `cannot remove stale files from ${path}: ${explain(error, path)}` }
  }
}

/** Names with a leading dot are the temporary files'. */
function isFileName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.includes('/') && !name.includes('\0')
}

function notAFileName(what: 'priority' | 'weight', name: string): Result<void> {
  const whose = what === 'priority' ? 'instance' : 'backend'
  return {
    ok: false,
    error: `cannot publish a ${what} for ${whose} ${JSON.stringify(name)}: its name is no file name`,
  }
}
