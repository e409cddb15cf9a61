// Puts a rendered text in the place of an installed one, and reads what is installed.
import { realpathSync, statSync } from 'node:fs'
import { readBounded, writeAtomic } from '../../adapters/atomic-file.ts'
import type { Result } from '../../ports.ts'

const LARGEST_INSTALLED_BYTES = 4 * 1024 * 1024
const FOR_ALL = 0o644
const FOR_OWNER = 0o600

export interface Installed {
  readonly text: string
  /** Permission bits. */
  readonly mode: number
}

/** What is installed at a path; null when nothing is. */
export function readInstalled(path: string): Result<Installed | null> {
  const read = readBounded(path, LARGEST_INSTALLED_BYTES)
  if (!read.ok) return read.missing ? { ok: true, value: null } : read
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? FOR_ALL) & 0o777
  return { ok: true, value: { text: read.value, mode } }
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
  const installed = readInstalled(path)
  if (!installed.ok) return installed
  const mode = isSecret ? FOR_OWNER : (installed.value?.mode ?? FOR_ALL)
  if (installed.value?.text === text && installed.value.mode === mode) {
    return { ok: true, value: 'unchanged' }
  }
  const target = installed.value === null ? path : realpathSync(path)
  const written = writeAtomic(target, text, { mode, durable: true })
  return written.ok ? { ok: true, value: 'written' } : written
}
