// The closed list of what one query can come to.

/** Every outcome, with the sentence that explains it to an operator. */
export const QUERY_OUTCOMES = {
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
} as const

/** What one query came to. */
export type QueryOutcome = keyof typeof QUERY_OUTCOMES
