// The prober against resolvers that lie, break off, stay silent or are not there.
import { describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { createProber } from '../../src/adapters/prober.ts'
import type { Outcome } from '../../src/dns/outcome.ts'
import { patched } from '../dns/replies.ts'
import { ask } from './prober/ask.ts'
import {
  type Behaviour,
  closedPort,
  framed,
  goodAnswer,
  startFakeResolver,
  type TcpQuery,
  type UdpQuery,
} from './prober/fake-resolver.ts'

/** For answers that can only come at the deadline. */
const SHORT_MS = 150
const BOTH = ['127.0.0.1', '::1'] as const
const TC = 0x380

const udp = (reply: (query: UdpQuery) => void): Behaviour => ({ udp: reply })
const tcp = (reply: (query: TcpQuery) => void): Behaviour => ({ tcp: reply })

/** The query's own id and question with the flags of an answer: a header and question to build on. */
const header = (query: Uint8Array) => patched(goodAnswer(query), { 7: 0 }).slice(0, 33)

/** A datagram as large as they come. */
const huge = (query: Uint8Array) => {
  const bytes = new Uint8Array(65_507)
  bytes.set(goodAnswer(query))
  return bytes
}

/** One answer whose owner name points to itself. */
const pointerLoop = (query: Uint8Array) =>
  Uint8Array.of(...patched(header(query), { 7: 1 }), 0xc0, 33, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)

async function outcomeOf(behaviour: Behaviour, asking: Parameters<typeof ask>[1]) {
  await using resolver = await startFakeResolver(asking?.address ?? '127.0.0.1', behaviour)
  const answer = await ask(resolver.port, asking)
  expect(answer.latencyMs).toBeGreaterThan(0)
  return answer
}

describe.each(BOTH)('over UDP at %s', (address) => {
  const over = (reply: (query: UdpQuery) => void, timeoutMs?: number) =>
    outcomeOf(udp(reply), timeoutMs === undefined ? { address } : { address, timeoutMs })

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
    ['garbage', () => Uint8Array.from({ length: 50 }, (_, i) => 255 - i)],
  ])('answers to something else are a mismatch at the deadline: %s', async (_, lie) => {
    const answer = await over(({ bytes, reply }) => {
      // The garbage might by chance begin with the id that was drawn.
      const reply1 = lie(bytes)
      if (reply1[0] === bytes[0] && reply1[1] === bytes[1]) bytes[0] = (bytes[0] ?? 0) ^ 1
      reply(reply1)
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

  test.each<[string, Outcome, (query: Uint8Array) => Uint8Array]>([
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
    expect(answer.outcome).toBe('refused')
    expect(answer.latencyMs).toBeLessThan(5000)
  })
})

test('an answer from another address does not count', async () => {
  const stranger = createSocket('udp4')
  await new Promise<void>((resolve) => stranger.bind({ address: '127.0.0.2', port: 0 }, resolve))
  const answer = await outcomeOf(
    udp(({ bytes, from }) => stranger.send(goodAnswer(bytes), from.port, from.address)),
    { timeoutMs: SHORT_MS },
  )
  stranger.close()
  expect(['timeout', 'mismatch']).toContain(answer.outcome)
})

describe('a truncated answer over UDP', () => {
  const truncated = ({ bytes, reply }: UdpQuery) => reply(goodAnswer(bytes, TC).slice(0, 33))

  test('is asked for again over TCP', async () => {
    const answer = await outcomeOf(
      { udp: truncated, tcp: ({ bytes, socket }) => socket.end(framed(goodAnswer(bytes))) },
      {},
    )
    expect(answer).toEqual({ outcome: 'ok', latencyMs: expect.any(Number) })
  })

  test('fails with TCP', async () => {
    const answer = await outcomeOf({ udp: truncated, tcp: ({ socket }) => socket.end() }, {})
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
    expect(answer.outcome).toBe('refused')
  })

  test('has no more time than what is left', async () => {
    const answer = await outcomeOf({ udp: truncated }, { timeoutMs: SHORT_MS })
    expect(answer.outcome).toBe('timeout')
    expect(answer.latencyMs).toBeGreaterThanOrEqual(SHORT_MS - 1)
  })
})

describe.each(BOTH)('over TCP at %s', (address) => {
  const over = (reply: (query: TcpQuery) => void, timeoutMs?: number) =>
    outcomeOf(tcp(reply), {
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

  test.each<[string, Outcome, (query: Uint8Array) => Uint8Array]>([
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
    expect(answer.outcome).toBe('refused')
    expect(answer.latencyMs).toBeLessThan(5000)
  })
})

describe('an address that is not on this host', () => {
  test.each(['198.51.100.77', '2001:db8:77::1', 'fe80::77%lo', 'fe80::77%gone0'])(
    '%s has vanished, over UDP and TCP',
    async (address) => {
      for (const transport of ['udp', 'tcp'] as const) {
        const answer = await ask(53, { address, transport })
        expect(answer).toEqual({ outcome: 'vanished', latencyMs: expect.any(Number) })
      }
    },
  )

  test.each(['', 'localhost', '300.0.0.1', '127.0.0.1%lo', '::g'])(
    'what is no address at all is an error of this host: %j',
    async (address) => {
      for (const transport of ['udp', 'tcp'] as const) {
        expect((await ask(53, { address, transport })).outcome).toBe('local-error')
      }
    },
  )
})

test('a question that cannot be asked is an error of this host', async () => {
  expect(await ask(53, { question: { name: 'a..b' } })).toEqual({
    outcome: 'local-error',
    latencyMs: 0,
    detail: 'a label is empty',
  })
})

test('ids do not repeat in a pattern', async () => {
  const ids: number[] = []
  await using resolver = await startFakeResolver(
    '127.0.0.1',
    udp(({ bytes, reply }) => {
      ids.push(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))
      reply(goodAnswer(bytes))
    }),
  )
  for (let i = 0; i < 64; i++) await ask(resolver.port)
  expect(new Set(ids).size).toBeGreaterThan(55)
  const steps = ids.slice(1).map((id, i) => (id - (ids[i] ?? 0) + 0x10000) % 0x10000)
  expect(new Set(steps).size).toBeGreaterThan(55)
})

/** Calls back from a socket's own callback. */
function datagramToSelf(receive: () => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('message', () => {
      socket.close()
      receive()
      resolve()
    })
    socket.bind({ address: '127.0.0.1', port: 0 }, () => {
      socket.send('x', socket.address().port, '127.0.0.1')
    })
  })
}

test('an answer that came while this process stood still is no timeout', async () => {
  const worker = new Worker(new URL('./prober/slow-resolver.ts', import.meta.url).href)
  try {
    const port = await new Promise<number>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data)
    })
    const pending = ask(port, { timeoutMs: 100 })
    // The query leaves in the next turns of the loop, and its answer comes 40 ms later: by then this
    // process stands still, in a callback of a socket, until long after the deadline.
    await new Promise((resolve) => setTimeout(resolve, 10))
    await datagramToSelf(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
    })
    expect((await pending).outcome).toBe('ok')
  } finally {
    worker.terminate()
  }
})

