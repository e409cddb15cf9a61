// Puts a rendered text in the place of an installed one, and reads what is installed.
import { readIn, replaceIn } from '../../adapters/atomic-file.ts'
import { attempt, codeOf, refused } from '../../adapters/file-error.ts'
import { type Folder, inFolderOf } from '../../adapters/folder.ts'
import type { Result } from '../../ports.ts'

const MAX_INSTALLED_BYTES = 4 * 1024 * 1024
const FOR_ALL = 0o644
const FOR_OWNER = 0o600
const FOLLOW = { follow: true } as const

export interface Installed {
  readonly text: string
  /** Permission bits. */
  readonly mode: number
}

/** What is installed at a path; null when nothing is. */
export function readInstalled(path: string): Result<Installed | null> {
  try {
    return { ok: true, value: inFolderOf(path, installedIn, FOLLOW) }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { ok: true, value: null } : refused('read', path, error)
  }
}

/**
 * Writes atomically; a file that is as it should be is left alone.
 *
 * @param isSecret whether nobody but the owner may read it; otherwise an installed file keeps its mode
 */
export function installText(
  path: string,
  text: string,
  isSecret: boolean,
): Result<'written' | 'unchanged'> {
  const install = (folder: Folder, name: string) => {
    const installed = installedIn(folder, name)
    const mode = isSecret ? FOR_OWNER : (installed?.mode ?? FOR_ALL)
    if (installed?.text === text && installed.mode === mode) return 'unchanged'
    replaceIn(folder, name, text, { mode, durable: true })
    return 'written'
  }
  return attempt('write', path, () => inFolderOf(path, install, FOLLOW))
}

function installedIn(folder: Folder, name: string): Installed | null {
  try {
    const { text, stats } = readIn(folder, name, MAX_INSTALLED_BYTES)
    return { text, mode: stats.mode & 0o777 }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
