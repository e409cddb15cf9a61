// What the client measured: one record a query, added up. Pure.

export type Transport = 'udp' | 'tcp'
export type Family = 'v4' | 'v6'

export interface Stream {
  readonly transport: Transport
  readonly family: Family
  readonly address: string
}

/** One query. */
export interface QueryRecord {
  /** Index of its stream. */
  readonly stream: number
  /** Wall-clock milliseconds. */
  readonly sentMs: number
  /** From sending to the answer, or to the end of waiting. */
  readonly latencyMs: number
  /** The server that answered, or null when the query was lost. */
  readonly server: string | null
  /** Why it was lost: timeout, refused, closed, `rcode 2`, garbage. */
  readonly loss: string | null
}

export interface Tally {
  readonly sent: number
  readonly answered: number
  readonly lost: number
  /**
   * The longest time without service: from the sending of a lost query to the sending of the next
   * query on the same stream that was answered (or of the last one sent).
   */
  readonly longestGapMs: number
  /** Of the answered ones. */
  readonly slowestMs: number
  readonly byServer: Readonly<Record<string, number>>
  readonly lostBy: Readonly<Record<string, number>>
}

export interface ClientReport extends Tally {
  readonly fromMs: number
  readonly toMs: number
  readonly streams: readonly (Stream & Tally)[]
  /** How late the client itself was at worst: a gap no longer than this may be its own. */
  readonly stallMs: number
  /** Streams whose last query was lost: they were not served at the end. */
  readonly unservedAtEnd: number
  /** Runs of lost queries on any stream, in time order, the first hundred. */
  readonly outages: readonly Outage[]
}

export interface Outage {
  readonly stream: number
  readonly fromMs: number
  readonly toMs: number
  readonly lost: number
}

const LISTED_OUTAGES = 100

/** Queries of a transport that were lost: a connection ends where an address moves, a datagram need not. */
export function lostOver(transport: Transport, { streams }: ClientReport): number {
  const own = streams.filter((stream) => stream.transport === transport)
  return own.reduce((sum, entry) => sum + entry.lost, 0)
}

export function summarize(
  streams: readonly Stream[],
  records: readonly QueryRecord[],
  stallMs: number,
): ClientReport {
  const sorted = [...records].sort((a, b) => a.sentMs - b.sentMs)
  const outages = streams.map((_, index) =>
    outagesOf(sorted.filter((record) => record.stream === index)),
  )
  const all = outages.flat().sort((a, b) => a.fromMs - b.fromMs)
  return {
    fromMs: sorted[0]?.sentMs ?? 0,
    toMs: sorted.at(-1)?.sentMs ?? 0,
    ...tally(sorted, all),
    streams: streams.map((stream, index) => ({
      ...stream,
      ...tally(
        sorted.filter((record) => record.stream === index),
        outages[index] ?? [],
      ),
    })),
    stallMs,
    unservedAtEnd: streams.filter(
      (_, index) => sorted.findLast((record) => record.stream === index)?.server === null,
    ).length,
    outages: all.slice(0, LISTED_OUTAGES),
  }
}

/** @param records of one stream, in the order of sending */
function outagesOf(records: readonly QueryRecord[]): Outage[] {
  const outages: Outage[] = []
  let open: { stream: number; fromMs: number; lost: number } | null = null
  for (const record of records) {
    if (record.server === null) {
      open ??= { stream: record.stream, fromMs: record.sentMs, lost: 0 }
      open.lost++
    } else if (open !== null) {
      outages.push({ ...open, toMs: record.sentMs })
      open = null
    }
  }
  const last = records.at(-1)
  if (open !== null && last !== undefined) outages.push({ ...open, toMs: last.sentMs })
  return outages
}

function tally(records: readonly QueryRecord[], outages: readonly Outage[]): Tally {
  const answered = records.filter((record) => record.server !== null)
  return {
    sent: records.length,
    answered: answered.length,
    lost: records.length - answered.length,
    longestGapMs: outages.reduce(
      (longest, outage) => Math.max(longest, outage.toMs - outage.fromMs),
      0,
    ),
    slowestMs: answered.reduce(
      (slowest, queryRecord) => Math.max(slowest, queryRecord.latencyMs),
      0,
    ),
    byServer: count(answered.map((record) => record.server)),
    lostBy: count(records.map((record) => record.loss)),
  }
}

function count(names: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) {
    if (name !== null) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
