// The closed list of what one query can come to: one vocabulary for log, status and metrics.

/** Every outcome, with the sentence that explains it to an operator. */
export const OUTCOMES = {
  ok: 'answered as expected',
  stale: 'the answer is kept from before: who knows it could not be reached',
  cached: 'the answer comes from the cache and says nothing about now',
  vanished: 'the address is no longer on this host',
  timeout: 'no answer in time',
  refused: 'connection refused: nothing listens there',
  unreachable: 'no route to the address, or its interface is down',
  closed: 'the connection was closed before a whole answer had come',
  malformed: 'the answer is not a DNS message',
  mismatch: 'only answers to something else came: wrong source, id or question',
  truncated: 'the answer was truncated, over TCP as well',
  servfail: 'the server answered SERVFAIL',
  'wrong-rcode': 'the response code is not the expected one',
  'wrong-flags': 'a required header flag is missing',
  'wrong-answer': 'the answer lacks the expected records',
  'local-error': 'this host could not send the query',
  'no-quorum': 'a load balancer has too few real servers left',
} as const

/** What one query came to. */
export type Outcome = keyof typeof OUTCOMES

/** All outcomes in the order of the list, for metrics and tests. */
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[]

/** True where the server gave what clients are to have: a stale answer serves them, too. */
export function isAnswered(outcome: Outcome): boolean {
  return outcome === 'ok' || outcome === 'stale'
}

/** True for outcomes that a sweep counts as passed: a vanished address is no failure. */
export function isPass(outcome: Outcome): boolean {
  return isAnswered(outcome) || outcome === 'vanished'
}

/**
 * True where it is known that nothing can answer, by the kernel's word for one: the server has gone,
 * not just lost or delayed a query.
 */
export function isConclusive(outcome: Outcome): boolean {
  return outcome === 'refused' || outcome === 'unreachable' || outcome === 'no-quorum'
}
