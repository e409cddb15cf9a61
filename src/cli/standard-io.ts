// Standard output and standard error, written through before the program goes on.
import { writeSync } from 'node:fs'
import type { Io } from './command.ts'

const OUT = 1
const ERR = 2
const RETRY_MS = 5
const RETRIES = 2000

/**
 * Synchronous on purpose: the program may exit right after a line, and opening the runtime's
 * stream objects costs `check` milliseconds.
 */
export const standardIo: Io = {
  out(text) {
    outBytes(lineOf(text))
  },
  err(text) {
    writeAll(ERR, lineOf(text))
  },
  isClosed: () => hasNoReader,
  lost: () => lost,
}

let hasNoReader = false
let lost: string | null = null

/** Writes what is no text to standard output, as it is. Returns null, or why it could not be done. */
export function outBytes(bytes: Uint8Array): string | null {
  const error = writeAll(OUT, bytes)
  // Who has read enough misses nothing; a file on a full disk does.
  if (!hasNoReader) lost ??= error
  return error
}

function lineOf(text: string): Uint8Array {
  return Buffer.from(text.endsWith('\n') ? text : `${text}\n`)
}

/** A reader that has gone, or takes nothing for ten seconds, loses the rest. */
function writeAll(descriptor: number, bytes: Uint8Array): string | null {
  let rest = bytes
  for (let retries = 0; rest.length > 0 && retries < RETRIES; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EPIPE' && descriptor === OUT) hasNoReader = true
      if (code !== 'EAGAIN') return message
      retries += 1
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
  return rest.length === 0 ? null : 'nobody takes it'
}
