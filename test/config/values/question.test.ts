// Questions, domain names, record types and response codes as people write them.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Reading } from '../../../src/config/text/complaint.ts'
import {
  readDomainName,
  readQuestion,
  readRcode,
  readRecordType,
} from '../../../src/config/values/question.ts'
import { typeNumber } from '../../../src/dns/mnemonic.ts'

function codeOf(reading: Reading<unknown>): string {
  return reading.ok ? 'ok' : reading.complaint.code
}

describe('questions', () => {
  test.each([
    ['www.example.com A', 'www.example.com A IN'],
    ['  WWW.Example.com.\taaaa  ', 'www.example.com AAAA IN'],
    ['version.bind TXT CH', 'version.bind TXT CH'],
    ['. NS', '. NS IN'],
    ['_dns.resolver.arpa type64', '_dns.resolver.arpa SVCB IN'],
    ['0/25.2.0.192.in-addr.arpa PTR in', '0/25.2.0.192.in-addr.arpa PTR IN'],
    // A name may look like a type.
    ['mx A', 'mx A IN'],
  ])('%j', (text, expected) => {
    const question = readQuestion(text)
    if (!question.ok) throw new Error(question.complaint.text)
    expect(`${question.value.name} ${question.value.type} ${question.value.class}`).toBe(expected)
  })

  test.each([
    ['', 'E_QUESTION'],
    ['a', 'E_QUESTION'],
    ['a A IN x', 'E_QUESTION'],
    ['a.b IN A', 'E_QUESTION'],
    ['A a.b', 'E_QUESTION'],
    ['a..b A', 'E_DOMAIN_NAME'],
    ['a B', 'E_RECORD_TYPE'],
    ['a A HS', 'E_CLASS'],
  ])('%j is refused: %s', (text, code) => {
    expect(codeOf(readQuestion(text))).toBe(code)
  })
})

describe('domain names', () => {
  const label = (length: number) => 'a'.repeat(length)

  test('labels have at most 63 characters, names at most 253', () => {
    expect(codeOf(readDomainName(label(63)))).toBe('ok')
    expect(codeOf(readDomainName(label(64)))).toBe('E_DOMAIN_NAME')
    const longest = [label(63), label(63), label(63), label(61)].join('.')
    expect(longest).toHaveLength(253)
    expect(codeOf(readDomainName(longest))).toBe('ok')
    expect(codeOf(readDomainName(`${longest}.`))).toBe('ok')
    expect(codeOf(readDomainName(`${longest}a`))).toBe('E_DOMAIN_NAME')
  })

  test.each(['..', '.a', 'a..', 'a b', 'a\\.b', 'bücher', 'a\u0000', ''])('%j is none', (text) => {
    expect(codeOf(readDomainName(text))).toBe('E_DOMAIN_NAME')
  })
})

describe('record types', () => {
  test.each(['ANY', 'AXFR', 'IXFR', 'OPT', 'TSIG', 'TYPE255', 'TYPE41', 'TYPE0', 'TYPE65536', 'B'])(
    '%s cannot be probed',
    (text) => {
      expect(codeOf(readRecordType(text))).toBe('E_RECORD_TYPE')
    },
  )

  test('what is accepted has a number, and is its own name', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff }), (number) => {
        const type = readRecordType(`type${number}`)
        if (!type.ok) return
        expect(typeNumber(type.value)).toBe(number)
        expect(readRecordType(type.value)).toEqual(type)
      }),
    )
  })
})

test('response codes by name or number', () => {
  expect(readRcode('nxdomain')).toEqual({ ok: true, value: 'NXDOMAIN' })
  expect(readRcode('RCODE3')).toEqual({ ok: true, value: 'NXDOMAIN' })
  expect(codeOf(readRcode('NODOMAIN'))).toBe('E_RCODE')
})
