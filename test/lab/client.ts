// The client as a test sees it: start it, and stop it for its report.

import type { ClientReport, Family, Stream, Transport } from './client-report.ts'
import type { Node } from './namespace.ts'
import { REPOSITORY } from './namespace.ts'

export interface ClientOptions {
  /** Queries a second, shared by all streams. */
  readonly ratePerS?: number
  readonly transports?: readonly Transport[]
  readonly families?: readonly Family[]
  /** Service addresses to ask; all of the lab's when left out. */
  readonly addresses?: readonly string[]
  /** After this time without an answer a query is lost. */
  readonly timeoutMs?: number
  /** Called five times a second with what happened since the last call. */
  readonly onLive?: (live: LiveCount) => void
}

export interface LiveCount {
  readonly atMs: number
  readonly sent: number
  readonly answered: number
  readonly lost: number
  readonly byServer: Readonly<Record<string, number>>
}

export interface ClientPlan {
  readonly ratePerS: number
  readonly streams: readonly Stream[]
  readonly timeoutMs: number
  readonly live: boolean
}

/** What the client's program prints, one JSON document a line. */
export type ClientLine =
  | { readonly kind: 'started' }
  | { readonly kind: 'live'; readonly live: LiveCount }
  | { readonly kind: 'interim'; readonly report: ClientReport }
  | { readonly kind: 'report'; readonly report: ClientReport }

export interface RunningClient {
  /** What was measured so far; it sends on. Queries on their way are in no figure yet. */
  interim(): Promise<ClientReport>
  /**
   * Sends on for a moment, so that a move that has just ended is not taken for no service, then no
   * more, waits for the last answers and returns what was measured.
   */
  stop(): Promise<ClientReport>
}

/** @typeParam Seat where it sits: a node of the lab, or whatever else can start programs */
export interface Client<Seat extends Pick<Node, 'spawn'> = Node> {
  readonly node: Seat
  start(options?: ClientOptions): Promise<RunningClient>
}

/**
 * Four streams (two transports, two families) get 25 queries a second each. Each query costs about
 * a millisecond of processor time: a test whose figures need more of them says so.
 */
const RATE_PER_S = 100
const TIMEOUT_MS = 1000
const REST_MS = 500

export function createClient<Seat extends Pick<Node, 'spawn'>>(
  node: Seat,
  serviceAddresses: readonly string[],
): Client<Seat> {
  return {
    node,
    async start(options = {}) {
      const plan: ClientPlan = {
        ratePerS: options.ratePerS ?? RATE_PER_S,
        streams: streamsOf(options, serviceAddresses),
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        live: options.onLive !== undefined,
      }
      const program = `${REPOSITORY}/test/lab/client-program.ts`
      const child = await node.spawn('queries', [process.execPath, program, JSON.stringify(plan)])
      child.log.onLine((line) => {
        const said = parseLine(line.text)
        if (said?.kind === 'live') options.onLive?.(said.live)
      })
      await child.log.waitFor(/"kind":"started"/)
      const ask = async (word: 'interim' | 'stop', kind: 'interim' | 'report') => {
        const from = child.log.lines.length
        child.write(`${word}\n`)
        const line = await child.log.waitFor(new RegExp(`"kind":"${kind}"`), { from })
        const said = parseLine(line.text)
        if (said?.kind !== kind) throw new Error(`not a report: ${line.text}`)
        return said.report
      }
      return {
        interim: () => ask('interim', 'interim'),
        async stop() {
          await Bun.sleep(REST_MS)
          const report = await ask('stop', 'report')
          await child.exited
          return report
        },
      }
    },
  }
}

function streamsOf(options: ClientOptions, serviceAddresses: readonly string[]): Stream[] {
  const transports = options.transports ?? ['udp', 'tcp']
  const families = options.families ?? ['v4', 'v6']
  return (options.addresses ?? serviceAddresses).flatMap((address) => {
    const family: Family = address.includes(':') ? 'v6' : 'v4'
    if (!families.includes(family)) return []
    return transports.map((transport) => ({ transport, family, address }))
  })
}

function parseLine(text: string): ClientLine | null {
  try {
    return JSON.parse(text) as ClientLine
  } catch {
    return null
  }
}
