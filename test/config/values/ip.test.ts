// Addresses and networks: strict reading, one canonical form, membership.
import { describe, expect, test } from 'bun:test'
import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import {
  canonicalAddress,
  contains,
  formatCidr,
  formatIp,
  hasHostBits,
  type Ip,
  networkOf,
  parseCidr,
  parseIp,
} from '../../../src/config/values/ip.ts'

function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (parsed === null) throw new Error(`not an address: ${text}`)
  return parsed
}

function cidr(text: string) {
  const parsed = parseCidr(text)
  if (parsed === null) throw new Error(`not a network: ${text}`)
  return parsed
}

describe('addresses', () => {
  // The examples of RFC 5952 sections 4 and 5, and the kernel's link-local form.
  test.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:1:1:1:1:1::', '2001:db8:1:1:1:1:1:0'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['192.0.2.53', '192.0.2.53'],
    ['0.0.0.0', '0.0.0.0'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical)
  })

  test.each([
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.1.1',
    '0x7f.0.0.1',
    ' 192.0.2.1',
    '192.0.2.1%eth0',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    '::192.0.2',
    '192.0.2.1::',
    '::192.0.2.1:1',
    'g::',
    '2001:db8::1%eth0',
    'fe80::1%',
    'fe80::1%a b',
    'fe80::1%a-name-far-too-long-for-an-interface',
  ])('%j is none', (text) => {
    expect(parseIp(text)).toBeNull()
  })

  test('any address survives being written and read, and the canonical form is its own', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      // Zeros are what compression is about.
      fc
        .array(fc.constantFrom(0, 0, 0, 0xff), { minLength: 16, maxLength: 16 })
        .map((all) => Uint8Array.from(all)),
    )
    fc.assert(
      fc.property(bytes, (all) => {
        const text = formatIp({ family: all.length === 4 ? 4 : 6, bytes: all, zone: null })
        expect(ip(text).bytes).toEqual(all)
        expect(canonicalAddress(text)).toBe(text)
      }),
    )
  })

  test('accepts just what the operating system accepts', () => {
    const text = fc
      .array(fc.constantFrom(...'0123459af:.', '::', '255', '192.0.2.1', '2001:db8'), {
        maxLength: 12,
      })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6()), (candidate) => {
        expect(parseIp(candidate) !== null).toBe(isIPv4(candidate) || isIPv6(candidate))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('networks', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is %s', (text, canonical) => {
    expect(formatCidr(cidr(text))).toBe(canonical)
  })

  test.each([
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/024',
    '192.0.2.0/-1',
    '::/129',
    '/24',
    'a/8',
  ])('%j is none', (text) => {
    expect(parseCidr(text)).toBeNull()
  })

  test.each([
    ['192.0.2.53/24', '192.0.2.0/24'],
    ['192.0.2.53/31', '192.0.2.52/31'],
    ['2001:db8::53/63', '2001:db8::/63'],
    ['255.255.255.255/0', '0.0.0.0/0'],
  ])('%s has host bits, its network is %s', (text, network) => {
    expect(hasHostBits(cidr(text))).toBe(true)
    expect(formatCidr(networkOf(cidr(text)))).toBe(network)
    expect(hasHostBits(networkOf(cidr(text)))).toBe(false)
  })

  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.1/32', '192.0.2.1', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
    ['::/0', '192.0.2.1', false],
  ])('%s and %s: %p', (network, address, isInside) => {
    expect(contains(cidr(network), ip(address))).toBe(isInside)
  })

  test('a network holds an address just if both have the same network', () => {
    const four = fc.uint8Array({ minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(four, four, fc.nat(32), (a, b, prefixLength) => {
        const address: Ip = { family: 4, bytes: a, zone: null }
        const other: Ip = { family: 4, bytes: b, zone: null }
        const isSame =
          formatCidr(networkOf({ address, prefixLength })) ===
          formatCidr(networkOf({ address: other, prefixLength }))
        expect(contains({ address, prefixLength }, other)).toBe(isSame)
      }),
    )
  })
})
