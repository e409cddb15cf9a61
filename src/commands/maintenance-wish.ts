// What the flags of drain and undrain ask for, read.
import { operatorName } from '../adapters/permission.ts'
import { parseDuration } from '../config/duration.ts'
import type { Override } from '../core/override.ts'

/** Milliseconds above 0, or what is wrong with the flag's value. */
export function readTime(flag: string, text: string, example: string): number | string {
  const ms = parseDuration(text)
  return ms === null || ms <= 0 ? `--${flag} ${text} is no time such as "${example}"` : ms
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
    by: operatorName(),
    reason: reason ?? '',
    sinceWallMs: wallMs,
    untilWallMs: forMs === null ? null : wallMs + forMs,
    ...(instances === undefined ? {} : { instances }),
  }
}
