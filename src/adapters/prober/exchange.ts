// What a transport is asked to do, and what it gives back; shared by UDP and TCP.

import type { Family, QueryOutcome } from '../../dns/probe.ts'
import type { SentQuery } from '../../dns/reply.ts'

/** One query, ready to send. */
export interface Request {
  /** Where to ask; link-local IPv6 with its zone. */
  readonly address: string
  /** Where to ask from: the very address that is asked, or null for what the kernel chooses. */
  readonly source: string | null
  /** 0 for a port that the kernel chooses. */
  readonly sourcePort: number
  readonly family: Family
  readonly port: number
  readonly timeoutMs: number
  /** The encoded query; its id is `asked.id`. */
  readonly query: Uint8Array
  readonly asked: SentQuery
}

export interface QueryResult {
  readonly outcome: QueryOutcome
  readonly detail?: string
  /** Where they were asked for: see `Answer`. */
  readonly records?: readonly string[]
  /** See `Answer`. */
  readonly ttlS?: number
}

/** Names are literals here, so that nothing ever waits for a resolver. */
export function literalLookup(
  host: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  void options
  callback(null, host, host.includes(':') ? 6 : 4)
}

/** The system's code of an error ("ECONNREFUSED"), or "" when it carries none. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** What a socket's error means for the query. */
export function errorFinding(error: unknown): QueryResult {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return { outcome: 'conn-refused' }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return { outcome: 'unreachable' }
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return { outcome: 'closed', detail: 'the connection was reset' }
    case 'ETIMEDOUT':
      return { outcome: 'timeout' }
    default:
      return { outcome: 'local-error', detail: errorText(error) }
  }
}

/**
 * Calls `late` at the deadline, once what the kernel had already received has been read: after a
 * stall of this process its timers fire before its sockets are looked at, and an answer that came
 * in time must not count as lost. Returns its cancellation.
 */
export function startDeadline(timeoutMs: number, late: () => void): () => void {
  let cancelled = false
  const conclude = () => {
    if (!cancelled) late()
  }
  const timer = setTimeout(() => setImmediate(() => setImmediate(conclude)), timeoutMs)
  return () => {
    cancelled = true
    clearTimeout(timer)
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
