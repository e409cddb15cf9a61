// The prober over UDP, against resolvers that lie, stay silent or are not there.
import { describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import type { QueryOutcome } from '../../src/dns/probe.ts'
import { patched } from '../dns/replies.ts'
import { ask } from './prober/ask.ts'
import {
  closedPort,
  framed,
  goodAnswer,
  startFakeResolver,
  type UdpQuery,
} from './prober/fake-resolver.ts'
import { answerTo, BOTH, header, huge, pointerLoop, SHORT_MS, TC, udp } from './prober/lies.ts'

describe.each(BOTH)('over UDP at %s', (address) => {
  const over = (reply: (query: UdpQuery) => void, timeoutMs?: number) =>
    answerTo(udp(reply), timeoutMs === undefined ? { address } : { address, timeoutMs })

  test('a good answer is ok', async () => {
    expect(await over(({ bytes, reply }) => reply(goodAnswer(bytes)))).toMatchObject({
      outcome: 'ok',
    })
  })

  test('the query comes from the very address that it goes to', async () => {
    let from: string | undefined
    await over((query) => {
      from = query.from.address
      query.reply(goodAnswer(query.bytes))
    })
    expect(from).toBe(address)
  })

  test.each<[string, (query: Uint8Array) => Uint8Array]>([
    ['another id', (query) => patched(goodAnswer(query), { 0: (query[0] ?? 0) ^ 1 })],
    ['another question', (query) => patched(goodAnswer(query), { 13: 0x78 })],
    ['no question', (query) => patched(header(query), { 5: 0 }).slice(0, 12)],
    ['no byte at all', () => new Uint8Array(0)],
    ['garbage', (query) => Uint8Array.from({ length: 50 }, (_, i) => (query[0] ?? 0) ^ (255 - i))],
  ])('answers to something else are a mismatch at the deadline: %s', async (_, lie) => {
    const answer = await over(({ bytes, reply }) => {
      reply(lie(bytes))
    }, SHORT_MS)
    expect(answer.outcome).toBe('mismatch')
    expect(answer.latencyMs).toBeGreaterThanOrEqual(SHORT_MS - 1)
  })

  test('the true answer counts, whatever came before it', async () => {
    const answer = await over(({ bytes, reply }) => {
      reply(patched(goodAnswer(bytes), { 1: (bytes[1] ?? 0) ^ 1 }))
      reply(patched(goodAnswer(bytes), { 13: 0x78 }))
      reply(new Uint8Array(0))
      reply(goodAnswer(bytes))
    })
    expect(answer.outcome).toBe('ok')
  })

  test.each<[string, QueryOutcome, (query: Uint8Array) => Uint8Array]>([
    ['half a header', 'malformed', (query) => goodAnswer(query).slice(0, 7)],
    ['a cut question', 'malformed', (query) => goodAnswer(query).slice(0, 20)],
    ['a cut answer', 'malformed', (query) => goodAnswer(query).slice(0, -1)],
    ['a pointer loop', 'malformed', pointerLoop],
    ['absurd counts', 'malformed', (query) => patched(goodAnswer(query), { 6: 255, 10: 255 })],
    ['64 KiB', 'malformed', huge],
    ['the query itself', 'malformed', (query) => query],
    ['SERVFAIL', 'servfail', (query) => patched(goodAnswer(query), { 3: 0x82 })],
    ['REFUSED', 'wrong-rcode', (query) => patched(goodAnswer(query), { 3: 0x85 })],
    ['nothing of the asked type', 'wrong-answer', header],
  ])('an answer to this query is conclusive at once: %s', async (_, outcome, lie) => {
    expect(await over(({ bytes, reply }) => reply(lie(bytes)))).toMatchObject({ outcome })
  })

  test('silence is a timeout', async () => {
    const answer = await over(() => {}, SHORT_MS)
    expect(answer).toEqual({ outcome: 'timeout', latencyMs: expect.any(Number) })
    expect(answer.latencyMs).toBeGreaterThanOrEqual(SHORT_MS - 1)
  })

  test('an answer after the deadline changes nothing', async () => {
    const late = Promise.withResolvers<UdpQuery>()
    await using resolver = await startFakeResolver(address, udp(late.resolve))
    const answer = await ask(resolver.port, { address, timeoutMs: SHORT_MS })
    const query = await late.promise
    query.reply(goodAnswer(query.bytes))
    expect(answer.outcome).toBe('timeout')
  })

  test('an answer from another port does not count', async () => {
    const stranger = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    await new Promise<void>((resolve) => stranger.bind({ address, port: 0 }, resolve))
    const answer = await over(({ bytes, from }) => {
      stranger.send(goodAnswer(bytes), from.port, from.address)
    }, SHORT_MS)
    stranger.close()
    // The kernel keeps it from a connected socket; a runtime that does not, must be told apart.
    expect(['timeout', 'mismatch']).toContain(answer.outcome)
  })

  test('a closed port is noticed at once', async () => {
    const answer = await ask(await closedPort(address), { address })
    expect(answer.outcome).toBe('conn-refused')
    expect(answer.latencyMs).toBeLessThan(5000)
  })
})

test('an answer from another address does not count', async () => {
  const stranger = createSocket('udp4')
  await new Promise<void>((resolve) => stranger.bind({ address: '127.0.0.2', port: 0 }, resolve))
  const answer = await answerTo(
    udp(({ bytes, from }) => stranger.send(goodAnswer(bytes), from.port, from.address)),
    { timeoutMs: SHORT_MS },
  )
  stranger.close()
  expect(['timeout', 'mismatch']).toContain(answer.outcome)
})

describe('a truncated answer over UDP', () => {
  const truncated = ({ bytes, reply }: UdpQuery) => reply(goodAnswer(bytes, TC).slice(0, 33))

  test('is asked for again over TCP', async () => {
    const answer = await answerTo(
      { udp: truncated, tcp: ({ bytes, socket }) => socket.end(framed(goodAnswer(bytes))) },
      {},
    )
    expect(answer).toEqual({ outcome: 'ok', latencyMs: expect.any(Number), ttlS: 60 })
  })

  test('fails with TCP', async () => {
    const answer = await answerTo({ udp: truncated, tcp: ({ socket }) => socket.end() }, {})
    expect(answer.outcome).toBe('closed')
    expect(answer.detail).toStartWith('over TCP, after a truncated answer: ')
  })

  test('fails when nothing listens on TCP', async () => {
    const socket = createSocket('udp4')
    socket.on('message', (bytes, from) => {
      socket.send(goodAnswer(bytes, TC), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind({ address: '127.0.0.1', port: 0 }, resolve))
    const answer = await ask(socket.address().port)
    socket.close()
    expect(answer.outcome).toBe('conn-refused')
  })

  test('has no more time than what is left', async () => {
    const answer = await answerTo({ udp: truncated }, { timeoutMs: SHORT_MS })
    expect(answer.outcome).toBe('timeout')
    expect(answer.latencyMs).toBeGreaterThanOrEqual(SHORT_MS - 1)
  })
})
