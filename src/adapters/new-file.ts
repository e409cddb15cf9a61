// Files and folders that are not there yet. Shared by adapters.
import { closeSync, constants, fchmodSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Result } from '../ports.ts'
import { attempt, codeOf, refused } from './file-error.ts'
import { type Folder, inFolderOf, type Owner, ownerOf } from './folder.ts'

const OWNER_ONLY = 0o600
/** What a folder is made with that only leads to the wanted one. */
const ABOVE = 0o755

export interface NewFile {
  /** Writes all of it; a file that cannot be written whole goes away. */
  write(bytes: Uint8Array): Result<void>
  /** Takes the empty file away. */
  abandon(): void
}

/**
 * Makes a file for its owner's eyes alone, and does it now, so that what makes it impossible is known
 * before there is anything to write.
 */
export function createNewFile(path: string): Result<NewFile> {
  let descriptor: number
  try {
    descriptor = inFolderOf(path, (folder, name) =>
      folder.create(name, constants.O_WRONLY, OWNER_ONLY),
    )
  } catch (error) {
    return codeOf(error) === 'EEXIST'
      ? {
          ok: false,
          error: `${path} is there already, and is not overwritten: name another file, or remove it`,
        }
      : refused('write', path, error)
  }
  const abandon = () => {
    closeSync(descriptor)
    inFolderOf(path, (folder, name) => folder.remove(name))
  }
  return {
    ok: true,
    value: {
      abandon,
      write(bytes) {
        const written = attempt('write', path, () => {
          fchmodSync(descriptor, OWNER_ONLY)
          writeFileSync(descriptor, bytes)
        })
        if (written.ok) closeSync(descriptor)
        else abandon()
        return written
      },
    },
  }
}

/**
 * Makes a folder, and those above it that are missing.
 *
 * @param owner whose it is; 'folder' for whose the one above it is, which only root can do
 * @returns whether it was missing; throws what the system says
 */
export function makeFolder(path: string, mode: number, owner?: Owner | 'folder'): boolean {
  try {
    return inFolderOf(path, (folder, name) =>
      folder.makeFolder(name, mode, owner === 'folder' ? ownerOf(folder) : owner),
    )
  } catch (error) {
    const above = dirname(resolve(path))
    if (codeOf(error) !== 'ENOENT' || above === resolve(path)) throw error
    makeFolder(above, ABOVE, owner)
    return makeFolder(path, mode, owner)
  }
}

/** Opens a file to write at its end, and makes it where it is missing. Throws what the system says. */
export function openToAppend(folder: Folder, name: string, mode: number): number {
  const flags = constants.O_WRONLY | constants.O_APPEND
  for (;;) {
    try {
      return folder.open(name, flags)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    try {
      return folder.create(name, flags, mode)
    } catch (error) {
      // Another program made it meanwhile.
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}
