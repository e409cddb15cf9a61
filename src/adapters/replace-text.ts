// Replaces a text file that people edit as well: atomically, with its owner and mode, and only if it is still what was read.
import { realpathSync, statSync } from 'node:fs'
import type { Result } from '../ports.ts'
import { readBounded, writeAtomic } from './atomic-file.ts'
import { whoMayWrite } from './permission.ts'

const PERMISSIONS = 0o777

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
    // The owner comes with the file: whoever may write to the folder could put a link where a
    // later chown would look, and have it give them what the link leads to.
    const owner = process.getuid?.() === 0 ? { owner: { uid, gid } } : {}
    const written = writeAtomic(real, text, { mode: mode & PERMISSIONS, durable: true, ...owner })
    return written.ok ? written : { ok: false, error: `${written.error}${whoMayWrite(real)}` }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `cannot change ${path}: ${why}` }
  }
}
