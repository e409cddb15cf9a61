// A probe: a question, what must come back, and what one query can come to.

export type Transport = 'udp' | 'tcp'
export type Family = 4 | 6

export interface Question {
  /** Absolute name without the final dot; the root is ".". It may hold `RANDOM`, once. */
  readonly name: string
  /** Mnemonic in upper case, such as "A", "SOA" or "TYPE65". */
  readonly type: string
  readonly class: 'IN' | 'CH'
}

/** Header bits that an expectation can require. */
export type HeaderFlag = 'aa' | 'ra' | 'ad'

export interface Expectation {
  /** Mnemonic of the response code, such as "NOERROR" or "NXDOMAIN". */
  readonly rcode: string
  /** Flags that must be set. */
  readonly flags: readonly HeaderFlag[]
  /** Record data in presentation form, each of which must be among the answers of the asked type. */
  readonly contains: readonly string[]
  /** The least number of answers of the asked type. */
  readonly minAnswers: number
}

export interface Probe {
  readonly question: Question
  readonly expect: Expectation
}

/** In a name to be asked: here come characters that are new each time, so that no cache knows the name. */
export const RANDOM = '{random}'

/** So many characters take its place: letters and digits that nobody guesses (64 bits). */
export const RANDOM_CHARACTERS = 16

/** Whether each asking is about another name. */
export function isRandom({ name }: Pick<Question, 'name'>): boolean {
  return name.includes(RANDOM)
}

/** "www.example.com A", for people. */
export function questionText({ name, type }: Question): string {
  return `${name} ${type}`
}

/** The question as it is asked, with `characters` in the place of `RANDOM`. */
export function drawn(question: Question, characters: string): Question {
  return { ...question, name: question.name.replace(RANDOM, characters) }
}

/** Every outcome, with the sentence that explains it to an operator. */
export const QUERY_OUTCOMES = {
  ok: 'answered as expected',
  stale: 'an expired answer from the cache: its source could not be reached',
  cached: 'an answer from the cache, which shows nothing of the present',
  'address-gone': 'the address is no longer on this host',
  timeout: 'no response in time',
  'conn-refused': 'no listener on this address and port',
  unreachable: 'no route to the address, or its interface is down',
  closed: 'the connection was closed before the response was complete',
  malformed: 'the response is not a DNS message',
  mismatch: 'response did not match the query (source, ID or question)',
  truncated: 'the response was truncated, over TCP as well',
  servfail: 'the response code is SERVFAIL',
  'wrong-rcode': 'the response code is not the expected one',
  'wrong-flags': 'a required header flag is missing',
  'wrong-answer': 'the response lacks the expected records',
  'local-error': 'this host could not send the query',
} as const

/** What one query came to. */
export type QueryOutcome = keyof typeof QUERY_OUTCOMES
