// The spool's folder: who may write there, and who owns it when nobody has made it yet.
import { makeFolder } from '../new-file.ts'

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
    return makeFolder(folder, MODE, 'folder')
  } catch {
    // Writing into it will say what is wrong.
    return false
  }
}
