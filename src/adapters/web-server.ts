// A web server for this host alone: a few short answers, on bounds so tight that nobody can keep it busy.
import { createServer, type Server, type Socket } from 'node:net'
import type { ListenAddress } from '../config/config.ts'
import type { Result, WebReply, WebServer } from '../ports.ts'
import { type Reply, readRequest, refusal, replyText } from './web-server/http-message.ts'

// node:net rather than node:http: the prober has it loaded already, so that an endpoint costs next to
// no memory, and the bounds below hold under every runtime.

/** Longer than any browser's request. */
const MAX_REQUEST_BYTES = 8192
/** From the connection to the end of the answer. */
const MAX_MS = 5000
/** With one more the oldest is ended, so that idle ones lock nobody out. */
const MAX_CONNECTIONS = 16
/** A page and a scrape take two a second; what is beyond this is turned away before it costs anything. */
const MAX_PER_SECOND = 50

type Answer = Parameters<WebServer['listen']>[1]

export const webServer: WebServer = {
  listen: (at, answer) =>
    new Promise((resolve) => {
      const server = createServer({ allowHalfOpen: true })
      const connections = new Set<Socket>()
      const pace = createPace()
      server.on('connection', (socket) => {
        if (!pace.allows()) {
          socket.destroy()
          return
        }
        keepFew(connections, socket)
        serve(socket, answer)
      })
      server.once('error', (error) => resolve({ ok: false, error: whyNot(at, error) }))
      server.listen({ host: at.address, port: at.port, backlog: 32 }, () => {
        server.on('error', () => {})
        resolve({ ok: true, value: () => close(server, connections) } satisfies Result<() => void>)
      })
    }),
}

function close(server: Server, connections: ReadonlySet<Socket>): void {
  server.close()
  for (const socket of connections) socket.destroy()
}

/** Counts by the second. */
function createPace() {
  let second = 0
  let count = 0
  return {
    allows(): boolean {
      const now = Math.floor(performance.now() / 1000)
      if (now !== second) {
        second = now
        count = 0
      }
      return ++count <= MAX_PER_SECOND
    },
  }
}

function keepFew(connections: Set<Socket>, socket: Socket): void {
  const [oldest] = connections
  if (connections.size >= MAX_CONNECTIONS) {
    if (oldest !== undefined) connections.delete(oldest)
    oldest?.destroy()
  }
  connections.add(socket)
  socket.once('close', () => connections.delete(socket))
}

/** One request, one answer, and the connection ends. */
function serve(socket: Socket, answer: Answer): void {
  let received = ''
  let isAnswered = false
  const timer = setTimeout(() => socket.destroy(), MAX_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.on('error', () => socket.destroy())
  socket.on('end', () => {
    if (!isAnswered) socket.destroy()
  })
  const send = (reply: Reply) => {
    if (!socket.destroyed) socket.end(replyText(reply))
  }
  socket.on('data', (bytes) => {
    if (isAnswered) return
    received += bytes.toString('latin1')
    const end = received.indexOf('\r\n\r\n')
    if (end < 0 && received.length <= MAX_REQUEST_BYTES) return
    isAnswered = true
    if (end < 0 || end > MAX_REQUEST_BYTES) send(refusal(431))
    else void reply(received.slice(0, end), answer).then(send)
  })
}

async function reply(head: string, answer: Answer): Promise<Reply> {
  const request = readRequest(head)
  if (typeof request === 'number') return refusal(request)
  let found: WebReply | null
  try {
    found = await answer(request.path)
  } catch {
    return refusal(500)
  }
  if (found === null) return refusal(404)
  return { status: 200, ...found, isHead: request.isHead }
}

function whyNot(at: ListenAddress, error: Error): string {
  const host = at.address.includes(':') ? `[${at.address}]` : at.address
  const where = `cannot listen at ${host}:${at.port}`
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `${where}: another program has the port; see "ss -ltnp sport = :${at.port}"`
    case 'EADDRNOTAVAIL':
      return `${where}: no interface has the address; see "ip address show lo"`
    case 'EACCES':
      return `${where}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE`
    default:
      return `${where}: ${error.message}`
  }
}
