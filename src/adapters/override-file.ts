// The file that holds an operator's order, so that it survives restart, reboot and crash.
import { statSync } from 'node:fs'
import type { Override } from '../core/override.ts'
import type { Result } from '../ports.ts'
import { corruptOverride, decodeOverride, encodeOverride } from '../render/override-document.ts'
import { readBounded, writeAtomic } from './atomic-file.ts'

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

/** Writes the order so that it survives a power loss. */
export function writeOverride(path: string, override: Override): Result<void> {
  return writeAtomic(path, encodeOverride(override), { mode: 0o644, durable: true })
}

/** The same on each reading, so that a file that stays corrupt is not a new order every time. */
function writtenWallMs(path: string): number {
  try {
    return Math.trunc(statSync(path).mtimeMs)
  } catch {
    return 0
  }
}
