// A web server for this host alone: a few short answers, on bounds so tight that nobody can keep it busy.
import { createServer, type Server, type Socket } from 'node:net'
import type { ListenAddress } from '../config/config.ts'
import type { Result, WebReply, WebServer } from '../ports.ts'

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

// As much of HTTP/1.1 (RFC 9112) as a browser, a scraper and `curl` need: GET and HEAD, without a body.

interface Request {
  /** Without its query. */
  readonly path: string
  readonly isHead: boolean
}

interface Reply extends WebReply {
  readonly status: number
  readonly isHead?: boolean
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  505: 'HTTP Version Not Supported',
}

const REMEDIES: Readonly<Record<number, string>> = {
  403: 'ask by a name or address of this host: localhost, 127.0.0.1 or [::1]',
  404: 'there are /, /metrics and /status.json',
  405: 'there are GET and HEAD',
}

/** The request of a head without the empty line at its end, or the status of what is wrong with it. */
function readRequest(head: string): Request | number {
  const [first = '', ...fields] = head.split('\r\n')
  const words = /^([A-Z]+) (\/[\x21-\x7e]*) HTTP\/(\d)\.\d$/.exec(first)
  if (words === null) return 400
  const [, method, target = '', major] = words
  if (major !== '1') return 505
  if (method !== 'GET' && method !== 'HEAD') return 405
  const hosts = fields.filter((field) => /^host:/i.test(field))
  const [host = ''] = hosts
  if (hosts.length !== 1) return 400
  if (!isThisHost(host.slice('host:'.length).trim())) return 403
  return { path: target.split('?', 1)[0] ?? '/', isHead: method === 'HEAD' }
}

/**
 * A page from elsewhere whose name somebody made to lead here must not read what is said here: its
 * browser names that page's host (DNS rebinding).
 */
function isThisHost(host: string): boolean {
  return /^(localhost\.?|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host)
}

function refusal(status: number): Reply {
  const remedy = REMEDIES[status]
  const words = `${status} ${REASONS[status] ?? ''}${remedy === undefined ? '' : `: ${remedy}`}`
  return { status, type: 'text/plain; charset=utf-8', body: `${words}\n` }
}

/** The whole answer; one to HEAD says how long the body would be, and has none. */
function replyText({ status, type, body, policy, isHead }: Reply): string {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    'Cache-Control: no-store',
    `Content-Security-Policy: ${policy ?? "default-src 'none'; frame-ancestors 'none'"}`,
    'Cross-Origin-Resource-Policy: same-origin',
    'Referrer-Policy: no-referrer',
    'X-Content-Type-Options: nosniff',
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${isHead === true ? '' : body}`
}
