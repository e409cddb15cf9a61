// The nameservers of a resolv.conf.
import { expect, test } from 'bun:test'
import { parseNameservers } from '../../../src/doctor/bind/resolver.ts'

test('nameservers are read with their lines, in one spelling', () => {
  const text = `# nameserver 192.0.2.1
search example.com
nameserver 192.0.2.53
nameserver\t2001:DB8:0::53  # ours
options timeout:1
 nameserver 192.0.2.54
nameserver fe80::1%eth0
nameserver
`
  expect(parseNameservers(text)).toEqual([
    { address: '192.0.2.53', line: '3: nameserver 192.0.2.53' },
    { address: '2001:db8::53', line: '4: nameserver\t2001:DB8:0::53  # ours' },
    { address: 'fe80::1%eth0', line: '7: nameserver fe80::1%eth0' },
  ])
})
