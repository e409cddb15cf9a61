// What is wrong with a file or its path, and what to do about it. Shared by adapters.
import { dirname } from 'node:path'
import type { Result } from '../ports.ts'

/** Why a way is not gone or a file not opened, as the end of a sentence that names the path. */
export class Refusal extends Error {}

/** What the system refused, with what to do about it. */
export function explain(error: unknown, folder: string): string {
  if (error instanceof Refusal) return error.message
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'no such file or directory'
    case 'EACCES':
    case 'EPERM':
      return `permission denied (check the owner of ${folder}, and the user that runs holdfast)`
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left: free disk space under ${folder}`
    case 'EROFS':
      return `read-only file system: remount the one that holds ${folder}`
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOTDIR':
      return `a part of the path is not a directory: check ${folder}`
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open files: raise the limit (LimitNOFILE= in the unit)'
    default:
      // Without the call and its path, which names a descriptor.
      return (error instanceof Error ? error.message : String(error)).split(', ', 1)[0] ?? ''
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** Whether nothing can be opened now, whatever stands there. */
export function isExhausted(error: unknown): boolean {
  return codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE'
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
