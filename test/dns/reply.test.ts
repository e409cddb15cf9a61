// Every rung of the ladder, and that nothing but a true answer ever climbs it.
import { describe, expect, test } from 'bun:test'
import { type Answer, decode } from 'dns-packet'
import fc from 'fast-check'
import { rcodeNumber } from '../../src/dns/mnemonic.ts'
import type { Expectation, QueryOutcome, Question } from '../../src/dns/probe.ts'
import { classifyReply, type SentQuery } from '../../src/dns/reply.ts'
import { ADDRESS, FLAG, patched, QUESTION, type ReplyShape, replyBytes } from './replies.ts'

const EXPECT: Expectation = { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 }
const ASKED: SentQuery = { id: 0x1234, question: QUESTION, expect: EXPECT }

const judge = (bytes: Uint8Array, expect: Partial<Expectation> = {}, question = QUESTION) =>
  classifyReply(bytes, { ...ASKED, question, expect: { ...EXPECT, ...expect } })

const judgeShape = (shape: ReplyShape, expect: Partial<Expectation> = {}) =>
  judge(replyBytes(shape), expect)

const ok = { kind: 'answer', outcome: 'ok' } as const
const answer = (outcome: QueryOutcome, detail: string) =>
  ({ kind: 'answer', outcome, detail }) as const
const foreign = (why: string) => ({ kind: 'foreign', why }) as const

describe('the ladder', () => {
  const sound = replyBytes()
  test.each<readonly [what: string, bytes: Uint8Array, expected: object]>([
    ['a good answer', sound, ok],
    ['no byte', new Uint8Array(0), foreign('a reply of 0 bytes')],
    ['too short to have an id', new Uint8Array(1), foreign('a reply of 1 bytes')],
    ['another id', replyBytes({ id: 0x1235 }), foreign('a reply with another id')],
    ['… and broken', Uint8Array.of(0x12, 0x35, 1), foreign('a reply with another id')],
    ['our id, no whole header', sound.slice(0, 11), answer('malformed', 'only 11 bytes')],
    ['QR not set', patched(sound, { 2: 0x01 }), answer('malformed', 'a query came back')],
    ['another opcode', patched(sound, { 2: 0xa9 }), answer('malformed', 'opcode 5')],
    [
      'a question that cannot be read',
      patched(sound, { 12: 0xc0, 13: 0x0c }),
      answer('malformed', 'its question cannot be read'),
    ],
    [
      'the question in other case',
      replyBytes({ question: { ...QUESTION, name: 'WWW.Example.Com' } }),
      ok,
    ],
    ['TC', replyBytes({ flags: FLAG.tc }), { kind: 'truncated' }],
    [
      'TC, and what follows is cut off',
      replyBytes({ flags: FLAG.tc }).slice(0, 40),
      { kind: 'truncated' },
    ],
    ['a message cut short', sound.slice(0, -1), { kind: 'answer', outcome: 'malformed' }],
  ])('%s', (_, bytes, expected) => expect(judge(bytes)).toMatchObject(expected))

  test.each([{ name: 'www.example.org' }, { type: 'AAAA' }, { class: 'CH' }] as const)(
    'another question is foreign: %j',
    (change) => {
      const question: Question = { ...QUESTION, ...change }
      expect(judgeShape({ question })).toEqual(foreign('a reply to another question'))
    },
  )

  test('no question: an answer only when it says what went wrong', () => {
    const none = { question: null, answers: [] }
    expect(judgeShape(none)).toEqual(foreign('a reply without a question'))
    expect(judgeShape({ ...none, rcode: 1 })).toEqual(
      answer('wrong-rcode', 'got FORMERR, expected NOERROR'),
    )
    expect(judgeShape({ ...none, rcode: 2 })).toEqual(
      answer('servfail', 'got SERVFAIL, expected NOERROR'),
    )
    expect(judgeShape({ ...none, rcode: 5 }, { rcode: 'REFUSED', minAnswers: 0 })).toEqual(
      foreign('a reply without a question'),
    )
  })

  test.each<[number, number, QueryOutcome, string]>([
    [2, 0, 'servfail', 'got SERVFAIL, expected NOERROR'],
    [3, 0, 'wrong-rcode', 'got NXDOMAIN, expected NOERROR'],
    [5, 0, 'wrong-rcode', 'got REFUSED, expected NOERROR'],
    [0, 1, 'wrong-rcode', 'got BADVERS, expected NOERROR'],
    [2, 1, 'wrong-rcode', 'got RCODE18, expected NOERROR'],
  ])('response code %d with upper bits %d: %s', (rcode, extendedRcode, outcome, detail) => {
    expect(judgeShape({ rcode, extendedRcode })).toEqual(answer(outcome, detail))
  })

  test.each([
    ['NXDOMAIN', { rcode: 3 }],
    ['SERVFAIL', { rcode: 2 }],
    ['BADCOOKIE', { rcode: 7, extendedRcode: 1 }],
  ])('response code %s can be the expected one', (rcode, shape) => {
    expect(judgeShape({ ...shape, answers: [] }, { rcode, minAnswers: 0 })).toMatchObject(ok)
    expect(judgeShape({}, { rcode })).toEqual(
      answer('wrong-rcode', `got NOERROR, expected ${rcode}`),
    )
  })

  test.each(['aa', 'ra', 'ad'] as const)('the flag %s is looked at when it is required', (flag) => {
    const all = FLAG.aa | FLAG.ra | FLAG.ad
    expect(judgeShape({ flags: FLAG[flag] }, { flags: [flag] })).toMatchObject(ok)
    expect(judgeShape({ flags: all & ~FLAG[flag] }, { flags: [flag] })).toEqual(
      answer('wrong-flags', `${flag.toUpperCase()} is not set`),
    )
  })

  test('fewer answers of the asked type than required: wrong-answer', () => {
    const detail = 'only 0 records of type A, at least 1 expected'
    expect(judgeShape({ answers: [] })).toEqual(answer('wrong-answer', detail))
    const other: Answer = { type: 'AAAA', name: QUESTION.name, data: '::1' }
    expect(judgeShape({ answers: [other] })).toEqual(answer('wrong-answer', detail))
    expect(judgeShape({ answers: [] }, { minAnswers: 0 })).toMatchObject(ok)
  })

  test('expected data that no record has: wrong-answer', () => {
    const two = [ADDRESS, { ...ADDRESS, data: '192.0.2.2' } as Answer]
    expect(judgeShape({ answers: two }, { contains: ['192.0.2.2', '192.0.2.1'] })).toMatchObject(ok)
    expect(judgeShape({ answers: two }, { contains: ['192.0.2.1', '192.0.2.3'] })).toEqual(
      answer('wrong-answer', 'no record of type A is 192.0.2.3'),
    )
  })
})

