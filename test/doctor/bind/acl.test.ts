// Address match lists, as named goes by them.

import { expect, test } from 'bun:test'
import { parseCidr } from '../../../src/config/values/ip.ts'
import { type AclWorld, aclMatches, aclsIn } from '../../../src/doctor/bind/acl.ts'
import { parseNamedConf } from '../../../src/doctor/facts/named.ts'

const ACLS = `acl "mine" { 192.0.2.0/24; 2001:db8::/32; };
acl "most" { !192.0.2.66; any; };
acl "circle" { "circle"; };`

const net = parseCidr('198.51.100.0/24')
const WORLD: AclWorld = {
  acls: aclsIn(parseNamedConf(ACLS) ?? []),
  isLocalhost: (address) => address === '192.0.2.11' || address === '::1',
  localnets: net === null ? [] : [net],
}

const cases: [string, string, boolean][] = [
  ['', '192.0.2.1', false],
  ['any;', '2001:db8::1', true],
  ['none;', '192.0.2.1', false],
  ['192.0.2.1;', '192.0.2.1', true],
  ['192.0.2.1/32;', '192.0.2.2', false],
  ['2001:db8::/64;', '2001:db8::53', true],
  ['2001:db8::/64;', '192.0.2.1', false],
  ['localhost;', '192.0.2.11', true],
  ['localhost;', '192.0.2.53', false],
  ['localnets;', '198.51.100.7', true],
  ['"mine";', '192.0.2.53', true],
  ['"nobody";', '192.0.2.53', false],
  // The first that matches decides.
  ['!192.0.2.1; any;', '192.0.2.1', false],
  ['any; !192.0.2.1;', '192.0.2.1', true],
  ['!"mine"; any;', '192.0.2.53', false],
  ['!"mine"; any;', '198.51.100.1', true],
  ['!{ 192.0.2.0/24; }; any;', '192.0.2.53', false],
  // A "no" in an inner list is no answer: the outer list goes on.
  ['"most"; 192.0.2.66;', '192.0.2.66', true],
  ['{ !192.0.2.1; any; }; 192.0.2.1;', '192.0.2.1', true],
  ['"most";', '192.0.2.66', false],
  // What needs more than an address, and what cannot be.
  ['key "secret";', '192.0.2.1', false],
  ['"circle";', '192.0.2.1', false],
]

test.each(cases)('{ %s } and %s: %p', (list, address, expected) => {
  const statements = parseNamedConf(list)
  if (statements === null) throw new Error(`no list: ${list}`)
  expect(aclMatches(statements, address, WORLD)).toBe(expected)
})
