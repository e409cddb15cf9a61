// Speaks to a web server byte by byte, as no client of HTTP would.
import { createConnection, createServer } from 'node:net'

export interface Heard {
  /** 0 when the connection ended without an answer. */
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends the pieces one after another, and listens until the other side ends. */
export function talk(port: number, ...pieces: readonly string[]): Promise<Heard> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = createConnection(port, '127.0.0.1')
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => chunks.push(bytes))
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(heard(Buffer.concat(chunks).toString('utf8'))))
    socket.on('connect', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((next) => setImmediate(next))
      }
    })
  })
}

function heard(text: string): Heard {
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)
  return {
    status,
    head: text.slice(0, Math.max(0, end) + 2),
    body: end < 0 ? '' : text.slice(end + 4),
  }
}

/** A port that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
