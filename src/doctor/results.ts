// What a run of the doctor's came to: plain data that the view, --json and the exit code are made of.
import type { Check, Finding, Severity, Trouble } from './doctor-check.ts'

export interface Result extends Pick<Check, 'code' | 'category' | 'title'> {
  readonly outcome: Outcome
  readonly tookMs: number
}

export type Outcome =
  | Exclude<Finding, Trouble>
  | (Omit<Trouble, 'kind'> & { readonly kind: Severity })
  /** The check itself is broken, or had not ended in time. */
  | { readonly kind: 'crash'; readonly why: string }

/** Whether the check found something, or could not be completed. */
export function isTold({ outcome }: Result): boolean {
  return outcome.kind !== 'ok' && outcome.kind !== 'skip'
}

/** How many checks came to what. */
export type Summary = Readonly<Record<Outcome['kind'], number>>

/** A whole run. */
export interface Examination {
  readonly results: readonly Result[]
  readonly summary: Summary
  readonly tookMs: number
}
