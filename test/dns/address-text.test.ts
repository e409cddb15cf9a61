// Addresses between text and bytes.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../src/dns/address-text.ts'

const ipv6 = (text: string) => {
  const bytes = parseIpv6(text)
  return bytes && formatIpv6(bytes)
}

describe('IPv6 text', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0DB8::00aB', '2001:db8::ab'],
    ['0:0:0:1:0:0:0:0', '0:0:0:1::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ])('%s is %s', (text, canonical) => {
    expect(ipv6(text)).toBe(canonical)
  })

  test.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1::',
    '12345::',
    'g::',
    '192.0.2.1::',
    '::192.0.2.1:1',
    '::1.2.3',
    '1:2:3:4:5:6:7:192.0.2.1',
    ' ::1',
  ])('%j is none', (text) => {
    expect(parseIpv6(text)).toBeNull()
  })

  test('says the same as it is read back', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
    const sparse = bytes.map((entry) =>
      entry.map((byte, i) => ((entry[0] ?? 0) & (1 << (i >> 1)) ? byte : 0)),
    )
    fc.assert(
      fc.property(fc.oneof(bytes, sparse), (address) => {
        const text = formatIpv6(address)
        expect(parseIpv6(text)).toEqual(address)
        // The URL parser of the runtime has a canonical form of its own, and it is the same one.
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`)
      }),
    )
  })
})

describe('IPv4 text', () => {
  test('says the same as it is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (address) => {
        expect(parseIpv4(formatIpv4(address))).toEqual(address)
      }),
    )
  })

  test.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.x', '1.2.3.', '1..2.3'])(
    '%j is none',
    (text) => {
      expect(parseIpv4(text)).toBeNull()
    },
  )
})
