// Interfaces and addresses, as `ip -json -details address show` of iproute2 6.1 told them in the lab.

import { expect, test } from 'bun:test'
import {
  describeAddress,
  isLoopback,
  isUp,
  parseLinks,
} from '../../../src/doctor/facts/ip-command.ts'

const TEXT = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","address":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"192.0.2.53","prefixlen":32,"scope":"global","label":"lo"}]},{"ifindex":2,"link_index":6,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"96:5a:82:31:67:f9","linkinfo":{"info_kind":"veth"},"addr_info":[{"family":"inet","local":"192.0.2.11","prefixlen":24,"scope":"global","label":"eth0"},{"family":"inet","local":"192.0.2.53","prefixlen":24,"scope":"global","secondary":true,"label":"eth0"},{"family":"inet6","local":"2001:db8::53","prefixlen":64,"scope":"global","nodad":true,"deprecated":true,"preferred_life_time":0},{"family":"inet6","local":"2001:db8::77","prefixlen":64,"scope":"global","tentative":true,"dadfailed":true},{"family":"inet6","local":"fe80::945a:82ff:fe31:67f9","prefixlen":64,"scope":"link"}]},{},{"ifindex":3,"link":"eth0","ifname":"vrrp.53","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP","M-DOWN"],"mtu":1500,"address":"00:00:5e:00:01:35","linkinfo":{"info_kind":"macvlan"},"addr_info":[]}]`

const links = parseLinks(TEXT) ?? []

test('what is virtual, what is up, and what is below', () => {
  expect(
    links.map((link) => [link.name, link.kind, link.parent, isUp(link), isLoopback(link)]),
  ).toEqual([
    ['lo', null, null, true, true],
    ['eth0', 'veth', null, true, false],
    ['vrrp.53', 'macvlan', 'eth0', false, false],
  ])
})

test('addresses, each with what is out of the ordinary', () => {
  expect(links[1]?.addresses.map(describeAddress)).toEqual([
    '192.0.2.11/24 on eth0',
    '192.0.2.53/24 on eth0 secondary',
    '2001:db8::53/64 on eth0 deprecated',
    '2001:db8::77/64 on eth0 tentative dadfailed',
    'fe80::945a:82ff:fe31:67f9/64 on eth0',
  ])
})

test('something else is no table', () => {
  expect(parseLinks('')).toBeNull()
  expect(parseLinks('{}')).toBeNull()
  expect(parseLinks('[null, 1, {"ifname": 3}]')).toEqual([])
})
