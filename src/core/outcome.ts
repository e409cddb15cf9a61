// The closed list of what one check can come to: one vocabulary for log, status and metrics.
import { QUERY_OUTCOMES, type QueryOutcome } from '../dns/probe.ts'

/** Every outcome, with the sentence that explains it to an operator. */
export const OUTCOMES = {
  ...QUERY_OUTCOMES,
  'no-quorum': 'too few real servers are in the pool',
} as const

/** What one check came to. */
export type Outcome = QueryOutcome | 'no-quorum'

/** All outcomes in the order of the list, for metrics and tests. */
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[]

/** True where the server gave what clients are to have: a stale answer serves them, too. */
export function isAnswered(outcome: Outcome): boolean {
  return outcome === 'ok' || outcome === 'stale'
}

/** True for outcomes that a check cycle counts as passed: an address that is gone is no failure. */
export function isPass(outcome: Outcome): boolean {
  return isAnswered(outcome) || outcome === 'address-gone'
}

/**
 * True where it is known that nothing can answer, by the kernel's word for one: the server has gone,
 * not just lost or delayed a query.
 */
export function isConclusive(outcome: Outcome): boolean {
  return outcome === 'conn-refused' || outcome === 'unreachable' || outcome === 'no-quorum'
}
