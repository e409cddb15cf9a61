// What a run of the doctor's came to: plain data that the view, --json and the exit code are made of.
import type { DoctorCheck, Finding, Severity, Trouble } from './doctor-check.ts'

export interface CheckResult extends Pick<DoctorCheck, 'code' | 'category' | 'title'> {
  readonly outcome: CheckOutcome
  readonly tookMs: number
}

export type CheckOutcome =
  | Exclude<Finding, Trouble>
  | (Omit<Trouble, 'kind'> & { readonly kind: Severity })
  /** The check itself is broken, or had not ended in time. */
  | { readonly kind: 'crash'; readonly why: string }

/** Whether the check found something, or could not be completed. */
export function isTold({ outcome }: CheckResult): boolean {
  return outcome.kind !== 'ok' && outcome.kind !== 'skip'
}

/** How many checks came to what. */
type Summary = Readonly<Record<CheckOutcome['kind'], number>>

/** A whole run. */
export interface Examination {
  readonly results: readonly CheckResult[]
  readonly summary: Summary
  readonly tookMs: number
}

/** How many checks came to what. */
export function summaryOf(results: readonly CheckResult[]): Summary {
  const count = (kind: CheckOutcome['kind']) =>
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
