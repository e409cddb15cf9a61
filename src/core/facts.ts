// What a step hands out of its queries and sweeps, for those who count, record and replay.
import type { Outcome } from '../dns/outcome.ts'
import type { Target } from './target.ts'

/** One probe at one target. */
export interface ItemFacts {
  /** The same for the same probe at the same target, through all reloads. */
  readonly name: string
  readonly target: Target
  readonly group: { readonly name: string; readonly kind: 'required' | 'upstream' }
  /** It fails, but its address is younger than the grace time. */
  readonly ignored: boolean
}

/** An item being asked, confirming queries included: one object for all of them, kept up to date. */
export interface InquiryFacts {
  readonly item: ItemFacts
  readonly askedMs: number
  /** One of its queries was late or went wrong, so that it is confirmed. */
  readonly suspected: boolean
  /** Final once it has concluded. */
  readonly outcome: Outcome
}

/** One query: whose it is, and which of that inquiry's, counted from 0. */
export interface QueryFacts {
  readonly inquiry: InquiryFacts
  readonly nth: number
}

/** A query that has ended. */
export interface AnsweredFacts extends QueryFacts {
  /** The inquiry has its outcome with this; its other queries may end later. */
  readonly concludes: boolean
}

/** A sweep of the required groups that has ended. */
export interface SweepFacts {
  readonly mode: 'spread' | 'burst'
  readonly tookMs: number
}
