// A check: one source at one target, and the run in which it is asked.
import type { Source } from './source.ts'
import type { Target } from './target.ts'

export interface Check {
  /** The same for the same probe at the same target, through all reloads. */
  readonly id: string
  readonly target: Target
  readonly source: Source
  readonly group: { readonly name: string; readonly kind: 'required' | 'upstream' }
}

/** A check being asked until its outcome is certain, confirming queries included: one object for all of them. */
export interface Run {
  readonly check: Check
  /** When its first query was sent, or that of the run whose place it takes. */
  readonly askedMs: number
}
