// Adverts on the wire against what keepalived counts.

import { describe, expect, test } from 'bun:test'
import { aloneAmong, muteAmong, unheardAmong, unheardTold } from '../../../src/doctor/vrrp/lost.ts'
import { absentPeers, type SeenElection } from '../../../src/doctor/vrrp/watch.ts'
import type { Counter } from '../../../src/keepalived/dump.ts'
import { emptyHost } from '../host.ts'

const MISSING = { ok: false, why: 'missing', error: 'there is no such thing' } as const

const advert = (priority: number) => ({ priority, source: '192.0.2.11', addresses: ['192.0.2.53'] })

interface Seen {
  readonly arrived?: number
  readonly left?: number
  readonly counted?: Partial<Record<Counter, number>>
  readonly state?: string
  readonly trait?: string
  readonly priority?: number
  readonly absentPeers?: readonly string[]
}

function election(seen: Seen): SeenElection {
  const { arrived = 0, left = 0, counted = {}, state = 'backup', trait = 'peer' } = seen
  const adverts = Array.from({ length: arrived }, () => advert(seen.priority ?? 250))
  const speakers = arrived === 0 ? [] : [{ source: '192.0.2.11', adverts, last: adverts[0], trait }]
  return {
    instance: { name: 'recdns0', state, counters: { advert_rcvd: 7 }, addresses: [] },
    isSteady: true,
    growth: (counter: Counter) => counted[counter] ?? 0,
    interface: 'eth0',
    absentPeers: seen.absentPeers ?? [],
    wire: { kind: 'seen', own: Array(left).fill(advert(200)), speakers, claims: [] },
  } as unknown as SeenElection
}

const isUnheard = (seen: Seen) => unheardAmong([election(seen)]).length === 1
const isMute = (seen: Seen) => muteAmong([election({ state: 'master', ...seen })]).length === 1

test('keepalived hears none, or less than half, of what arrives', () => {
  expect(isUnheard({ arrived: 30 })).toBe(true)
  expect(isUnheard({ arrived: 30, counted: { advert_rcvd: 15 } })).toBe(true)
  expect(isUnheard({ arrived: 30, counted: { advert_rcvd: 16 } })).toBe(false)
  expect(isUnheard({ arrived: 30, counted: { advert_rcvd: 33 } })).toBe(false)
  expect(unheardTold([election({ arrived: 30 })])[0]).toContain(
    'does not process the adverts of 192.0.2.11',
  )
})

test('one advert, a farewell, and those that keepalived discards say nothing', () => {
  expect(isUnheard({})).toBe(false)
  expect(isUnheard({ arrived: 1 })).toBe(false)
  expect(isUnheard({ arrived: 5, priority: 0 })).toBe(false)
  expect(isUnheard({ arrived: 30, trait: 'auth' })).toBe(false)
})

test('a master whose adverts are counted as sent, and do not leave', () => {
  expect(isMute({ counted: { advert_sent: 30 } })).toBe(true)
  expect(isMute({ counted: { advert_sent: 30 }, left: 1 })).toBe(false)
  expect(isMute({ counted: { advert_sent: 30 }, state: 'backup' })).toBe(false)
  // It has put them off, and sends none.
  expect(isMute({ counted: { advert_sent: 0 } })).toBe(false)
})

test('adverts to peers of whom nobody is there are not said to be lost', () => {
  const counted = { advert_sent: 30 }
  const absentPeers = ['192.0.2.12']
  expect(isMute({ counted, absentPeers })).toBe(false)
  expect(aloneAmong([election({ state: 'master', counted, absentPeers })])).toHaveLength(1)
  expect(aloneAmong([election({ state: 'master', counted, absentPeers, left: 3 })])).toEqual([])
})

describe('whether a peer is there', () => {
  const CONF = `vrrp_instance u {
  unicast_peer {
    192.0.2.12
    2001:db8::0013 min_ttl 255
  }
}
vrrp_instance m {
}
`
  const said = (stdout: string) => ({ ok: true, value: { code: 0, stdout, stderr: '' } }) as const
  const absent = (instance: string, neighbours: string, via = '') =>
    absentPeers(
      emptyHost({
        text: (path) => (path.endsWith('keepalived.conf') ? { ok: true, value: CONF } : MISSING),
        run: async (_, [first, ...rest]) =>
          first === '-json' ? said(neighbours) : said(`${rest[1]} ${via} dev eth0 src 192.0.2.11`),
      }),
      instance,
    )
  const PEERS = ['192.0.2.12', '2001:db8::0013']

  // As iproute2 6.1 prints them.
  test.each([
    ['[{"dst":"192.0.2.12","dev":"eth0","state":["FAILED"]}]', '', PEERS],
    ['[{"dst":"192.0.2.12","dev":"eth0","state":["INCOMPLETE"]}]', '', PEERS],
    ['[{"dst":"192.0.2.12","dev":"eth0","lladdr":"52:54:00:ab:cd:ef","state":["STALE"]}]', '', []],
    [
      '[{"dst":"2001:db8::13","dev":"eth0","lladdr":"52:54:00:ab:cd:ef","state":["DELAY"]}]',
      '',
      [],
    ],
    [
      '[{"dst":"192.0.2.1","dev":"eth0","lladdr":"52:54:00:ab:cd:ef","state":["DELAY"]}]',
      '',
      PEERS,
    ],
    [
      '[{"dst":"192.0.2.1","dev":"eth0","lladdr":"52:54:00:ab:cd:ef","state":["DELAY"]}]',
      'via 192.0.2.1',
      [],
    ],
    ['', '', PEERS],
  ])('%s %s', async (neighbours, via, expected) => {
    expect(await absent('u', neighbours, via)).toEqual(expected)
    expect(await absent('m', neighbours, via)).toEqual([])
  })
})
