// What a check asks: DNS, or how many real servers a load balancer has.
import { isRandom, type Probe, questionText } from '../dns/probe.ts'

export type Source = DnsSource | QuorumSource

/** A question to the target, and what must come back; a configuration and a history say no kind. */
export interface DnsSource extends Probe {
  readonly kind?: 'dns'
}

/** Whether the services at the target, a virtual address, have as many real servers as they need. */
export interface QuorumSource {
  readonly kind: 'quorum'
}

/** What is asked, for people: "www.example.com A". */
export function sourceText(source: Source): string {
  return source.kind === 'quorum' ? 'real servers' : questionText(source.question)
}

/** Whether each asking is about another name, which no cache knows. */
export function isNewEachTime(source: Source): boolean {
  return source.kind !== 'quorum' && isRandom(source.question)
}
