// Messages from and to bytes: queries, golden replies of BIND, and the data of records.
import { describe, expect, test } from 'bun:test'
import { type Answer, decode } from 'dns-packet'
import { type Decoded, decodeReply, type Message } from '../../src/dns/message.ts'
import { encodeQuery, questionFault } from '../../src/dns/query.ts'
import { hex, QUESTION, replyBytes, withAnswers } from './replies.ts'

/** Replies that BIND 9.18 gave to queries with id 0x1234. */
const BIND = {
  soa: '1234850000010001000000010474657374076578616d706c650000060001c00c000600010000003c0027026e73c00c0b686f73742e6d6173746572c00c0000000100000e1000000258000151800000003c00002904d0000000000000',
  alias:
    '123485000001000200000001037777770474657374076578616d706c6500001c0001c00c000500010000003c0005026e73c010c02e001c00010000003c001020010db800000000000000000000005300002904d0000000000000',
  nxdomain:
    '123485030001000000010001046e6f70650474657374076578616d706c650000010001c011000600010000003c0027026e73c0110b686f73742e6d6173746572c0110000000100000e1000000258000151800000003c00002904d0000000000000',
  text: '123485000001000100000001037478740474657374076578616d706c650000100001c00c001000010000003c00100b68656c6c6f20776f726c640374776f00002904d0000000000000',
}

function message(decoded: Decoded): Message {
  if (!decoded.ok) throw new Error(decoded.why)
  return decoded.message
}

describe('a query', () => {
  test('has RD and AD, one question and an OPT record of 1232 bytes', () => {
    const encoded = encodeQuery({ name: 'test.example', type: 'SOA', class: 'IN' }, 0xbeef)
    const expected = [
      'beef 0120 0001 0000 0000 0001',
      '04 74657374 07 6578616d706c65 00 0006 0001',
      '00 0029 04d0 00 00 0000 0000',
    ].join('')
    expect(encoded).toEqual({ ok: true, bytes: hex(expected) })
  })

  test.each([
    [{ name: '.', type: 'NS', class: 'IN' }, '00 0002 0001'],
    [{ name: 'version.bind', type: 'TXT', class: 'CH' }, '0776657273696f6e0462696e6400 0010 0003'],
    [{ name: 'a', type: 'HTTPS', class: 'IN' }, '0161 00 0041 0001'],
    [{ name: 'a', type: 'TYPE65280', class: 'IN' }, '0161 00 ff00 0001'],
  ] as const)('%j', (question, expected) => {
    const encoded = encodeQuery(question, 0)
    expect(encoded.ok && encoded.bytes.slice(12, -11)).toEqual(hex(expected))
  })

  test.each([
    ['', 'a label is empty'],
    ['a..b', 'a label is empty'],
    ['a.b.', 'a label is empty'],
    [`${'x'.repeat(64)}.example`, 'a label has at most 63 characters'],
    [`${'abcdefg.'.repeat(32)}x`, 'a name has at most 253 characters'],
    ['a b', 'names are plain ASCII, without escapes'],
    ['a\\.b', 'names are plain ASCII, without escapes'],
    ['é.example', 'names are plain ASCII, without escapes'],
    ['a\u0000b', 'names are plain ASCII, without escapes'],
  ])('for the name %j is refused', (name, why) => {
    expect(encodeQuery({ ...QUESTION, name }, 1)).toEqual({ ok: false, why })
  })

  test.each(['', 'a', 'NOTYPE', 'TYPE', 'TYPE65536', 'toString', '__proto__'])(
    'for the type %j is refused',
    (type) => {
      expect(questionFault({ ...QUESTION, type })).toBe(`"${type}" is no record type`)
    },
  )

  test('may have labels of 63 and names of 253 characters', () => {
    const name = [63, 63, 63, 61].map((length) => 'x'.repeat(length)).join('.')
    expect(name.length).toBe(253)
    expect(encodeQuery({ ...QUESTION, name }, 1).ok).toBe(true)
  })
})

