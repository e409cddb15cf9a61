// A check: one source, DNS or a count of real servers, at one endpoint; and the run in which it is asked.
import { type Family, isRandom, type Probe, questionText, type Transport } from '../dns/probe.ts'

export interface Check {
  /** The same for the same probe at the same endpoint, through all reloads. */
  readonly id: string
  readonly endpoint: Endpoint
  readonly source: Source
  readonly group: { readonly name: string; readonly kind: 'required' | 'upstream' }
}

/** A check being asked until its outcome is certain, confirming queries included: one object for all of them. */
export interface Run {
  readonly check: Check
  /** When its first query was sent, or that of the run whose place it takes. */
  readonly askedMs: number
}

export type Source = DnsSource | QuorumSource

/** A question to the endpoint, and what must come back; a configuration and a history say no kind. */
export interface DnsSource extends Probe {
  readonly kind?: 'dns'
}

/** Whether the services at the endpoint, a virtual address, have as many real servers as they need. */
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

/** One address on one interface, as the kernel has it now. */
export interface LocalAddress {
  /** Canonical text form; link-local IPv6 carries its zone ("fe80::1%eth0"). */
  readonly address: string
  readonly family: Family
  readonly interface: string
  readonly loopback: boolean
  /** `tentative` and `dadfailed` are IPv6 states in which nothing can be bound to the address. */
  readonly state: 'ready' | 'tentative' | 'dadfailed'
  /**
   * When it came, or became ready after it had not been, on the core's clock; null when it was
   * there before the daemon started.
   */
  readonly sinceMs: number | null
}

export interface Endpoint {
  readonly transport: Transport
  readonly address: string
  readonly family: Family
}

/** The endpoint's name in logs, status and metrics: "udp/192.0.2.1". */
export function endpointName(endpoint: Pick<Endpoint, 'transport' | 'address'>): string {
  return `${endpoint.transport}/${endpoint.address}`
}
