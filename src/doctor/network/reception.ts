// Whether queries that arrive are answered, from what was on the wire. Pure.
import type { Transport } from '../../dns/probe.ts'
import type { Packet, QueryTraffic } from '../facts/queries.ts'

interface Endpoint {
  readonly transport: Transport
  readonly address: string
}

/** What became of the queries of clients to an endpoint. */
export type Reception = Endpoint &
  (
    | { readonly kind: 'answered'; readonly told: string }
    /** Not one was answered; the latest comes last. */
    | { readonly kind: 'silent'; readonly queries: readonly Packet[] }
    | { readonly kind: 'unknown'; readonly why: string }
  )

/** From here on a query counts as not answered, for now. */
const RIPE_MS = 1000
/** Fewer say nothing: a packet may get lost on any network. */
const ENOUGH = 3

/** What the wire says of the queries of other hosts to a service address. */
export function receptionOf(endpoint: Endpoint, traffic: QueryTraffic): Reception {
  const isThere = (packet: Packet) =>
    packet.transport === endpoint.transport && packet.address === endpoint.address && !packet.isOwn
  const answers = traffic.answers.filter((answer) => isThere(answer) && !answer.isRefusal)
  const keys = new Set(answers.map((answer) => answer.key))
  const isAnswered = (packet: Packet) => keys.has(packet.key)
  const ripeMs = traffic.untilMs[endpoint.transport] - RIPE_MS
  const queries = traffic.queries
    .filter(isThere)
    .filter((query) => query.atMs <= ripeMs || isAnswered(query))
  const answered = queries.filter(isAnswered).length
  const unknown = (why: string): Reception => ({ ...endpoint, kind: 'unknown', why })
  if (queries.length === 0) return unknown('no queries seen')
  const told = `${answered} of ${queries.length} queries answered`
  if (answers.length === 0) {
    return queries.length < ENOUGH ? unknown(told) : { ...endpoint, kind: 'silent', queries }
  }
  const left = [...Map.groupBy(queries, (query) => query.client)].filter(
    ([, its]) => its.length >= ENOUGH && !its.some(isAnswered),
  )
  const [first] = left
  if (first !== undefined) return unknown(`${told}, none of those from ${first[0]}`)
  // A limit for each client, or loss: from here it looks the same.
  return answered * 2 < queries.length ? unknown(told) : { ...endpoint, kind: 'answered', told }
}

/**
 * Whether it is certain that the queries of a silence got lost between the wire and the server's
 * socket. Where it is not, the server may be slow.
 */
export function isLostInKernel(queries: readonly Packet[], traffic: QueryTraffic): boolean {
  const [first] = queries
  if (first === undefined || queries.length < ENOUGH) return false
  if (first.transport === 'udp') return traffic.lost[first.family] >= queries.length
  // The kernel itself takes a connection or refuses it, whatever the server does.
  const keys = new Set(queries.map((query) => query.key))
  return traffic.isTcpFree && !traffic.answers.some((answer) => keys.has(answer.key))
}

/**
 * What this host asked itself and did not get to its own socket, by transport and family. A rule
 * that does not name its interface does that to clients as well.
 */
export function ownLosses(traffic: QueryTraffic): readonly (readonly Packet[])[] {
  const answered = new Set(
    traffic.answers
      .filter((answer) => answer.isOwn)
      .map((answer) => `${answer.transport} ${answer.address} ${answer.key}`),
  )
  const own = traffic.queries.filter((query) => query.isOwn)
  return [...Map.groupBy(own, (packet) => `${packet.transport} ${packet.family}`).values()].filter(
    (queries) =>
      !queries.some((query) => answered.has(`${query.transport} ${query.address} ${query.key}`)) &&
      isLostInKernel(queries, traffic),
  )
}
