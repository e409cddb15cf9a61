// Who else speaks on the wire, and what is odd about it.

import { expect, test } from 'bun:test'
import type { Advert } from '../../../src/doctor/facts/wire.ts'
import { type Surroundings, speakersFor, type Trait } from '../../../src/doctor/vrrp/speakers.ts'
import type { RunningInstance } from '../../../src/keepalived/dump.ts'

const INSTANCE = {
  name: 'recdns0',
  state: 'backup',
  routerId: 53,
  version: 3,
  advertMs: 100,
  authType: 0,
  masterPriority: 250,
  addresses: ['192.0.2.53'],
} as unknown as RunningInstance

const ADVERT: Advert = {
  atMs: 0,
  mac: '9a:5f:51:d5:b7:47',
  family: 4,
  source: '192.0.2.11',
  destination: '224.0.0.18',
  ttl: 255,
  version: 3,
  routerId: 53,
  priority: 250,
  intervalMs: 100,
  auth: null,
  addresses: ['192.0.2.53'],
  checksumOk: true,
}

const server = (name: string, address: string) => {
  return { name, addresses: [{ family: 4 as const, address }] }
}
const AROUND: Surroundings = {
  vrrp: { peering: 'multicast', servers: [] },
  local: new Set(['192.0.2.12']),
  wrongPassword: false,
}
const KNOWN: Surroundings = {
  ...AROUND,
  vrrp: {
    peering: 'multicast',
    servers: [server('s1', '192.0.2.11'), server('s2', '192.0.2.12')],
  },
}

function trait(
  change: Partial<Advert>,
  around: Surroundings = AROUND,
  own: Partial<RunningInstance> = {},
): Trait | null {
  const instance = { ...INSTANCE, ...own } as RunningInstance
  return speakersFor(instance, [{ ...ADVERT, ...change }], around)[0]?.trait ?? null
}

test('a server of ours, this host itself, and another instance', () => {
  expect(trait({})).toBe('peer')
  expect(trait({}, KNOWN)).toBe('peer')
  expect(trait({ source: '192.0.2.12' })).toBeNull()
  expect(trait({ routerId: 54 })).toBeNull()
  expect(trait({ family: 6 })).toBeNull()
})

test('a stranger is not among the servers, or has none of the addresses', () => {
  expect(trait({ source: '192.0.2.99' }, KNOWN)).toBe('stranger')
  expect(trait({ addresses: ['192.0.2.77'] })).toBe('stranger')
  expect(trait({ addresses: ['192.0.2.77'], version: 2, auth: 'none' })).toBe('stranger')
  // One of ours that has another list is none.
  expect(trait({ addresses: ['192.0.2.77'] }, KNOWN)).toBe('addresses')
})

test('IPv6 adverts come from addresses that nobody lists', () => {
  const own = { addresses: ['2001:db8::53'] }
  const advert = {
    family: 6,
    source: 'fe80::1',
    destination: 'ff02::12',
    addresses: ['2001:db8::53'],
  } as const
  expect(trait(advert, KNOWN, own)).toBe('peer')
})

test('what keepalived discards, each for one reason', () => {
  expect(trait({ checksumOk: false, version: 2 })).toBe('damaged')
  expect(trait({ destination: '192.0.2.12' })).toBe('transport')
  expect(trait({ version: 2, auth: 'none', ttl: 1 })).toBe('version')
  expect(trait({ ttl: 254 })).toBe('ttl')
  expect(trait({ addresses: ['192.0.2.53', '192.0.2.54'] })).toBe('addresses')
})

test('unicast adverts may come from another network', () => {
  const around: Surroundings = { ...AROUND, vrrp: { peering: 'unicast', servers: [] } }
  expect(trait({ destination: '192.0.2.12', ttl: 63 }, around)).toBe('peer')
  expect(trait({}, around)).toBe('transport')
})

test('passwords and intervals of VRRPv2', () => {
  const v2 = { version: 2, auth: 'simple', intervalMs: 1000 }
  const own = { version: 2, authType: 1, advertMs: 1000 }
  expect(trait(v2, AROUND, own)).toBe('peer')
  expect(trait({ ...v2, auth: 'none' }, AROUND, own)).toBe('auth')
  expect(trait({ ...v2, intervalMs: 2000 }, AROUND, own)).toBe('interval')
  const wrong = { ...AROUND, wrongPassword: true }
  // The master that this backup accepts has the right one.
  expect(trait(v2, wrong, own)).toBe('peer')
  expect(trait({ ...v2, priority: 240 }, wrong, own)).toBe('auth')
})

test('another interval of VRRPv3 is no reason to discard', () => {
  expect(trait({ intervalMs: 1000 })).toBe('peer')
})
