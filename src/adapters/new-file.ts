// A file that must not be there yet, for its owner's eyes alone.
import { closeSync, constants, fchmodSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import type { Result } from '../ports.ts'

const OWNER_ONLY = 0o600

export interface NewFile {
  /** Writes all of it; a file that cannot be written whole goes away. */
  write(bytes: Uint8Array): Result<void>
  /** Takes the empty file away. */
  abandon(): void
}

/** Makes the file now, so that what makes it impossible is known before there is anything to write. */
export function createNewFile(path: string): Result<NewFile> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  let descriptor: number
  try {
    descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY)
    fchmodSync(descriptor, OWNER_ONLY)
  } catch (error) {
    return { ok: false, error: refusal(path, error) }
  }
  const abandon = () => {
    closeSync(descriptor)
    unlinkSync(path)
  }
  return {
    ok: true,
    value: {
      abandon,
      write(bytes) {
        try {
          writeFileSync(descriptor, bytes)
        } catch (error) {
          abandon()
          return { ok: false, error: refusal(path, error) }
        }
        closeSync(descriptor)
        return { ok: true, value: undefined }
      },
    },
  }
}

function refusal(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EEXIST'
    ? `${path} is there already, and is not overwritten: name another file, or remove it`
    : `cannot write ${path}: ${message}`
}
