// Broken answers and how to ask for them, for the tests over UDP and over TCP.
import { expect } from 'bun:test'
import type { Answer } from '../../../src/ports.ts'
import { patched } from '../../dns/replies.ts'
import { type Asking, ask } from './ask.ts'
import {
  type Behaviour,
  goodAnswer,
  startFakeResolver,
  type TcpQuery,
  type UdpQuery,
} from './fake-resolver.ts'

/** For answers that can only come at the deadline. */
export const SHORT_MS = 150
export const BOTH = ['127.0.0.1', '::1'] as const
export const TC = 0x380

export const udp = (reply: (query: UdpQuery) => void): Behaviour => ({ udp: reply })
export const tcp = (reply: (query: TcpQuery) => void): Behaviour => ({ tcp: reply })

/** The query's own id and question with the flags of an answer: a header and question to build on. */
export const header = (query: Uint8Array) => patched(goodAnswer(query), { 7: 0 }).slice(0, 33)

/** A datagram as large as they come. */
export const huge = (query: Uint8Array) => {
  const bytes = new Uint8Array(65_507)
  bytes.set(goodAnswer(query))
  return bytes
}

/** One answer whose owner name points to itself. */
export const pointerLoop = (query: Uint8Array) =>
  Uint8Array.of(...patched(header(query), { 7: 1 }), 0xc0, 33, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)

export async function answerTo(behaviour: Behaviour, asking: Asking = {}): Promise<Answer> {
  await using resolver = await startFakeResolver(asking.address ?? '127.0.0.1', behaviour)
  const answer = await ask(resolver.port, asking)
  expect(answer.latencyMs).toBeGreaterThan(0)
  return answer
}