describe('the answers that count', () => {
  const alias = (name: string, data: string): Answer => ({ type: 'CNAME', name, data })
  const address = (name: string): Answer => ({ type: 'A', name, data: '192.0.2.1' })

  test('are those that aliases lead to, in any order', () => {
    const answers = [address('c.x'), alias('B.X', 'c.x'), alias(QUESTION.name, 'b.x')]
    expect(judgeShape({ answers })).toMatchObject(ok)
  })

  test('are not those of other names', () => {
    expect(judgeShape({ answers: [address('evil.x')] })).toMatchObject({ outcome: 'wrong-answer' })
    const beside = [alias(QUESTION.name, 'b.x'), address('c.x')]
    expect(judgeShape({ answers: beside })).toMatchObject({ outcome: 'wrong-answer' })
  })

  test('are not those of other classes', () => {
    const answers = [{ ...ADDRESS, class: 'CH' } as Answer]
    expect(judgeShape({ answers })).toMatchObject({ outcome: 'wrong-answer' })
  })

  test('are finite when aliases go in a circle', () => {
    const answers = [alias(QUESTION.name, 'b.x'), alias('b.x', QUESTION.name)]
    expect(judgeShape({ answers })).toMatchObject({ outcome: 'wrong-answer' })
  })

  test('may be asked for by number', () => {
    const question = { ...QUESTION, type: 'TYPE1' }
    expect(judge(replyBytes(), {}, question)).toMatchObject(ok)
  })
})

describe('what an answer holds', () => {
  const wanted = (shape: ReplyShape) =>
    classifyReply(replyBytes(shape), { ...ASKED, wantsRecords: true })

  test('is told in one order, where it is asked for and the answer is as expected', () => {
    const other = { ...ADDRESS, data: '192.0.2.0' } as Answer
    expect(wanted({ answers: [ADDRESS, other] })).toMatchObject({
      ...ok,
      records: ['192.0.2.0', '192.0.2.1'],
    })
    expect(wanted({ answers: [] })).not.toHaveProperty('records')
    expect(judgeShape({})).not.toHaveProperty('records')
  })
})

