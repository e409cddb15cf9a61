// What is on the wire decides: answered, silent, or not known.
import { describe, expect, test } from 'bun:test'
import type { Packet, QueryTraffic } from '../../../src/doctor/facts/queries.ts'
import { isLostInKernel, ownLosses, receptionOf } from '../../../src/doctor/network/reception.ts'

const END_MS = 10_000

function packet(at: number, change: Partial<Packet> = {}): Packet {
  const client = change.client ?? '192.0.2.100'
  return {
    ...{ atMs: at, interface: 'eth0', transport: 'udp', family: 4, address: '192.0.2.53' },
    ...{ client, key: `${client} ${at}`, isOwn: false, question: '', isRefusal: false },
    ...change,
  }
}

const many = (count: number, change: Partial<Packet> = {}) =>
  Array.from({ length: count }, (_, at) => packet(at * 10, change))

function traffic(queries: readonly Packet[], answers: readonly Packet[] = []): QueryTraffic {
  const untilMs = { udp: END_MS, tcp: END_MS }
  return { queries, answers, untilMs, lost: { 4: 0, 6: 0 }, isTcpFree: true }
}

function kindOf(queries: readonly Packet[], answers: readonly Packet[] = [], over = 'udp') {
  const endpoint = { transport: over as 'udp', address: '192.0.2.53' }
  return receptionOf(endpoint, traffic(queries, answers)).kind
}

describe('receptionOf', () => {
  const asked = many(10)
  const other = many(5, { client: '198.51.100.7' })

  test('all are answered, most are, and none is', () => {
    expect(kindOf(asked, asked)).toBe('answered')
    expect(kindOf(asked, asked.slice(5))).toBe('answered')
    expect(kindOf(asked)).toBe('silent')
  })

  test('nobody asks, at another address, or over another transport', () => {
    expect(kindOf([])).toBe('unknown')
    expect(kindOf(many(10, { address: '192.0.2.54' }))).toBe('unknown')
    expect(kindOf(asked, asked, 'tcp')).toBe('unknown')
    expect(kindOf(many(10, { isOwn: true, client: '192.0.2.53' }))).toBe('unknown')
  })

  test('few queries, or queries that may be answered yet, say nothing', () => {
    expect(kindOf(asked.slice(0, 2))).toBe('unknown')
    expect(kindOf(asked.map((entry) => ({ ...entry, atMs: END_MS - 900 })))).toBe('unknown')
  })

  test('some clients are answered and others are not: a limit for each, a ban, or a list', () => {
    expect(kindOf([...asked, ...other], asked)).toBe('unknown')
    expect(kindOf(asked, asked.slice(6))).toBe('unknown')
    // An answer to what was asked before.
    expect(kindOf(asked, [packet(0, { key: 'another' })])).toBe('unknown')
  })

  test('a refusal is no answer', () => {
    const tcp = { transport: 'tcp' } as const
    expect(kindOf(many(4, tcp), many(4, { ...tcp, isRefusal: true }), 'tcp')).toBe('silent')
    expect(kindOf(many(4, tcp), many(4, tcp), 'tcp')).toBe('answered')
  })
})

describe('isLostInKernel', () => {
  const lostOf = (count: number) => ({ ...traffic([]), lost: { 4: count, 6: 100 } })

  test('where the kernel’s UDP lacks as many as are silent', () => {
    expect(isLostInKernel(many(10), lostOf(10))).toBe(true)
    expect(isLostInKernel(many(10), lostOf(9))).toBe(false)
    expect(isLostInKernel([], lostOf(10))).toBe(false)
  })

  test('where TCP neither takes a connection nor refuses it, and has room', () => {
    const tcp = many(10, { transport: 'tcp' })
    expect(isLostInKernel(tcp, traffic(tcp))).toBe(true)
    expect(isLostInKernel(tcp, { ...traffic(tcp), isTcpFree: false })).toBe(false)
    const refusals = tcp.map((entry) => ({ ...entry, isRefusal: true }))
    expect(isLostInKernel(tcp, traffic(tcp, refusals))).toBe(false)
  })
})

describe('ownLosses', () => {
  const own = { isOwn: true, client: '192.0.2.53', interface: 'lo' } as const

  test('what this host asks itself, by transport and family', () => {
    const udp = many(4, own)
    const tcp = many(3, { ...own, transport: 'tcp' })
    const lost = { ...traffic([...udp, ...tcp]), lost: { 4: 4, 6: 0 } }
    expect(ownLosses(lost)).toEqual([udp, tcp])
    expect(ownLosses({ ...lost, answers: [udp[0] as Packet], isTcpFree: false })).toEqual([])
    // Nobody listens there: TCP says so.
    expect(
      ownLosses({
        ...lost,
        lost: { 4: 3, 6: 0 },
        answers: [{ ...(tcp[1] as Packet), isRefusal: true }],
      }),
    ).toEqual([])
  })
})
