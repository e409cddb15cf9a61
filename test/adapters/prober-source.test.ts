// Where other hosts are asked from: address and port that were configured, or the kernel's choice.
import { expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createProber, type ProberOptions } from '../../src/adapters/prober.ts'
import type { QueryOutcome, Transport } from '../../src/dns/probe.ts'
import { framed, goodAnswer } from './prober/fake-resolver.ts'

interface Asked {
  /** Whom a resolver at 127.0.0.1 saw, and from which port; one for each query. */
  readonly from: readonly { readonly address: string | undefined; readonly port: number }[]
  readonly outcomes: readonly QueryOutcome[]
}

async function ask(
  transport: Transport,
  options: Pick<ProberOptions, 'sources' | 'ports'>,
  queries = 1,
): Promise<Asked> {
  const from: { address: string | undefined; port: number }[] = []
  const udp = createSocket('udp4', (bytes, peer) => {
    from.push({ address: peer.address, port: peer.port })
    udp.send(goodAnswer(bytes), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
  const { port } = udp.address()
  const tcp = createServer((socket) => {
    from.push({ address: socket.remoteAddress, port: socket.remotePort ?? 0 })
    socket
      .on('error', () => {})
      .on('data', (bytes: Uint8Array) => socket.write(framed(goodAnswer(bytes.subarray(2)))))
  })
  await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve))
  const clock = { nowMs: () => performance.now() }
  const prober = createProber({ clock, port, remote: true, ...options })
  const outcomes: QueryOutcome[] = []
  for (let query = 0; query < queries; query++) {
    const answer = await prober.ask({
      endpoint: { transport, address: '127.0.0.1', family: 4 },
      question: { name: 'www.example.com', type: 'A', class: 'IN' },
      expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
      timeoutMs: 10_000,
    })
    outcomes.push(answer.outcome)
  }
  udp.close()
  tcp.close()
  return { from, outcomes }
}

/** Whether the kernel still has to do with a connection from this port, which nobody listens at. */
function isRemembered(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.some((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${hex}`))
}

/** Some that nobody has at the moment: the kernel gives them away upwards from 32768. */
const PORTS = { first: 24_100, last: 24_102 }

test.each(['udp', 'tcp'] as const)('over %s from the source of the family', async (transport) => {
  const address = async (sources: Record<number, string>) =>
    (await ask(transport, { sources })).from[0]?.address
  expect(await address({ 4: '127.0.0.9', 6: '::1' })).toBe('127.0.0.9')
  expect(await address({ 6: '::1' })).toBe('127.0.0.1')
})

test('a source that this host does not have is told as this host’s own failure', async () => {
  const { from, outcomes } = await ask('udp', { sources: { 4: '192.0.2.250' } })
  expect(from).toEqual([])
  expect(outcomes).toEqual(['local-error'])
})

test.each(['udp', 'tcp'] as const)('over %s from each of its ports in turn', async (transport) => {
  const sources = { 4: transport === 'udp' ? '127.0.0.10' : '127.0.0.11' }
  const { from, outcomes } = await ask(transport, { sources, ports: PORTS }, 5)
  expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  expect(from.map(({ port }) => port)).toEqual([24_100, 24_101, 24_102, 24_100, 24_101])
})

test('a connection from a port of its own leaves nothing behind; one from the kernel’s may', async () => {
  const sources = { 4: '127.0.0.12' }
  await ask('tcp', { sources, ports: { first: 24_103, last: 24_103 } })
  expect(isRemembered(24_103)).toBe(false)
  const { from } = await ask('tcp', { sources })
  expect(isRemembered(from[0]?.port ?? 0)).toBe(true)
})
