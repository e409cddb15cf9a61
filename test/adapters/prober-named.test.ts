// The prober against a real named: what it answers, and what its death and its sleep look like.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { QueryOutcome } from '../../src/dns/probe.ts'
import { type Asking, ask } from './prober/ask.ts'
import { LONG_TEXT, type Named, startNamed } from './prober/free-named.ts'

let named: Named

beforeAll(async () => {
  named = await startNamed()
})

afterAll(async () => {
  await named[Symbol.asyncDispose]()
})

const ways = [
  { transport: 'udp', address: '127.0.0.1' },
  { transport: 'tcp', address: '127.0.0.1' },
  { transport: 'udp', address: '::1' },
  { transport: 'tcp', address: '::1' },
] as const

const NS = { name: 'ns.zone.test' }

const cases: [string, QueryOutcome, Asking][] = [
  ['an address', 'ok', { question: NS, expect: { contains: ['192.0.2.53'], flags: ['aa'] } }],
  [
    'an address behind an alias',
    'ok',
    {
      question: { name: 'WWW.zone.test', type: 'AAAA' },
      expect: { contains: ['2001:DB8:0::53'] },
    },
  ],
  [
    'a zone',
    'ok',
    {
      question: { name: 'zone.test', type: 'SOA' },
      expect: { contains: ['ns.zone.test. hostmaster.zone.test. 7 3600 600 86400 60'] },
    },
  ],
  [
    'more than fits into a datagram',
    'ok',
    {
      question: { name: 'long.zone.test', type: 'TXT' },
      expect: { contains: [LONG_TEXT.join('')] },
    },
  ],
  ['its version', 'ok', { question: { name: 'version.bind', type: 'TXT', class: 'CH' } }],
  [
    'a denial that is expected',
    'ok',
    { question: { name: 'no.zone.test' }, expect: { rcode: 'NXDOMAIN', minAnswers: 0 } },
  ],
  ['a denial', 'wrong-rcode', { question: { name: 'no.zone.test' } }],
  ['a refusal', 'wrong-rcode', { question: { name: 'elsewhere.test' } }],
  ['a zone that did not load', 'servfail', { question: { name: 'broken.test' } }],
  ['another address', 'wrong-answer', { question: NS, expect: { contains: ['192.0.2.54'] } }],
  ['a name without that type', 'wrong-answer', { question: { ...NS, type: 'MX' } }],
  ['what nobody validated', 'wrong-flags', { question: NS, expect: { flags: ['ad'] } }],
]

describe.each(ways)('over $transport at $address', (way) => {
  test.each(cases)('%s: %s', async (_, outcome, asking) => {
    const answer = await ask(named.port, { ...asking, ...way })
    expect(answer.outcome).toBe(outcome)
    expect(answer.latencyMs).toBeGreaterThan(0)
  })
})

test('a detail says what was wrong', async () => {
  expect(await ask(named.port, { question: { name: 'elsewhere.test' } })).toMatchObject({
    detail: 'got REFUSED, expected NOERROR',
  })
})

test('a named that stands still is a timeout, one that is dead is refused', async () => {
  await using other = await startNamed()
  const outcomes = async (timeoutMs: number) => {
    const asking = { timeoutMs, question: NS } as const
    return (await Promise.all(ways.map((way) => ask(other.port, { ...asking, ...way })))).map(
      ({ outcome }) => outcome,
    )
  }
  expect(await outcomes(10_000)).toEqual(['ok', 'ok', 'ok', 'ok'])
  other.freeze()
  expect(await outcomes(200)).toEqual(['timeout', 'timeout', 'timeout', 'timeout'])
  await other.kill()
  expect(await outcomes(10_000)).toEqual([
    'conn-refused',
    'conn-refused',
    'conn-refused',
    'conn-refused',
  ])
}, 20_000)
