// The file that holds an operator's order, so that it survives restart, reboot and crash.
import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import type { Override } from '../core/override.ts'
import type { Result } from '../ports.ts'
import { corruptOverride, decodeOverride, encodeOverride } from '../render/override-document.ts'
import { readBounded, removeFile, writeAtomic } from './atomic-file.ts'
import { inFolderOf } from './folder.ts'
import { whoMayWrite } from './permission.ts'

const MAX_BYTES = 64 * 1024

/**
 * The order at `path`, or null when there is no such file.
 *
 * Whatever else stands there, readable or not, counts as an order to drain (see `corrupt`).
 */
export function readOverride(path: string): Override | null {
  const file = readBounded(path, MAX_BYTES)
  if (file.ok) return decodeOverride(file.value, writtenWallMs(path))
  return file.missing ? null : corruptOverride(file.error, writtenWallMs(path))
}

/** Whether an order could be written at `path`; an error says who may. */
export function mayOverride(path: string): Result<void> {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK)
    return { ok: true, value: undefined }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `cannot write ${path}: ${why}${whoMayWrite(path)}` }
  }
}

/** Writes the order so that it survives a power loss; an error says who may. */
export function writeOverride(path: string, override: Override): Result<void> {
  return write(path, encodeOverride(override))
}

/** Ends the order, so that it has ended after a power loss, too. */
export function removeOverride(path: string): Result<void> {
  const removed = removeFile(path)
  return removed.ok ? removed : { ok: false, error: `${removed.error}${whoMayWrite(path)}` }
}

/** What stands at `path`, to be put back exactly so; null when nothing does. */
export function keepOverride(path: string): Result<string | null> {
  const file = readBounded(path, MAX_BYTES)
  if (file.ok) return file
  return file.missing ? { ok: true, value: null } : file
}

/** Puts back what `keepOverride` found. */
export function putBackOverride(path: string, kept: string | null): Result<void> {
  return kept === null ? removeOverride(path) : write(path, kept)
}

function write(path: string, text: string): Result<void> {
  const written = writeAtomic(path, text, { mode: 0o644, durable: true, owner: 'folder' })
  return written.ok ? written : { ok: false, error: `${written.error}${whoMayWrite(path)}` }
}

/** The same on each reading, so that a file that stays corrupt is not a new order every time. */
function writtenWallMs(path: string): number {
  try {
    return inFolderOf(path, (folder, name) => Math.trunc(folder.look(name)?.mtimeMs ?? 0))
  } catch {
    return 0
  }
}
