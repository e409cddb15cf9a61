// What `ip -json address show` prints, as it was captured.

import { expect, test } from 'bun:test'
import { parseAddresses } from '../../../src/doctor/facts/ip-command.ts'

const LINKS = [
  {
    ...{ ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], mtu: 65536 },
    addr_info: [
      { family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host', label: 'lo' },
      { family: 'inet6', local: '2001:db8::53', prefixlen: 128, scope: 'global', nodad: true },
    ],
  },
  {
    ...{ ifindex: 2, ifname: 'eth0', flags: ['BROADCAST', 'MULTICAST'], operstate: 'DOWN' },
    addr_info: [
      { family: 'inet6', local: '2001:db8::53', prefixlen: 64, deprecated: true },
      { family: 'inet6', local: '2001:db8::54', prefixlen: 64, tentative: true, dadfailed: true },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, tentative: true },
    ],
  },
]

test('addresses have their interface, state and, where they need it, zone', () => {
  const addresses = parseAddresses(JSON.stringify(LINKS)) ?? []
  expect(
    addresses.map((address) => [
      address.address,
      address.interface,
      address.prefixLength,
      address.state,
      address.deprecated,
    ]),
  ).toEqual([
    ['127.0.0.1', 'lo', 8, 'ready', false],
    ['2001:db8::53', 'lo', 128, 'ready', false],
    ['2001:db8::53', 'eth0', 64, 'ready', true],
    ['2001:db8::54', 'eth0', 64, 'dadfailed', false],
    ['fe80::1%eth0', 'eth0', 64, 'tentative', false],
  ])
  expect(addresses.map((address) => address.loopback)).toEqual([true, true, false, false, false])
})

test('what is no table is no table', () => {
  expect(parseAddresses('')).toBeNull()
  expect(parseAddresses('{"a": 1}')).toBeNull()
  expect(parseAddresses('[]')).toEqual([])
})
