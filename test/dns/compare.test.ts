// Record data is the same whichever way people spell it, and different otherwise.
import { describe, expect, test } from 'bun:test'
import { canonicalRdata, sameRdata } from '../../src/dns/compare.ts'

describe('the same', () => {
  test.each([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['A', ' 192.0.2.1 ', '192.0.2.1'],
    ['AAAA', '2001:DB8:0:0::0053', '2001:db8::53'],
    ['AAAA', '::ffff:192.0.2.1', '::ffff:c000:201'],
    ['NS', 'NS.Example.', 'ns.example'],
    ['CNAME', '.', '.'],
    ['NS', 'a\\.', 'A\\.'],
    ['MX', '010   Mail.example.', '10 mail.example'],
    ['SOA', 'ns.x. Host.x. 1 2 3 4 5', 'ns.x host.x 1 2 3 4 5'],
    ['SRV', '0 5 53 Dns.Example', '0 5 53 dns.example.'],
    ['TXT', '"hello world" "two"', '"hello world" "two"'],
    ['TXT', 'hello worldtwo', '"hello world" "two"'],
    ['TXT', 'v=spf1 -all', '"v=spf1 -all"'],
    ['TXT', 'v=DKIM1\\; k=rsa', '"v=DKIM1; k=rsa"'],
    ['TXT', '"a\\032b\\"c"', '"a b\\"c"'],
    ['TXT', 'é', '"\\195\\169"'],
    ['CAA', '0 ISSUE "ca.example"', '0 issue "ca.example"'],
    ['CAA', '0 issue ca.example', '0 issue "ca.example"'],
    ['DS', '5 13 2 41 62 43', '5 13 2 416243'],
    ['DS', '5 13 2 ABCDEF', '5 13 2 abcdef'],
    ['DNSKEY', '257 3 13 a2 V5', '257 3 13 a2V5'],
    ['NAPTR', '1 2 u "E2U" "" A.example.', '1 2 "u" "E2U" "" a.example'],
    ['TYPE65280', '\\# 2 AB CD', '\\# 2 abcd'],
    ['TYPE65280', '\\# 0', '\\# 0'],
  ])('%s %s = %s', (type, expected, data) => {
    expect(sameRdata(type, expected, data)).toBe(true)
  })
})

describe('different', () => {
  test.each([
    ['A', '192.0.2.1', '192.0.2.10'],
    ['AAAA', '2001:db8::53', '2001:db8::54'],
    ['NS', 'ns.example', 'ns.example.com'],
    ['NS', 'a\\.', 'a'],
    ['MX', '10 mail.example', '20 mail.example'],
    ['SOA', 'ns.x host.x 1 2 3 4 5', 'ns.x host.x 2 2 3 4 5'],
    ['TXT', 'Hello', '"hello"'],
    ['TXT', '"hello worldtwo"', '"hello world" "two"'],
    ['TXT', '"a" "b"', '"b" "a"'],
    ['CAA', '0 issue "CA.example"', '0 issue "ca.example"'],
    ['DNSKEY', '257 3 13 A2V5', '257 3 13 a2V5'],
    ['TYPE65280', '\\# 2 abcd', '\\# 2 abce'],
  ])('%s %s ≠ %s', (type, expected, data) => {
    expect(sameRdata(type, expected, data)).toBe(false)
  })
})

describe('no data of that type', () => {
  test.each([
    ['A', ''],
    ['A', '192.0.2'],
    ['A', '192.0.2.256'],
    ['A', '192.0.2.01'],
    ['A', '192.0.2.1 192.0.2.2'],
    ['A', '2001:db8::1'],
    ['AAAA', '2001:db8::1::2'],
    ['AAAA', '1:2:3:4:5:6:7'],
    ['AAAA', '1:2:3:4:5:6:7:8::'],
    ['AAAA', 'fe80::1%eth0'],
    ['MX', 'mail.example'],
    ['MX', '65536 mail.example'],
    ['MX', '-1 mail.example'],
    ['SOA', 'ns.x host.x 1 2 3 4'],
    ['SOA', 'ns.x host.x 1 2 3 4 4294967296'],
    ['TXT', '"never ends'],
    ['DS', '5 13 2 abc'],
    ['DS', '5 13 2'],
    ['TYPE65280', '192.0.2.1'],
    ['TYPE65280', '\\# 3 abcd'],
    ['TYPE65280', '\\# x'],
  ])('%s %s', (type, text) => {
    expect(canonicalRdata(type, text)).toBeNull()
    expect(sameRdata(type, text, text)).toBe(false)
  })
})
