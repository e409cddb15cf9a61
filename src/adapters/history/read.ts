// Reads a history back: both of its files, and of each no more than memory is given.
import type { Result } from '../../ports.ts'
import { readEnd } from '../atomic-file.ts'
import { olderHistory } from '../history.ts'

export interface HistoryText {
  /** The older file first. */
  readonly text: string
  /** Files that are larger than they ought to be, of which the end was read. */
  readonly cut: readonly string[]
}

/** Twice what a file grows to, so that only one that is no longer looked after is cut. */
const LIMIT_BYTES = 16 * 1024 * 1024

/** Fails when there is neither file, or the newer one cannot be read; the older one need not be there. */
export function readHistory(path: string, limitBytes = LIMIT_BYTES): Result<HistoryText> {
  const cut: string[] = []
  const texts: string[] = []
  const older = olderHistory(path)
  let failure: { readonly error: string; readonly missing: boolean } | null = null
  for (const file of [older, path]) {
    const read = readEnd(file, limitBytes)
    if (read.ok && read.isCut) cut.push(file)
    if (read.ok) texts.push(read.value)
    else if (file === path) failure = read
  }
  if (failure !== null && !(failure.missing && texts.length > 0))
    return { ok: false, error: failure.error }
  return { ok: true, value: { text: texts.join('\n'), cut } }
}
