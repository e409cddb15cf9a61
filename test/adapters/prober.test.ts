// The prober whatever the transport: addresses that are not here, ids, stalls, many queries at once.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createProber } from '../../src/adapters/prober.ts'
import { ask } from './prober/ask.ts'
import { framed, goodAnswer, startFakeResolver } from './prober/fake-resolver.ts'

describe('an address that is not on this host', () => {
  test.each(['198.51.100.77', '2001:db8:77::1', 'fe80::77%lo', 'fe80::77%gone0'])(
    '%s is gone, over UDP and TCP',
    async (address) => {
      for (const transport of ['udp', 'tcp'] as const) {
        const answer = await ask(53, { address, transport })
        expect(answer).toEqual({ outcome: 'address-gone', latencyMs: expect.any(Number) })
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
  await using resolver = await startFakeResolver('127.0.0.1', {
    udp: ({ bytes, reply }) => {
      ids.push(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))
      reply(goodAnswer(bytes))
    },
  })
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

test('a process that can open no more sockets says so, and recovers', () => {
  const program = join(import.meta.dir, 'prober/exhaust-program.ts')
  const run = spawnSync('prlimit', ['--nofile=80', process.execPath, program], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  const tallies = JSON.parse(run.stdout)
  expect(tallies['udp afterwards']).toEqual({ ok: 1 })
  expect(tallies['tcp afterwards']).toEqual({ ok: 1 })
  for (const transport of ['udp', 'tcp']) {
    expect(tallies[transport]['local-error']).toBeGreaterThan(100)
    expect(Object.keys(tallies[transport])).not.toContain('conn-refused')
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
          endpoint: { transport, address: '127.0.0.1', family: 4 },
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
