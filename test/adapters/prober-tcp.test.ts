// The prober over TCP, against resolvers that lie, break off, stay silent or are not there.
import { describe, expect, test } from 'bun:test'
import type { QueryOutcome } from '../../src/dns/probe.ts'
import { patched } from '../dns/replies.ts'
import { ask } from './prober/ask.ts'
import { closedPort, framed, goodAnswer, type TcpQuery } from './prober/fake-resolver.ts'
import { answerTo, BOTH, huge, pointerLoop, SHORT_MS, TC, tcp } from './prober/lies.ts'

describe.each(BOTH)('over TCP at %s', (address) => {
  const over = (reply: (query: TcpQuery) => void, timeoutMs?: number) =>
    answerTo(tcp(reply), {
      address,
      transport: 'tcp',
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })

  test('a good answer is ok, from the very address that was asked', async () => {
    let from: string | undefined
    const answer = await over(({ bytes, socket }) => {
      from = socket.remoteAddress
      socket.write(framed(goodAnswer(bytes)))
    })
    expect(answer.outcome).toBe('ok')
    expect(from).toBe(address)
  })

  test('an answer may come byte by byte', async () => {
    const answer = await over(({ bytes, socket }) => {
      const rest = [...framed(goodAnswer(bytes))]
      const next = () => {
        const byte = rest.shift()
        if (byte !== undefined) socket.write(Uint8Array.of(byte), () => setImmediate(next))
      }
      socket.setNoDelay(true)
      next()
    })
    expect(answer.outcome).toBe('ok')
  })

  test.each<[string, QueryOutcome, (query: Uint8Array) => Uint8Array]>([
    ['another id', 'mismatch', (query) => patched(goodAnswer(query), { 0: (query[0] ?? 0) ^ 1 })],
    ['another question', 'mismatch', (query) => patched(goodAnswer(query), { 13: 0x78 })],
    ['a cut answer', 'malformed', (query) => goodAnswer(query).slice(0, -1)],
    ['a pointer loop', 'malformed', pointerLoop],
    ['64 KiB of zeros after it', 'malformed', (query) => huge(query)],
    ['TC', 'truncated', (query) => goodAnswer(query, TC)],
    ['SERVFAIL', 'servfail', (query) => patched(goodAnswer(query), { 3: 0x82 })],
  ])('every answer is conclusive: %s', async (_, outcome, lie) => {
    const answer = await over(({ bytes, socket }) => socket.write(framed(lie(bytes))))
    expect(answer.outcome).toBe(outcome)
  })

  test('a length that no answer has is malformed', async () => {
    const zero = await over(({ socket }) => socket.write(Uint8Array.of(0, 0)))
    const few = await over(({ socket }) => socket.write(Uint8Array.of(0, 11)))
    expect([zero.outcome, few.outcome]).toEqual(['malformed', 'malformed'])
    expect(few.detail).toBe('a message of 11 bytes is announced')
  })

  test('bytes after the answer are malformed', async () => {
    const answer = await over(({ bytes, socket }) => {
      socket.write(Uint8Array.of(...framed(goodAnswer(bytes)), 0))
    })
    expect(answer).toMatchObject({ outcome: 'malformed', detail: '1 bytes follow the answer' })
  })

  test('an early end is closed', async () => {
    const none = await over(({ socket }) => socket.end())
    expect(none).toMatchObject({ outcome: 'closed', detail: 'before any answer' })
    const half = await over(({ bytes, socket }) =>
      socket.end(framed(goodAnswer(bytes)).slice(0, 9)),
    )
    expect(half).toMatchObject({ outcome: 'closed', detail: 'after 9 of 66 bytes' })
    const reset = await over(({ socket }) => socket.resetAndDestroy())
    expect(reset.outcome).toBe('closed')
  })

  test('silence, and an answer that never ends, are a timeout', async () => {
    expect((await over(() => {}, SHORT_MS)).outcome).toBe('timeout')
    const half = await over(({ bytes, socket }) => {
      socket.write(framed(goodAnswer(bytes)).slice(0, 9))
    }, SHORT_MS)
    expect(half.outcome).toBe('timeout')
  })

  test('a closed port is noticed at once', async () => {
    const answer = await ask(await closedPort(address), { address, transport: 'tcp' })
    expect(answer.outcome).toBe('conn-refused')
    expect(answer.latencyMs).toBeLessThan(5000)
  })
})
