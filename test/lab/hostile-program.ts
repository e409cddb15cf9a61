// Runs on a server in named's place: answers every query wrongly, in one way or in each in turn.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { HOSTILE_MODES, type HostileMode } from './hostile.ts'

const DNS_PORT = 53
const HEADER_BYTES = 12

let mode = process.argv[2] as HostileMode | 'each'
let turn = 0

function currentMode(): HostileMode {
  if (mode !== 'each') return mode
  turn = (turn + 1) % HOSTILE_MODES.length
  return HOSTILE_MODES[turn] as HostileMode
}

/** The query turned into an answer: QR and RA set, NOERROR, no records, not even the query's OPT. */
function emptyAnswer(query: Buffer): Buffer {
  const answer = Buffer.from(query.subarray(0, questionEnd(query)))
  answer[2] = 0x81
  answer[3] = 0x80
  answer.writeUInt16BE(0, 10)
  return answer
}

/** Where the question ends: after the name, its type and class. */
function questionEnd(message: Buffer): number {
  let at = HEADER_BYTES
  while (at < message.length && message[at] !== 0) at += (message[at] ?? 0) + 1
  return Math.min(at + 5, message.length)
}

/** An answer whose only record's name points at itself. */
function loop(query: Buffer): Buffer {
  const head = emptyAnswer(query)
  head.writeUInt16BE(1, 6)
  const at = head.length
  const record = Buffer.from([
    0xc0 | (at >> 8),
    at & 0xff,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    4,
    1,
    2,
    3,
    4,
  ])
  return Buffer.concat([head, record])
}

/** An answer with a record that says that it is longer than the message. */
function overrun(query: Buffer): Buffer {
  const head = emptyAnswer(query)
  head.writeUInt16BE(1, 6)
  return Buffer.concat([
    head,
    Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0xff, 0xff, 200, 1]),
  ])
}

function answerFor(query: Buffer, how: HostileMode): Buffer | null {
  const answer = emptyAnswer(query)
  switch (how) {
    case 'garbage':
      return Buffer.from(crypto.getRandomValues(new Uint8Array(200)))
    case 'short':
      return answer.subarray(0, 5)
    case 'empty':
      return Buffer.alloc(0)
    case 'cut':
      return answer.subarray(0, -3)
    case 'loop':
      return loop(query)
    case 'overrun':
      return overrun(query)
    case 'oversized':
      return Buffer.concat([answer, Buffer.alloc(60_000, 0xc0)])
    case 'query':
      return query
    case 'wrong-id':
      answer.writeUInt16BE((query.readUInt16BE(0) + 1) & 0xffff, 0)
      return answer
    case 'wrong-question':
      answer[HEADER_BYTES + 1] = ((answer[HEADER_BYTES + 1] ?? 0) ^ 0x07) | 0x60
      return answer
    case 'servfail':
      answer[3] = 0x82
      return answer
    case 'refused':
      answer[3] = 0x85
      return answer
    case 'truncated':
      answer[2] = 0x83
      return answer
    case 'forged-source':
    case 'silent':
      return null
    default:
      return how satisfies never
  }
}

function serveUdp(kind: 'udp4' | 'udp6'): void {
  const socket = createSocket({ type: kind, ipv6Only: kind === 'udp6' })
  const stranger = createSocket({ type: kind, ipv6Only: kind === 'udp6' })
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    if (query.length < HEADER_BYTES) return
    const how = currentMode()
    // The right id and question from the wrong port: a guess by someone else on the path.
    if (how === 'forged-source')
      stranger.send(emptyAnswer(query), from.port, from.address, () => {})
    const answer = answerFor(query, how)
    if (answer !== null) socket.send(answer, from.port, from.address, () => {})
  })
  socket.on('error', () => {})
  stranger.on('error', () => {})
  socket.bind(DNS_PORT, kind === 'udp4' ? '0.0.0.0' : '::')
}

function serveTcp(): void {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', (chunk: Buffer) => {
      const query = chunk.subarray(2)
      if (query.length < HEADER_BYTES) return
      const answer = answerFor(query, currentMode())
      if (answer === null) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(answer.length)
      socket.end(Buffer.concat([length, answer]))
    })
  })
  server.listen(DNS_PORT, '::', () => process.stdout.write('hostile\n'))
}

serveUdp('udp4')
serveUdp('udp6')
serveTcp()
process.stdin.on('data', (chunk: Buffer) => {
  mode = chunk.toString().trim() as HostileMode | 'each'
  process.stdout.write(`now ${mode}\n`)
})
