// What an answer shows of where it comes from: how long it may still be kept, and whether it is stale.
import { describe, expect, test } from 'bun:test'
import type { Answer } from 'dns-packet'
import type { Expectation, QueryOutcome } from '../../src/dns/probe.ts'
import { classifyReply } from '../../src/dns/reply.ts'
import { ADDRESS, patched, QUESTION, type ReplyShape, replyBytes } from './replies.ts'

const EXPECT: Expectation = { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 }

const judge = (bytes: Uint8Array, expect: Partial<Expectation> = {}) =>
  classifyReply(bytes, { id: 0x1234, question: QUESTION, expect: { ...EXPECT, ...expect } })

const judgeShape = (shape: ReplyShape, expect: Partial<Expectation> = {}) =>
  judge(replyBytes(shape), expect)

const ok = { kind: 'answer', outcome: 'ok' } as const
const answer = (outcome: QueryOutcome, detail: string) =>
  ({ kind: 'answer', outcome, detail }) as const

describe('how long an answer may be kept', () => {
  const soa = (ttl: number): Answer => {
    const data = { mname: 'ns.x', rname: 'root.x', serial: 1, minimum: 5 }
    return { type: 'SOA', name: 'example.com', ttl, data }
  }
  const denied = { rcode: 'NXDOMAIN', minAnswers: 0 }

  test('is told by the lowest TTL of a good answer', () => {
    const alias: Answer = { type: 'CNAME', name: QUESTION.name, ttl: 7, data: 'b.x' }
    const address: Answer = { type: 'A', name: 'b.x', ttl: 300, data: '192.0.2.1' }
    expect(judgeShape({})).toEqual({ ...ok, ttlS: 60 })
    expect(judgeShape({ answers: [alias, address] })).toEqual({ ...ok, ttlS: 7 })
  })

  test('is told by the SOA record where nothing is there', () => {
    const shape = { answers: [], authorities: [soa(900)], rcode: 3 }
    expect(judgeShape(shape, denied)).toEqual({ ...ok, ttlS: 900 })
    expect(judgeShape({ ...shape, authorities: [] }, denied)).toEqual(ok)
  })

  test('is not at all where the highest bit is set (RFC 2181)', () => {
    const bytes = replyBytes({ answers: [{ ...ADDRESS, ttl: 0x80000000 } as Answer] })
    expect(judge(bytes)).toEqual({ ...ok, ttlS: 0 })
  })
})

describe('a server that could reach nobody', () => {
  test.each([
    [3, 'Stale Answer'],
    [19, 'Stale NXDOMAIN Answer'],
    [22, 'No Reachable Authority'],
  ])('says so by error %d: stale', (code, words) => {
    expect(judgeShape({ errors: [code] })).toEqual(answer('stale', words))
    expect(judgeShape({ errors: [9, code] })).toEqual(answer('stale', words))
    const wanted = { rcode: 'SERVFAIL', minAnswers: 0 }
    expect(judgeShape({ rcode: 2, answers: [], errors: [code] }, wanted)).toMatchObject({
      outcome: 'stale',
    })
    expect(judgeShape({ rcode: 2, answers: [], errors: [code] })).toEqual(
      answer('servfail', `got SERVFAIL (${words}), expected NOERROR`),
    )
  })

  test('is not one with any other error, nor one that answers wrongly', () => {
    expect(judgeShape({ errors: [0, 4, 29] })).toMatchObject(ok)
    expect(judgeShape({ errors: [3] }, { contains: ['192.0.2.9'] })).toMatchObject({
      outcome: 'wrong-answer',
    })
  })

  test('options that cannot be read: malformed', () => {
    const bytes = replyBytes({ errors: [3] })
    // The last option announces a byte more than there is; then it is too short to be an error.
    expect(judge(patched(bytes, { [bytes.length - 3]: 3 }))).toMatchObject({ outcome: 'malformed' })
    const short = patched(bytes, { [bytes.length - 3]: 1, [bytes.length - 7]: 5 }).slice(0, -1)
    expect(judge(short)).toMatchObject({ outcome: 'malformed' })
  })
})
