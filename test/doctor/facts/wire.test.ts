// What tcpdump 4.99.3 printed in the lab, of VRRPv2 and VRRPv3, and what is kept of it.

import { expect, test } from 'bun:test'
import { parseCapture } from '../../../src/doctor/facts/wire.ts'

const V2 = `1795308006.619658 9a:5f:51:d5:b7:47 > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 54: (tos 0xc0, ttl 255, id 6, offset 0, flags [none], proto VRRP (112), length 40)
    192.0.2.11 > 224.0.0.18: VRRPv2, Advertisement, vrid 53, prio 250, authtype simple, intvl 1s, length 20, addrs: 192.0.2.53 auth "x8+sEcrT"
1795308006.454921 02:a5:23:e8:a1:0d > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 78: (tos 0xc0, ttl 255, id 2, offset 0, flags [none], proto AH (51), length 64)
    192.0.2.100 > 224.0.0.18: AH(length=4(24-bytes),spi=0xc0000264,seq=0x2,icv=0x104f3ae1c26c7d80d5f3f660): VRRPv2, Advertisement, vrid 54, prio 100, authtype ah, intvl 1s, length 20, addrs: 192.0.2.54
1795308022.694470 9a:5f:51:d5:b7:47 > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 54: (tos 0xc0, ttl 64, id 22, offset 0, flags [none], proto VRRP (112), length 40)
    192.0.2.11 > 224.0.0.18: VRRPv2, Advertisement, vrid 53, prio 0, intvl 1s, length 20, (bad vrrp cksum beef), addrs: 192.0.2.53
`

const V3 = `1795308014.288405 02:a5:23:e8:a1:0d > 33:33:00:00:00:12, ethertype IPv6 (0x86dd), length 94: (class 0xc0, flowlabel 0x58b20, hlim 255, next-header VRRP (112) payload length: 40) fe80::a5:23ff:fee8:a10d > ff02::12: VRRPv3, Advertisement, vrid 54, prio 100, intvl 100cs, length 40, addrs(2): fe80::77,2001:db8::54
1795308022.032888 02:a5:23:e8:a1:0d > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 50: (tos 0xc0, ttl 255, id 3, offset 0, flags [none], proto VRRP (112), length 36)
    192.0.2.100 > 224.0.0.18: VRRPv3, Advertisement, vrid 54, prio 100, intvl 10cs, length 16, addrs(2): 192.0.2.54,192.0.2.55
`

const CLAIMS = `1795308007.633115 9a:5f:51:d5:b7:47 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Ethernet (len 6), IPv4 (len 4), Request who-has 192.0.2.53 (ff:ff:ff:ff:ff:ff) tell 192.0.2.53, length 28
1795308007.645313 9a:5f:51:d5:b7:47 > 33:33:00:00:00:01, ethertype IPv6 (0x86dd), length 86: (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::53 > ff02::1: [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is 2001:db8::53, Flags [override]
	  destination link-address option (2), length 8 (1): 9a:5f:51:d5:b7:47
`

test('VRRPv2: with a password, with AH, and damaged', () => {
  const { adverts, claims } = parseCapture(V2)
  expect(claims).toEqual([])
  expect(adverts[0]).toEqual({
    atMs: 1795308006619.658,
    mac: '9a:5f:51:d5:b7:47',
    family: 4,
    source: '192.0.2.11',
    destination: '224.0.0.18',
    ttl: 255,
    version: 2,
    routerId: 53,
    priority: 250,
    intervalMs: 1000,
    auth: 'simple',
    addresses: ['192.0.2.53'],
    checksumOk: true,
  })
  expect(adverts.map((advert) => advert.auth)).toEqual(['simple', 'ah', 'none'])
  expect(adverts.map((advert) => advert.checksumOk)).toEqual([true, true, false])
  expect(adverts.map((advert) => advert.ttl)).toEqual([255, 255, 64])
})

test('no password is kept', () => {
  expect(JSON.stringify(parseCapture(V2))).not.toContain('x8+sEcrT')
})

test('VRRPv3: both families, hundredths of a second, several addresses', () => {
  const { adverts } = parseCapture(V3)
  expect(
    adverts.map((advert) => [
      advert.family,
      advert.version,
      advert.intervalMs,
      advert.ttl,
      advert.auth,
    ]),
  ).toEqual([
    [6, 3, 1000, 255, null],
    [4, 3, 100, 255, null],
  ])
  expect(adverts.map((advert) => advert.addresses)).toEqual([
    ['fe80::77', '2001:db8::54'],
    ['192.0.2.54', '192.0.2.55'],
  ])
  expect(adverts[0]?.source).toBe('fe80::a5:23ff:fee8:a10d')
})

test('claims by ARP and neighbour advertisement', () => {
  const { adverts, claims } = parseCapture(CLAIMS)
  expect(adverts).toEqual([])
  expect(claims.map((claim) => [claim.mac, claim.address])).toEqual([
    ['9a:5f:51:d5:b7:47', '192.0.2.53'],
    ['9a:5f:51:d5:b7:47', '2001:db8::53'],
  ])
})

test('what is cut off or something else is passed over', () => {
  const cut = V2.slice(0, 200)
  for (const text of ['', '\n\n', 'tcpdump: nonsense\n', cut, ' > : VRRPv2, Advertisement, ']) {
    expect(parseCapture(text)).toEqual({ adverts: [], claims: [] })
  }
})
