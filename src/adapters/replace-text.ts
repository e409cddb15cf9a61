// Replaces a text file that people edit as well: atomically, with its owner and mode, and only if it is still what was read.
import { chownSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../ports.ts'
import { readBounded, writeAtomic } from './atomic-file.ts'

const PERMISSIONS = 0o777
const GROUP_MAY_WRITE = 0o020

/**
 * Replaces the file at `path`, or the one that a symbolic link there leads to.
 *
 * @param before what the caller read; another editor's change since then is an error
 * @returns on failure a sentence that says what to do, such as which group to join
 */
export function replaceText(path: string, before: string, text: string): Result<void> {
  try {
    const real = realpathSync(path)
    const { mode, uid, gid } = statSync(real)
    const now = readBounded(real, Buffer.byteLength(before) + 1)
    if (!now.ok || now.value !== before)
      return { ok: false, error: `${path} was changed by somebody else just now: look at it again` }
    const written = writeAtomic(real, text, { mode: mode & PERMISSIONS, durable: true })
    if (!written.ok) return { ok: false, error: `${written.error}${advice(real)}` }
    if (process.getuid?.() === 0) chownSync(real, uid, gid)
    return { ok: true, value: undefined }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `cannot change ${path}: ${why}` }
  }
}

/** A rename needs leave to write into the folder: its group has it, or nobody but its owner. */
function advice(path: string): string {
  const folder = dirname(path)
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  if (stats === undefined || process.getuid?.() === 0 || mayWrite(stats)) return ''
  if ((stats.mode & GROUP_MAY_WRITE) === 0)
    return `; only ${nameOf('/etc/passwd', stats.uid)} may change files in ${folder}: use sudo`
  const group = nameOf('/etc/group', stats.gid)
  return `; the members of group ${group} may: join it by "usermod -aG ${group} USER", and log in again`
}

function mayWrite(stats: { readonly mode: number; readonly gid: number }): boolean {
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])]
  return (stats.mode & GROUP_MAY_WRITE) !== 0 && groups.includes(stats.gid)
}

/** The name of a user or group as the local files have it, else its number. */
function nameOf(file: string, id: number): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.map((line) => line.split(':')).find((it) => it[2] === String(id))?.[0] ?? `${id}`
  } catch {
    return `${id}`
  }
}
