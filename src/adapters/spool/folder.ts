// The spool's folder: who may write there, and who owns it when nobody has made it yet.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * New files belong to the folder's group, which is the daemon's; members of it, such as the user
 * whom keepalived runs scripts as, may leave events.
 */
const MODE = 0o2770

/**
 * Makes the folder where it is missing. It belongs to whom its parent belongs to: root may be the
 * first to need it, and the daemon must be able to remove what root leaves there.
 *
 * @returns whether it was made
 */
export function makeSpoolFolder(folder: string): boolean {
  try {
    if (mkdirSync(folder, { recursive: true }) === undefined) return false
    handOver(folder)
    return true
  } catch {
    // Writing into it will say what is wrong.
    return false
  }
}

/**
 * Gives a folder to whom its parent belongs to, with the spool's mode. It follows no link: the
 * daemon's user may put one in the place of what root has just made, and root must not give away
 * what it leads to.
 */
export function handOver(folder: string): void {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
  const descriptor = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(dirname(folder))
      fchownSync(descriptor, uid, gid)
    }
    fchmodSync(descriptor, MODE)
  } finally {
    closeSync(descriptor)
  }
}
