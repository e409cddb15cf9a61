// What the flags of drain and undrain ask for, read.
import { operatorName } from '../../adapters/permission.ts'
import { parseDuration } from '../../config/values/duration.ts'
import type { Override } from '../../core/override.ts'
import { cleanLine } from '../../notify/words.ts'

/** Years of five digits are written in a way that a reader of orders does not take. */
const LONGEST = '8760h'
/** What fits a line; an order of many kilobytes would not be read back. */
const MOST_REASON = 500
const MOST_NAME = 64

/** Milliseconds above 0 and of a year at most, or what is wrong with the flag's value. */
export function readTime(flag: string, text: string, example: string): number | string {
  const ms = parseDuration(text)
  if (ms === null || ms <= 0) return `--${flag} ${text} is no time such as "${example}"`
  return ms <= (parseDuration(LONGEST) ?? 0) ? ms : `--${flag} ${text} is longer than ${LONGEST}`
}

export interface Wanted {
  readonly mode: Override['mode']
  readonly reason: string | undefined
  /** null for until somebody ends it. */
  readonly forMs: number | null
  readonly instances?: readonly string[] | undefined
}

/** The order that this operator gives now. */
export function wantedOrder({ mode, reason, forMs, instances }: Wanted): Override {
  const wallMs = Date.now()
  return {
    mode,
    by: cleanLine(operatorName(), MOST_NAME),
    reason: cleanLine(reason ?? '', MOST_REASON),
    sinceWallMs: wallMs,
    untilWallMs: forMs === null ? null : wallMs + forMs,
    ...(instances === undefined ? {} : { instances }),
  }
}
