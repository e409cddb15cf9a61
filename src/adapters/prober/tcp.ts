// One query over one TCP connection from its source, usually the very address that it asks.
import { connect, type Socket } from 'node:net'
import { classifyReply } from '../../dns/reply.ts'
import {
  errorFinding,
  literalLookup,
  type QueryResult,
  type Request,
  startDeadline,
} from './exchange.ts'

const LENGTH_BYTES = 2
const HEADER_BYTES = 12

/**
 * Connects, sends the query with its two-byte length (RFC 1035 section 4.2.2) and judges the first
 * message that comes back: a connection has one peer, so whatever it says is conclusive.
 * Never rejects; the connection and the timer are gone when it resolves.
 */
export function askTcp(request: Request): Promise<QueryResult> {
  return new Promise((resolve) => {
    let socket: Socket | null = null
    let settled = false
    const frame = startFrame()
    const settle = (finding: QueryResult) => {
      if (settled) return
      settled = true
      cancelDeadline()
      if (socket !== null) close(socket, request)
      resolve(finding)
    }
    const fail = (error: unknown) => settle(errorFinding(error))
    const cancelDeadline = startDeadline(request.timeoutMs, () => settle({ outcome: 'timeout' }))
    const endEarly = () => settle({ outcome: 'closed', detail: progress(frame) })
    try {
      const opened = openConnection(request)
      socket = opened
      opened.on('error', fail)
      opened.on('end', endEarly)
      opened.on('close', endEarly)
      opened.on('connect', () => opened.write(framed(request.query)))
      opened.on('data', (chunk: Uint8Array) => {
        if (settled) return
        const whole = addChunk(frame, chunk)
        if (whole !== null) settle(judge(whole, request))
      })
    } catch (error) {
      fail(error)
    }
  })
}

function openConnection(request: Request): Socket {
  const { address, family, port, source, sourcePort } = request
  const from = {
    ...(source === null ? {} : { localAddress: source }),
    ...(sourcePort === 0 ? {} : { localPort: sourcePort }),
  }
  const lookup = literalLookup as never
  return connect({ host: address, port, ...from, family, lookup, noDelay: true })
}

/** A port that will be asked from again must not stay in TIME_WAIT for a minute, as one of the kernel's may. */
function close(socket: Socket, { sourcePort }: Request): void {
  if (sourcePort === 0) socket.destroy()
  else socket.resetAndDestroy()
}

/** What a connection has brought so far. */
interface Frame {
  readonly chunks: Uint8Array[]
  length: number
}

function startFrame(): Frame {
  return { chunks: [], length: 0 }
}

/** Adds what came; returns all of it once it holds a whole message, or can never hold one. */
function addChunk(frame: Frame, chunk: Uint8Array): Uint8Array | null {
  frame.chunks.push(chunk)
  frame.length += chunk.length
  if (frame.length < LENGTH_BYTES) return null
  const announced = announcedLength(frame.chunks)
  const complete = frame.length >= LENGTH_BYTES + announced
  return complete || announced < HEADER_BYTES ? joined(frame) : null
}

function announcedLength(chunks: readonly Uint8Array[]): number {
  const first = chunks[0]
  if (first !== undefined && first.length >= LENGTH_BYTES) {
    return ((first[0] ?? 0) << 8) | (first[1] ?? 0)
  }
  // The length itself came in pieces.
  const start = chunks.flatMap((chunk) => [...chunk.subarray(0, LENGTH_BYTES)])
  return ((start[0] ?? 0) << 8) | (start[1] ?? 0)
}

function joined(frame: Frame): Uint8Array {
  const [first] = frame.chunks
  if (first !== undefined && frame.chunks.length === 1) return first
  const bytes = new Uint8Array(frame.length)
  let at = 0
  for (const chunk of frame.chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function judge(bytes: Uint8Array, request: Request): QueryResult {
  const announced = announcedLength([bytes])
  if (announced < HEADER_BYTES) {
    return { outcome: 'malformed', detail: `a message of ${announced} bytes is announced` }
  }
  const extra = bytes.length - LENGTH_BYTES - announced
  if (extra > 0) return { outcome: 'malformed', detail: `${extra} bytes follow the answer` }
  const reply = classifyReply(bytes.subarray(LENGTH_BYTES), request.asked)
  switch (reply.kind) {
    case 'answer':
      return reply
    case 'truncated':
      return { outcome: 'truncated' }
    case 'foreign':
      return { outcome: 'mismatch', detail: reply.why }
    default:
      return reply satisfies never
  }
}

function progress(frame: Frame): string {
  if (frame.length < LENGTH_BYTES) return 'before any answer'
  const whole = LENGTH_BYTES + announcedLength(frame.chunks)
  return `after ${frame.length} of ${whole} bytes`
}

function framed(query: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + query.length)
  bytes[0] = query.length >> 8
  bytes[1] = query.length & 0xff
  bytes.set(query, LENGTH_BYTES)
  return bytes
}
