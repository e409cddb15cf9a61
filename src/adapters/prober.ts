// Asks the local server one question at a time, each over a socket of its own.
import { randomBytes, randomFillSync } from 'node:crypto'
import { isIP } from 'node:net'
import type { Endpoint } from '../core/check.ts'
import { drawn, type Family, isRandom, type Question, RANDOM_CHARACTERS } from '../dns/probe.ts'
import { encodeQuery } from '../dns/query.ts'
import type { Answer, Clock, Prober, ProberQuery } from '../ports.ts'
import { probeBind } from './prober/bind-probe.ts'
import type { QueryResult, Request } from './prober/exchange.ts'
import { askTcp } from './prober/tcp.ts'
import { askUdp } from './prober/udp.ts'

export interface ProberOptions {
  readonly clock: Pick<Clock, 'nowMs'>
  /** Where the server listens. */
  readonly port?: number
  /** Ask other hosts, from whatever address the kernel chooses. */
  readonly remote?: boolean
  /** Where other hosts are asked from, for families for which the kernel is not to choose. */
  readonly sources?: Readonly<Partial<Record<Family, string>>>
  /** The source ports, used in turn; without them the kernel chooses. */
  readonly ports?: { readonly first: number; readonly last: number }
}

const DNS_PORT = 53
const ID_POOL_SIZE = 512

/**
 * A prober for this host's own addresses, or for those of other hosts.
 *
 * For its own, source and destination are the same address: without that the new holder of a moved service
 * address would answer over the wire, and the check would pass for the wrong server.
 */
export function createProber(options: ProberOptions): Prober {
  const { clock, port = DNS_PORT, remote = false, sources = {} } = options
  const nextPort = createPortSource(options.ports)
  const nextId = createIdSource()
  const encodedQuery = createEncoder()

  return {
    async ask(query: ProberQuery): Promise<Answer> {
      const startMs = clock.nowMs()
      const { endpoint, expect, timeoutMs, wantsRecords = false } = query
      const { address, family } = endpoint
      // Anything else would be looked up, and "" would be bound to every address.
      if (isIP(address) !== family) return unasked(`"${address}" is no IPv${family} address`)
      const id = nextId()
      const question = asAsked(query.question)
      const bytes = encodedQuery(question, id)
      if (typeof bytes === 'string') return unasked(bytes)
      const asked = { id, question, expect, wantsRecords }
      const source = remote ? (sources[family] ?? null) : address
      const path = { address, family, port, source, sourcePort: nextPort() }
      const request: Request = { ...path, timeoutMs, query: bytes, asked }
      const finding =
        endpoint.transport === 'udp'
          ? await askUdpThenTcp(request, () => clock.nowMs() - startMs)
          : await askTcp(request)
      const latencyMs = clock.nowMs() - startMs
      const { outcome, detail, records, ttlS } = remote
        ? finding
        : await corrected(finding, endpoint)
      return {
        outcome,
        latencyMs,
        ...(detail === undefined ? {} : { detail }),
        ...(records === undefined ? {} : { records }),
        ...(ttlS === undefined ? {} : { ttlS }),
      }
    },
  }
}

/** The same question, unless its name is to be another one each time. */
function asAsked(question: Question): Question {
  if (!isRandom(question)) return question
  return drawn(question, randomBytes(RANDOM_CHARACTERS / 2).toString('hex'))
}

/** A failure as the kernel sees it: what a runtime calls "refused" can be something else. */
async function corrected(finding: QueryResult, endpoint: Endpoint): Promise<QueryResult> {
  if (finding.outcome === 'ok') return finding
  const presence = await probeBind(endpoint.address, endpoint.family)
  switch (presence) {
    case 'here':
    case 'unknown':
      return finding
    case 'gone':
      return { outcome: 'address-gone' }
    case 'exhausted':
      // Bun says ECONNREFUSED of a connection for which it got no descriptor.
      if (finding.outcome === 'local-error') return finding
      return { outcome: 'local-error', detail: 'this process can open no more sockets' }
    default:
      return presence satisfies never
  }
}

function unasked(detail: string): Answer {
  return { outcome: 'local-error', latencyMs: 0, detail }
}

/** A truncated answer is asked for again over TCP, in what is left of the time. */
async function askUdpThenTcp(request: Request, elapsedMs: () => number): Promise<QueryResult> {
  const finding = await askUdp(request)
  if (finding !== 'truncated') return finding
  const leftMs = request.timeoutMs - elapsedMs()
  if (leftMs <= 0) return { outcome: 'timeout', detail: 'truncated over UDP, no time left for TCP' }
  const overTcp = await askTcp({ ...request, timeoutMs: leftMs })
  if (overTcp.outcome === 'ok') return overTcp
  const detail = overTcp.detail === undefined ? '' : `: ${overTcp.detail}`
  return { outcome: overTcp.outcome, detail: `over TCP, after a truncated answer${detail}` }
}

function createPortSource(ports: ProberOptions['ports']): () => number {
  if (ports === undefined) return () => 0
  const { first, last } = ports
  let next = first
  return () => {
    const port = next
    next = port === last ? first : port + 1
    return port
  }
}

/** Unpredictable query ids (RFC 5452 section 9.2), drawn many at a time. */
function createIdSource(): () => number {
  const pool = new Uint16Array(ID_POOL_SIZE)
  let next = pool.length
  return () => {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    return pool[next++] ?? 0
  }
}

/** Encodes a question once and then copies it; returns what is wrong with one that cannot be asked. */
function createEncoder(): (question: Question, id: number) => Uint8Array | string {
  const templates = new WeakMap<Question, Uint8Array | string>()
  return (question, id) => {
    let template = templates.get(question)
    if (template === undefined) {
      const encoded = encodeQuery(question, 0)
      template = encoded.ok ? encoded.bytes : encoded.why
      templates.set(question, template)
    }
    if (typeof template === 'string') return template
    const bytes = template.slice()
    bytes[0] = id >> 8
    bytes[1] = id & 0xff
    return bytes
  }
}
