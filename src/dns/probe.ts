// A probe: a question and what must come back.

export type Transport = 'udp' | 'tcp'
export type Family = 4 | 6

export interface Question {
  /** Absolute name without the final dot; the root is "." */
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
