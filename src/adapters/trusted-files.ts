// Who else could read a secret, or change a program that root runs.
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../ports.ts'
import { readBounded } from './atomic-file.ts'

const LARGEST_SECRET_FILE = 4096
const OTHERS = 0o007
const WRITABLE_BY_OTHERS = 0o022

/** The text of a secret's file, which nobody but its owner and group may have access to. */
export function readSecretFile(path: string): Result<string> {
  const text = readBounded(path, LARGEST_SECRET_FILE)
  if (!text.ok) return text
  // What was read is looked at after, so that a file swapped in between is looked at as well.
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats !== undefined && (stats.mode & OTHERS) === 0) return text
  return { ok: false, error: `everybody on this host may read ${path}` }
}

/**
 * Why a program is not fit to be run by root: a part of its path belongs to, or can be changed by,
 * somebody else. Null when it is fit, or not there at all.
 */
export function whyNotTrusted(program: string): string | null {
  let real: string
  try {
    real = realpathSync(program)
  } catch {
    return null
  }
  for (let path = real; ; path = dirname(path)) {
    const why = flaw(path, lstatSync(path))
    if (why !== null) return why
    if (path === '/') return null
  }
}

function flaw(path: string, stats: Stats): string | null {
  if (stats.uid !== 0) return `${path} does not belong to root`
  // In a sticky folder such as /tmp nobody can replace what is another's.
  const isSticky = stats.isDirectory() && (stats.mode & 0o1000) !== 0
  return (stats.mode & WRITABLE_BY_OTHERS) === 0 || isSticky
    ? null
    : `${path} can be changed by others than root`
}
