// Runs in the client node: asks the service addresses at a steady rate and records every query.
import type { ClientLine, ClientPlan } from './client.ts'
import { type QueryRecord, type Stream, summarize } from './client-report.ts'
import { readWhoami, whoamiQuery } from './whoami-wire.ts'

const DNS_PORT = 53
const TICK_MS = 5
const LIVE_MS = 200
/** What was due earlier is left out: named drops connections of which more than ten wait at once. */
const CATCH_UP_MS = 20

interface Pending {
  readonly stream: number
  readonly sentMs: number
  settled: boolean
  close?: () => void
}

type Ask = (pending: Pending) => void

const plan = JSON.parse(process.argv[2] ?? '') as ClientPlan
const query = whoamiQuery()
const records: QueryRecord[] = []
/** In the order of sending, so that those that ran out of time stand first. */
const waiting: Pending[] = []
let live = { sent: 0, answered: 0, lost: 0, byServer: {} as Record<string, number> }

/** Milliseconds since 1970 that never step. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function settle(pending: Pending, server: string | null, loss: string | null): void {
  if (pending.settled) return
  pending.settled = true
  const latencyMs = nowMs() - pending.sentMs
  records.push({ stream: pending.stream, sentMs: pending.sentMs, latencyMs, server, loss })
  if (server === null) live.lost++
  else {
    live.answered++
    live.byServer[server] = (live.byServer[server] ?? 0) + 1
  }
  pending.close?.()
}

function answer(pending: Pending, message: Uint8Array): void {
  const read = readWhoami(message, query.length)
  if (read === null) settle(pending, null, 'garbage')
  else if ('server' in read) settle(pending, read.server, null)
  else settle(pending, null, read.loss)
}

/** One connected socket for the stream: the kernel drops what comes from elsewhere. */
async function udpStream(stream: Stream): Promise<Ask> {
  const byId = new Map<number, Pending>()
  let nextId = 1
  const socket = await Bun.udpSocket({
    hostname: stream.family === 'v6' ? '::' : '0.0.0.0',
    connect: { hostname: stream.address, port: DNS_PORT },
    binaryType: 'uint8array',
    socket: {
      data(_socket, message) {
        if (message.length < 2) return
        const pending = byId.get(((message[0] ?? 0) << 8) | (message[1] ?? 0))
        if (pending !== undefined) answer(pending, message)
      },
      // An ICMP error speaks of no query in particular; the one that caused it will time out.
      error() {},
    },
  })
  return (pending) => {
    const id = nextId
    nextId = (nextId % 0xffff) + 1
    byId.set(id, pending)
    pending.close = () => byId.delete(id)
    const message = query.slice()
    new DataView(message.buffer).setUint16(0, id)
    try {
      socket.send(message)
    } catch {
      // Network unreachable and the like: the query times out as it would for a stub resolver.
    }
  }
}

/** One connection for each query. */
function tcpStream(stream: Stream): Ask {
  const framed = new Uint8Array(query.length + 2)
  new DataView(framed.buffer).setUint16(0, query.length)
  framed.set(query, 2)
  return (pending) => {
    let received: Uint8Array = new Uint8Array()
    const connection = Bun.connect({
      hostname: stream.address,
      port: DNS_PORT,
      socket: {
        binaryType: 'uint8array',
        open(socket) {
          pending.close = () => socket.terminate()
          if (pending.settled) socket.terminate()
          else socket.write(framed)
        },
        data(_socket, chunk) {
          received = received.length === 0 ? chunk.slice() : join(received, chunk)
          const length = ((received[0] ?? 0) << 8) | (received[1] ?? 0)
          if (received.length >= 2 + length) answer(pending, received.subarray(2, 2 + length))
        },
        close: () => settle(pending, null, 'closed'),
        error: () => settle(pending, null, 'closed'),
        connectError: () => settle(pending, null, 'refused'),
      },
    })
    connection.catch(() => settle(pending, null, 'refused'))
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/**
 * @param seenMs until when all that had arrived has been read: after a moment without a processor, answers that came in
 *   time lie in the sockets
 */
function expire(seenMs: number): void {
  const horizonMs = seenMs - plan.timeoutMs
  while (waiting[0] !== undefined && (waiting[0].settled || waiting[0].sentMs <= horizonMs)) {
    const pending = waiting.shift()
    if (pending !== undefined) settle(pending, null, 'timeout')
  }
}

function say(line: ClientLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function main(): Promise<void> {
  const asks = await Promise.all(
    plan.streams.map((stream) =>
      stream.transport === 'udp' ? udpStream(stream) : tcpStream(stream),
    ),
  )
  const startMs = nowMs()
  let slot = 0
  let sending = true
  let stallMs = 0
  let lastTickMs = startMs

  const ticker = setInterval(() => {
    const now = nowMs()
    stallMs = Math.max(stallMs, now - lastTickMs - TICK_MS)
    const seenMs = lastTickMs
    lastTickMs = now
    const due = Math.floor(((now - startMs) * plan.ratePerS) / 1000)
    slot = Math.max(slot, due - Math.ceil((CATCH_UP_MS * plan.ratePerS) / 1000))
    for (; sending && slot < due; slot++) {
      const stream = slot % asks.length
      const pending: Pending = { stream, sentMs: nowMs(), settled: false }
      waiting.push(pending)
      live.sent++
      asks[stream]?.(pending)
    }
    expire(seenMs)
    if (sending || waiting.length > 0) return
    clearInterval(ticker)
    say({ kind: 'report', report: summarize(plan.streams, records, stallMs) })
    process.exit(0)
  }, TICK_MS)

  setInterval(() => {
    if (plan.live) say({ kind: 'live', live: { atMs: nowMs(), ...live } })
    live = { sent: 0, answered: 0, lost: 0, byServer: {} }
  }, LIVE_MS)
  process.stdin.on('data', (chunk) => {
    const words = String(chunk).split('\n')
    if (words.includes('interim'))
      say({ kind: 'interim', report: summarize(plan.streams, records, stallMs) })
    if (words.includes('stop')) sending = false
  })
  say({ kind: 'started' })
}

await main()