describe('2048 queries at once', () => {
  const descriptors = () => readdirSync('/proc/self/fd').length

  /** Sockets close in a later turn of the loop. */
  async function settledDescriptors(atMost: number): Promise<number> {
    const giveUpMs = performance.now() + 5000
    while (descriptors() > atMost && performance.now() < giveUpMs) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return descriptors()
  }

  test.each(['udp', 'tcp'] as const)(
    'leave nothing behind over %s',
    async (transport) => {
      await using resolver = await startFakeResolver('127.0.0.1', {
        udp: ({ bytes, reply }) => (bytes[1] ?? 0) % 2 === 0 && reply(goodAnswer(bytes)),
        tcp: ({ bytes, socket }) =>
          (bytes[1] ?? 0) % 2 === 0 && socket.write(framed(goodAnswer(bytes))),
      })
      const before = descriptors()
      const prober = createProber({
        clock: { nowMs: () => performance.now() },
        port: resolver.port,
      })
      const asked = Array.from({ length: 2048 }, () =>
        prober.ask({
          target: { transport, address: '127.0.0.1', family: 4 },
          question: { name: 'www.example.com', type: 'A', class: 'IN' },
          expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
          timeoutMs: 1500,
        }),
      )
      const answers = await Promise.all(asked)
      // How many are answered in time is the machine's affair.
      const others = answers.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'timeout')
      expect(others).toEqual([])
      expect(await settledDescriptors(before)).toBeLessThanOrEqual(before)
    },
    20_000,
  )
})