describe('a reply of BIND', () => {
  test('with a zone', () => {
    expect(message(decodeReply(hex(BIND.soa)))).toEqual({
      id: 0x1234,
      isReply: true,
      opcode: 0,
      aa: true,
      tc: false,
      rd: true,
      ra: false,
      ad: false,
      cd: false,
      rcodeLow: 0,
      rcode: 0,
      question: { name: 'test.example', type: 'SOA', class: 1 },
      answers: [
        {
          name: 'test.example',
          type: 'SOA',
          class: 1,
          ttl: 60,
          data: 'ns.test.example host\\.master.test.example 1 3600 600 86400 60',
        },
      ],
      ttlS: 60,
      errors: [],
    })
  })

  test('with an alias and an address', () => {
    const { answers } = message(decodeReply(hex(BIND.alias)))
    expect(answers.map((answer) => `${answer.name} ${answer.type} ${answer.data}`)).toEqual([
      'www.test.example CNAME ns.test.example',
      'ns.test.example AAAA 2001:db8::53',
    ])
  })

  test('with text', () => {
    const { answers } = message(decodeReply(hex(BIND.text)))
    expect(answers[0]?.data).toBe('"hello world" "two"')
  })

  test('that denies', () => {
    expect(message(decodeReply(hex(BIND.nxdomain)))).toMatchObject({ rcode: 3, answers: [] })
  })
})

describe('record data', () => {
  const cases: [Answer, string][] = [
    [{ type: 'A', name: 'a', data: '192.0.2.255' }, '192.0.2.255'],
    [{ type: 'AAAA', name: 'a', data: '2001:db8:0:0:1:0:0:1' }, '2001:db8::1:0:0:1'],
    [{ type: 'NS', name: 'a', data: 'ns.example' }, 'ns.example'],
    [{ type: 'PTR', name: 'a', data: '.' }, '.'],
    [{ type: 'MX', name: 'a', data: { preference: 10, exchange: 'mx.example' } }, '10 mx.example'],
    [
      { type: 'SRV', name: 'a', data: { priority: 1, weight: 2, port: 53, target: 'x.y' } },
      '1 2 53 x.y',
    ],
    [
      { type: 'TXT', name: 'a', data: ['a "b"', 'c\\', '\u0001é'] },
      '"a \\"b\\"" "c\\\\" "\\001\\195\\169"',
    ],
    [{ type: 'HINFO', name: 'a', data: { cpu: 'x', os: 'y z' } }, '"x" "y z"'],
    [
      { type: 'CAA', name: 'a', data: { flags: 0, tag: 'issue', value: 'ca.example' } },
      '0 issue "ca.example"',
    ],
    [
      {
        type: 'DS',
        name: 'a',
        data: { keyTag: 5, algorithm: 13, digestType: 2, digest: Buffer.from('AbC') },
      },
      '5 13 2 416243',
    ],
    [
      { type: 'DNSKEY', name: 'a', data: { flags: 257, algorithm: 13, key: Buffer.from('key') } },
      '257 3 13 a2V5',
    ],
    [{ type: 'CERT', name: 'a', data: Buffer.from([1, 2, 255]) }, '\\# 3 0102ff'],
    [{ type: 'CERT', name: 'a', data: Buffer.from([]) }, '\\# 0'],
  ]

  test.each(cases)('%j', (record, expected) => {
    const bytes = replyBytes({ answers: [record] })
    expect(message(decodeReply(bytes)).answers[0]?.data).toBe(expected)
    // What dns-packet reads in the same bytes is what it was given: the case itself is sound.
    expect(decode(Buffer.from(bytes)).answers?.[0]?.type).toBe(record.type)
  })
})

test('the extended response code is merged', () => {
  expect(message(decodeReply(replyBytes({ rcode: 7, extendedRcode: 1 }))).rcode).toBe(23)
  expect(message(decodeReply(replyBytes({ rcode: 15, extendedRcode: 255 }))).rcode).toBe(0xfff)
})

test('labels that hold dots and other odd bytes cannot be taken for others', () => {
  const record = '03 61 2e 62 02 5c 00 00 0001 0001 00000000 0004 c0000201'
  expect(message(decodeReply(withAnswers(1, record))).answers[0]?.name).toBe('a\\.b.\\\\\\000')
})
