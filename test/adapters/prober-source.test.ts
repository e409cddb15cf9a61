// Where other hosts are asked from: the address that was configured for the family, or the kernel's choice.
import { expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { createProber } from '../../src/adapters/prober.ts'
import type { Transport } from '../../src/dns/probe.ts'
import { goodAnswer } from './prober/fake-resolver.ts'

/** Whom a resolver at 127.0.0.1 saw, and what came of the query. */
async function askedFrom(transport: Transport, sources: Readonly<Partial<Record<4 | 6, string>>>) {
  let from: string | undefined
  const udp = createSocket('udp4', (bytes, peer) => {
    from = peer.address
    udp.send(goodAnswer(bytes), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
  const { port } = udp.address()
  const tcp = createServer((socket) => {
    from = socket.remoteAddress
    socket.on('error', () => {}).end()
  })
  await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve))
  const clock = { nowMs: () => performance.now() }
  const { outcome } = await createProber({ clock, port, remote: true, sources }).ask({
    target: { transport, address: '127.0.0.1', family: 4 },
    question: { name: 'www.example.com', type: 'A', class: 'IN' },
    expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
    timeoutMs: 10_000,
  })
  udp.close()
  tcp.close()
  return { from, outcome }
}

test.each(['udp', 'tcp'] as const)('over %s from the source of the family', async (transport) => {
  expect((await askedFrom(transport, { 4: '127.0.0.9', 6: '::1' })).from).toBe('127.0.0.9')
  expect((await askedFrom(transport, { 6: '::1' })).from).toBe('127.0.0.1')
})

test('a source that this host does not have is told as this host’s own failure', async () => {
  const { from, outcome } = await askedFrom('udp', { 4: '192.0.2.250' })
  expect(from).toBeUndefined()
  expect(outcome).toBe('local-error')
})
