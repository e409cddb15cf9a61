// One query over one connected UDP socket, bound to its source, usually the very address that it asks.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { classifyReply } from '../../dns/reply.ts'
import {
  errorFinding,
  literalLookup,
  type QueryResult,
  type Request,
  startDeadline,
} from './exchange.ts'

/**
 * Sends the query and waits for its answer. Datagrams from elsewhere, with another id or to another
 * question are passed over until the deadline, and are `mismatch` then if nothing else came.
 *
 * Being connected makes the kernel report a closed port at once (an ICMP error as ECONNREFUSED).
 * Never rejects; the socket and the timer are gone when it resolves.
 */
export function askUdp(request: Request): Promise<QueryResult | 'truncated'> {
  return new Promise((resolve) => {
    let socket: Socket | null = null
    let settled = false
    let foreign: string | null = null
    const settle = (finding: QueryResult | 'truncated') => {
      if (settled) return
      settled = true
      cancelDeadline()
      if (socket !== null) closeQuietly(socket)
      resolve(finding)
    }
    const fail = (error: unknown) => settle(errorFinding(error))
    const cancelDeadline = startDeadline(request.timeoutMs, () => {
      settle(foreign === null ? { outcome: 'timeout' } : { outcome: 'mismatch', detail: foreign })
    })
    const receive = (bytes: Uint8Array, from: RemoteInfo) => {
      if (settled) return
      if (!isFrom(from, request)) {
        foreign = `a reply from ${from.address} port ${from.port}`
        return
      }
      const reply = classifyReply(bytes, request.asked)
      if (reply.kind === 'foreign') foreign = reply.why
      else settle(reply.kind === 'truncated' ? 'truncated' : reply)
    }
    try {
      socket = openSocket(request)
      socket.on('error', fail)
      socket.on('message', receive)
      connectAndSend(socket, request, fail)
    } catch (error) {
      fail(error)
    }
  })
}

function openSocket(request: Request): Socket {
  const type = request.family === 6 ? 'udp6' : 'udp4'
  return createSocket({ type, lookup: literalLookup as never })
}

function connectAndSend(socket: Socket, request: Request, fail: (error: unknown) => void): void {
  const from = request.source === null ? {} : { address: request.source }
  socket.bind({ ...from, port: request.sourcePort }, () => {
    // Callbacks run outside the caller's try, and the socket may be closed by now.
    try {
      socket.connect(request.port, request.address, (error?: Error) => {
        if (error !== undefined && error !== null) return fail(error)
        try {
          socket.send(request.query, (sendError) => {
            if (sendError !== null && sendError !== undefined) fail(sendError)
          })
        } catch (thrown) {
          fail(thrown)
        }
      })
    } catch (thrown) {
      fail(thrown)
    }
  })
}

/** A connected socket should hear its peer alone, but not every runtime keeps to that. */
function isFrom(from: RemoteInfo, request: Request): boolean {
  if (from.port !== request.port) return false
  return from.address === request.address || bare(from.address) === bare(request.address)
}

function bare(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close()
  } catch {
    // It had not opened, or an error had closed it already: either way it is closed.
  }
}
