// Progress of long work on standard error: one line that changes on a terminal, now and then a line elsewhere.
import { writeSync } from 'node:fs'

export interface Progress {
  /** @param share done, from 0 to 1 */
  at(share: number): void
  /** Removes the line that changes. */
  end(): void
}

/** Work that is done sooner says nothing. */
const SILENT_MS = 1000
const TERMINAL_EVERY_MS = 200
const ELSEWHERE_EVERY_MS = 5000
export const CLEAR_LINE = '\r\u001b[K'
const STANDARD_ERROR = 2

export interface ProgressOptions {
  readonly isTerminal: boolean
  readonly nowMs: () => number
  readonly write?: (text: string) => void
}

/** @param text what comes after "42 %, 12 s left: " */
export function createProgress(
  text: string,
  { isTerminal, nowMs, write = toStandardError }: ProgressOptions,
): Progress {
  const startMs = nowMs()
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : ELSEWHERE_EVERY_MS
  let shownMs = Number.NEGATIVE_INFINITY
  let isShown = false
  return {
    at(share) {
      const now = nowMs()
      if (now - startMs < SILENT_MS || now - shownMs < everyMs) return
      shownMs = now
      isShown = true
      const leftS = share <= 0 ? null : Math.ceil(((now - startMs) * (1 - share)) / share / 1000)
      const left = leftS === null ? '' : `, ${leftS} s left`
      const line = `${Math.floor(share * 100)} %${left}: ${text}`
      write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`)
    },
    end() {
      if (isShown && isTerminal) write(CLEAR_LINE)
    },
  }
}

export function toStandardError(text: string): void {
  try {
    writeSync(STANDARD_ERROR, text)
  } catch {
    // Nobody reads it: then nobody misses it.
  }
}
