// Replaces a text file that people edit as well: atomically, with its owner and mode, and only if it is still what was read.
import { dirname, join } from 'node:path'
import type { Result } from '../ports.ts'
import { readIn, replaceIn } from './atomic-file.ts'
import { explain, Refusal } from './file-error.ts'
import { inFolderOf } from './folder.ts'
import { acquireLockIn } from './lock.ts'
import { whoMayWrite } from './permission.ts'

const PERMISSIONS = 0o777
/** Far above what people keep by hand. */
const LIMIT_BYTES = 1 << 20

/**
 * Replaces the file at `path`, or the one that a symbolic link there leads to.
 *
 * @param before what the caller read; another editor's change since then is an error
 * @returns on failure a sentence that says what to do, such as which group to join
 */
export function replaceText(path: string, before: string, text: string): Result<void> {
  let place = path
  try {
    inFolderOf(
      path,
      (folder, name) => {
        place = join(folder.path, name)
        // Hidden, for whoever lists the folder looks for orders.
        const lock = acquireLockIn(folder, `.${name}.lock`)
        if (!lock.ok) throw new Refusal(lock.holder === undefined ? lock.error : CHANGED)
        try {
          const now = readIn(folder, name, LIMIT_BYTES)
          if (now.text !== before) throw new Refusal(CHANGED)
          // Whose it is comes with the file: to change it later would be to change what is there then.
          const { mode, uid, gid } = now.stats
          const owner = process.geteuid?.() === 0 ? { owner: { uid, gid } } : {}
          replaceIn(folder, name, text, { mode: mode & PERMISSIONS, durable: true, ...owner })
        } finally {
          lock.value.release()
        }
      },
      { follow: true },
    )
    return { ok: true, value: undefined }
  } catch (error) {
    const why = explain(error, dirname(path))
    return { ok: false, error: `cannot change ${path}: ${why}${whoMayWrite(place)}` }
  }
}

const CHANGED = 'somebody else has changed it just now: look at it again'
