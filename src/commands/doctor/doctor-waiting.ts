// Says on a terminal which checks are still waited for, on a line that goes away again.
import { isatty } from 'node:tty'
import { CLEAR_LINE, toStandardError } from '../../cli/progress.ts'
import type { Check } from '../../doctor/check.ts'

const STANDARD_ERROR = 2
/** What is sooner over needs no words. */
const SILENT_MS = 1500
const EVERY_MS = 500
const MAX_CODES = 4

export interface Waiting {
  /** Takes the line away, so that something else can be printed. */
  clear(): void
  end(): void
}

/** @param running asked now and then which checks have not ended */
export function startWaiting(running: () => readonly Check[]): Waiting {
  if (!isatty(STANDARD_ERROR)) return { clear() {}, end() {} }
  const startMs = performance.now()
  let isShown = false
  const clear = () => {
    if (isShown) toStandardError(CLEAR_LINE)
    isShown = false
  }
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startMs
    const codes = running().map(({ code }) => code)
    if (elapsedMs < SILENT_MS || codes.length === 0) return
    const more = codes.length > MAX_CODES ? ` and ${codes.length - MAX_CODES} more` : ''
    const named = codes.slice(0, MAX_CODES).join(', ')
    toStandardError(
      `${CLEAR_LINE}${Math.floor(elapsedMs / 1000)} s: still looking at ${named}${more}`,
    )
    isShown = true
  }, EVERY_MS)
  return {
    clear,
    end() {
      clearInterval(timer)
      clear()
    },
  }
}
