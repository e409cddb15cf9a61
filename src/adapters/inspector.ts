// Looks at this host for the doctor: files, file systems and programs, each within bounds.
import { readlinkSync, realpathSync, type Stats, statfsSync } from 'node:fs'
import { normalize, resolve } from 'node:path'
import type { Clock, FileFacts, FileSystemSpace, Inspector, Prober, Read } from '../ports.ts'
import { readBounded } from './atomic-file.ts'
import { inFolder, inFolderOf } from './folder.ts'
import { asFailure, runProgram } from './inspector/run-program.ts'
import { type KernelPath, readKernelFileAtMost } from './kernel-file.ts'

/** What other adapters do for it. */
export interface InspectorParts {
  readonly clock: Clock
  readonly prober: Prober
  /** The text of keepalived's JSON dump. */
  readonly dump: () => Promise<Read<string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

const LIMIT_BYTES = 1024 * 1024

/** An inspector of the host that it runs on, with the eyes of the user that runs it. */
export function createInspector({ clock, prober, dump, env }: InspectorParts): Inspector {
  return {
    uid: process.geteuid?.() ?? 0,
    env,
    clock,
    prober,
    keepalivedDump: dump,
    text: readText,
    stat: lookAt,
    list: (path) => attempt(() => inFolder(path, (folder) => folder.names().toSorted())),
    link: (path) => attempt(() => readlinkSync(path)),
    real: (path) => attempt(() => realpathSync(path)),
    space: (path) => attempt(() => spaceAt(path)),
    run: (program, args, options = {}) => runProgram(program, args, { ...options, env }),
  }
}

function readText(path: string, limitBytes = LIMIT_BYTES): Read<string> {
  if (isKernelPath(path)) return attempt(() => readKernelFileAtMost(path, limitBytes))
  // What a name with a NUL in it throws is no errno.
  const read = attempt(() => readBounded(path, limitBytes))
  if (!read.ok) return read
  if (read.value.ok) return { ok: true, value: read.value.value }
  const { missing, denied, error } = read.value
  return { ok: false, why: missing ? 'missing' : denied ? 'denied' : 'other', error }
}

function isKernelPath(path: string): path is KernelPath {
  return normalize(path) === path && /^\/(proc|sys)\//.test(path)
}

function lookAt(path: string): Read<FileFacts> {
  const look = () =>
    resolve(path) === '/'
      ? inFolder(path, (folder) => folder.stats)
      : inFolderOf(path, (folder, name) => folder.look(name))
  const stats = attempt(look)
  if (!stats.ok) return stats
  return stats.value === null
    ? { ok: false, why: 'missing', error: `there is no ${path}` }
    : { ok: true, value: factsOf(stats.value) }
}

function factsOf(stats: Stats): FileFacts {
  const { mode, uid, gid, size, mtimeMs } = stats
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'folder'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other'
  return { kind, mode: mode & 0o7777, uid, gid, sizeBytes: size, modifiedMs: mtimeMs }
}

function spaceAt(path: string): FileSystemSpace {
  const { bavail, blocks, bsize, ffree, files } = statfsSync(path)
  return {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: ffree,
    totalInodes: files,
  }
}

function attempt<T>(look: () => T): Read<T> {
  try {
    return { ok: true, value: look() }
  } catch (error) {
    return asFailure(error)
  }
}
