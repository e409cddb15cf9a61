// A resolver that answers as a test tells it to, over UDP and TCP on one port; runs on Deno as well.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Socket as TcpSocket } from 'node:net'
import { decode, encode } from 'dns-packet'

export interface UdpQuery {
  readonly bytes: Uint8Array
  readonly from: RemoteInfo
  reply(bytes: Uint8Array): void
}

export interface TcpQuery {
  readonly bytes: Uint8Array
  readonly socket: TcpSocket
}

export interface Behaviour {
  /** Silence when it is left out. */
  readonly udp?: (query: UdpQuery) => void
  readonly tcp?: (query: TcpQuery) => void
}

export interface FakeResolver extends AsyncDisposable {
  readonly port: number
}

const TRIES = 20

/** Listens on a free port of the address. */
export async function startFakeResolver(
  address: string,
  behaviour: Behaviour,
): Promise<FakeResolver> {
  for (let i = 0; i < TRIES; i++) {
    const udp = await listenUdp(address, behaviour)
    const { port } = udp.address()
    const closeTcp = await listenTcp(address, port, behaviour)
    if (closeTcp === null) {
      udp.close()
      continue
    }
    const stop = async () => {
      udp.close()
      await closeTcp()
    }
    return { port, [Symbol.asyncDispose]: stop }
  }
  throw new Error('no port is free for UDP and TCP')
}

/** A good answer to a query: one address, 192.0.2.1. */
export function goodAnswer(query: Uint8Array, flags = 0x180): Uint8Array {
  const { id = 0, questions = [] } = decode(Buffer.from(query))
  const name = questions[0]?.name ?? '.'
  const answers = [{ type: 'A', name, ttl: 60, data: '192.0.2.1' } as const]
  return Uint8Array.from(encode({ id, type: 'response', flags, questions, answers }))
}

/** A message with its length before it, as TCP carries it. */
export function framed(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length & 0xff, ...message)
}

/** Two ports of the address on which nothing listened a moment ago, over UDP and TCP alike. */
export async function closedPort(address: string): Promise<number> {
  const resolver = await startFakeResolver(address, {})
  await resolver[Symbol.asyncDispose]()
  return resolver.port
}

function listenUdp(address: string, { udp }: Behaviour): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', reject)
    socket.on('message', (bytes, from) => {
      const reply = (answer: Uint8Array) => socket.send(answer, from.port, from.address)
      udp?.({ bytes: Uint8Array.from(bytes), from, reply })
    })
    socket.bind({ address, port: 0 }, () => resolve(socket))
  })
}

/** Returns how to stop it, or null when the port is taken. */
function listenTcp(
  address: string,
  port: number,
  { tcp }: Behaviour,
): Promise<(() => Promise<void>) | null> {
  return new Promise((resolve) => {
    const open = new Set<TcpSocket>()
    const server = createServer((socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      // Probes hang up on what they dislike; that is no error of this program.
      socket.on('error', () => {})
      let received = new Uint8Array(0)
      socket.on('data', (chunk: Uint8Array) => {
        received = Uint8Array.of(...received, ...chunk)
        const length = ((received[0] ?? 0) << 8) | (received[1] ?? 0)
        if (received.length < 2 || received.length < length + 2) return
        tcp?.({ bytes: received.slice(2, length + 2), socket })
      })
    })
    server.on('error', () => resolve(null))
    const close = () => {
      // A peer whose address has gone never hangs up.
      for (const socket of open) socket.destroy()
      return new Promise<void>((closed) => server.close(() => closed()))
    }
    server.listen({ host: address, port }, () => resolve(close))
  })
}
