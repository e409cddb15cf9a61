// Whether keepalived runs a program that root is to run: who else could change it, and how its path is written.
import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'

const WRITABLE_BY_OTHERS = 0o022

/**
 * Why a program is not fit to be run by root: a part of its path, as it is written or with links
 * resolved, belongs to, or can be changed by, somebody else. Null when it is fit, or not there at all.
 */
export function whyNotTrusted(program: string): string | null {
  try {
    return whyNotOfRoot(normalize(program)) ?? whyNotOfRoot(realpathSync(program))
  } catch {
    return null
  }
}

/**
 * A program's path with no link among its folders, which keepalived removes a script for from 2.3.0
 * on (check_security in its lib/notify.c). The program itself may be a link.
 *
 * @returns the path as it is when the program's folder is not there
 */
export function withoutLinkedFolders(program: string): string {
  const path = normalize(program)
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

function whyNotOfRoot(program: string): string | null {
  for (let path = program; ; path = dirname(path)) {
    const why = flaw(path, lstatSync(path))
    if (why !== null) return why
    if (path === '/') return null
  }
}

function flaw(path: string, stats: Stats): string | null {
  if (stats.uid !== 0) return `${path} does not belong to root`
  // A link has no mode. In a sticky folder such as /tmp nobody can replace what is another's.
  const isSticky = stats.isDirectory() && (stats.mode & 0o1000) !== 0
  return (stats.mode & WRITABLE_BY_OTHERS) === 0 || isSticky || stats.isSymbolicLink()
    ? null
    : `${path} can be changed by others than root`
}
