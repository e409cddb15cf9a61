// What a run of the doctor's comes to as a whole.
import type { Outcome, Result, Summary } from './results.ts'

/** How many checks came to what. */
export function summaryOf(results: readonly Result[]): Summary {
  const count = (kind: Outcome['kind']) =>
    results.filter(({ outcome }) => outcome.kind === kind).length
  return {
    ok: count('ok'),
    warn: count('warn'),
    fail: count('fail'),
    skip: count('skip'),
    crash: count('crash'),
  }
}

/**
 * 0 nothing is wrong, 1 warnings, 2 failures, 3 some of it could not be looked at. What is known to
 * be broken counts most, then what nobody knows.
 */
export function exitCodeOf({ warn, fail, crash }: Summary): 0 | 1 | 2 | 3 {
  if (fail > 0) return 2
  if (crash > 0) return 3
  return warn > 0 ? 1 : 0
}
