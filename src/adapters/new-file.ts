// Files and folders that are not there yet. Shared by adapters.
import { closeSync, constants, fchmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Result } from '../ports.ts'
import { codeOf, explain } from './file-error.ts'
import { type Folder, inFolder, inFolderOf, type Owner } from './folder.ts'

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

/**
 * Runs `use` with an empty folder that is gone afterwards. Root's is in /run, which is root's alone:
 * whoever owns the folder that TMPDIR names could put a link where a program is told to look.
 */
export function inScratchFolder<T>(use: (folder: Folder) => T): T {
  const above = process.geteuid?.() === 0 ? '/run' : tmpdir()
  const path = mkdtempSync(join(above, 'holdfast-test-'))
  try {
    return inFolder(path, use)
  } finally {
    rmSync(path, { recursive: true, force: true })
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

/** Whom a new file in this folder belongs to where root makes it for the folder's owner. */
export function ownerOf({ stats }: Folder): Owner | undefined {
  return process.geteuid?.() === 0 && stats.uid !== 0 ? stats : undefined
}

/** What was done, or a sentence on why not. */
export function attempt<T>(what: string, path: string, act: () => T): Result<T> {
  try {
    return { ok: true, value: act() }
  } catch (error) {
    return refused(what, path, error)
  }
}

/** The sentence alone. */
export function refused(what: string, path: string, error: unknown): { ok: false; error: string } {
  return { ok: false, error: `cannot ${what} ${path}: ${explain(error, dirname(path))}` }
}