describe('whatever comes', () => {
  const sound = [
    replyBytes(),
    replyBytes({ rcode: 3, answers: [] }),
    replyBytes({ rcode: 2, answers: [] }),
    replyBytes({ question: null, rcode: 5, answers: [] }),
    replyBytes({ extendedRcode: 1 }),
    replyBytes({ errors: [3, 22] }),
    replyBytes({
      answers: [
        { type: 'CNAME', name: QUESTION.name, data: 'a.example' },
        { type: 'A', name: 'a.example', data: '192.0.2.1' },
        { type: 'TXT', name: 'a.example', data: ['x', 'y'] },
      ],
    }),
  ]
  const expectation = fc.record<Expectation>({
    rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'),
    flags: fc.subarray(['aa', 'ra', 'ad'] as const),
    contains: fc.constantFrom([], ['192.0.2.1']),
    minAnswers: fc.constantFrom(0, 1),
  })
  const mutation = fc.oneof(
    fc.record({ at: fc.nat(120), set: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ cut: fc.nat(120) }),
    fc.record({ add: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
  )
  type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

  function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
    if ('cut' in change) return bytes.slice(0, change.cut)
    if ('add' in change) return Uint8Array.of(...bytes, ...change.add)
    return change.at < bytes.length ? patched(bytes, { [change.at]: change.set }) : bytes
  }

  /** That dns-packet, which knows nothing of the code under test, reads the same in it. */
  function holdsFor(bytes: Uint8Array, { rcode, flags, minAnswers }: Expectation): void {
    const read = decode(Buffer.from(bytes))
    const extended = read.additionals?.find((record) => record.type === 'OPT')
    const upper = extended?.type === 'OPT' ? extended.extendedRcode : 0
    expect(read.id).toBe(ASKED.id)
    expect(read.type).toBe('response')
    expect(read.flag_tc).toBe(false)
    expect(
      read.questions?.map((question) =>
        `${question.name} ${question.type} ${question.class}`.toLowerCase(),
      ),
    ).toEqual([`${QUESTION.name} ${QUESTION.type} ${QUESTION.class}`.toLowerCase()])
    expect((upper << 4) | ((bytes[3] ?? 0) % 16)).toBe(rcodeNumber(rcode) ?? -1)
    for (const flag of flags) expect(read[`flag_${flag}`]).toBe(true)
    const found = read.answers?.filter((entry) => entry.type === QUESTION.type).length ?? 0
    expect(found).toBeGreaterThanOrEqual(minAnswers)
  }

  function check(bytes: Uint8Array, wanted: Expectation): void {
    const reply = classifyReply(bytes, { ...ASKED, expect: wanted })
    if (reply.kind === 'answer' && reply.outcome === 'ok') holdsFor(bytes, wanted)
  }

  test('arbitrary bytes never throw, and are ok only if they are the answer', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectation, check), { numRuns: 2000 })
  })

  test('nor do arbitrary bytes after a true header and question', () => {
    const start = replyBytes({ answers: [] }).slice(0, 33)
    const tail = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(3), fc.nat(3), fc.nat(3))
    const property = fc.property(tail, expectation, ([bytes, answers, others, more], wanted) => {
      const head = patched(start, { 7: answers, 9: others, 11: more })
      check(Uint8Array.of(...head, ...bytes), wanted)
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('nor do mutated answers', () => {
    const mutations = fc.array(mutation, { maxLength: 4 })
    const property = fc.property(
      fc.constantFrom(...sound),
      mutations,
      expectation,
      (bytes, changes, wanted) => check(changes.reduce(mutate, bytes), wanted),
    )
    fc.assert(property, { numRuns: 5000 })
  })

  test('a true answer stays ok, whatever its case and its other records', () => {
    const letters = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 })
    const others = fc.array(fc.ipV6(), { maxLength: 3 })
    const property = fc.property(letters, others, (upper, addresses) => {
      const name = [...QUESTION.name]
        .map((text, i) => (upper[i] ? text.toUpperCase() : text))
        .join('')
      const beside = addresses.map((data): Answer => ({ type: 'AAAA', name, data }))
      const bytes = replyBytes({ question: { ...QUESTION, name }, answers: [...beside, ADDRESS] })
      expect(judge(bytes, { contains: ['192.0.2.1'] })).toMatchObject(ok)
    })
    fc.assert(property)
  })
})
