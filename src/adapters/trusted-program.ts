// Who else could change a program that root runs.
import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

const WRITABLE_BY_OTHERS = 0o022

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
