// What the demo knows at one moment: servers, queries second by second, and what has happened. Pure.

export interface ServerView {
  readonly name: string
  readonly named: 'running' | 'stopped' | 'frozen'
  /** It has the service addresses on an interface other than loopback. */
  readonly holds: boolean
  readonly health: string
  readonly state: string
  readonly priority: string
  /** Why it thinks so, as its status says. */
  readonly reason: string
}

/** One second of queries, by the moment at which their fate was known. */
export interface Second {
  readonly answered: ReadonlyMap<string, number>
  readonly lost: number
}

export type Tone = 'plain' | 'good' | 'bad' | 'act'

export interface Note {
  readonly atMs: number
  readonly tone: Tone
  readonly text: string
}

/** A part of the show. */
export interface Act {
  readonly number: number
  readonly atMs: number
  readonly title: string
  readonly explanation: string
}

/** Times are milliseconds since the first query. */
export interface Scene {
  readonly elapsedMs: number
  /** Queries a second, all servers together. */
  readonly ratePerS: number
  readonly addresses: readonly string[]
  readonly servers: readonly ServerView[]
  readonly seconds: readonly Second[]
  readonly notes: readonly Note[]
  /** Those that have begun; the last one is on. */
  readonly acts: readonly Act[]
  readonly actCount: number
}

/** A count of queries, as the client reports it several times a second. */
export interface Count {
  readonly atMs: number
  readonly lost: number
  readonly byServer: Readonly<Record<string, number>>
}

/** Adds counts up to whole seconds. */
export function secondsOf(counts: readonly Count[]): Second[] {
  const seconds: { answered: Map<string, number>; lost: number }[] = []
  for (const count of counts) {
    const index = Math.max(0, Math.floor(count.atMs / 1000))
    while (seconds.length <= index) seconds.push({ answered: new Map(), lost: 0 })
    const second = seconds[index]
    if (second === undefined) continue
    second.lost += count.lost
    for (const [server, answered] of Object.entries(count.byServer)) {
      second.answered.set(server, (second.answered.get(server) ?? 0) + answered)
    }
  }
  return seconds
}

/** The names of the servers that hold the service addresses: "ns1", "nobody", "ns1 and ns2". */
export function holderText(servers: readonly ServerView[]): string {
  const names = servers.filter((server) => server.holds).map((server) => server.name)
  return names.length === 0 ? 'nobody' : names.join(' and ')
}
