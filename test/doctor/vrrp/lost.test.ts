// Adverts on the wire against what keepalived counts.
import { expect, test } from 'bun:test'
import { muteAmong, unheardAmong, unheardTold } from '../../../src/doctor/vrrp/lost.ts'
import type { SeenElection } from '../../../src/doctor/vrrp/watch.ts'
import type { Counter } from '../../../src/drain/keepalived-dump.ts'

const advert = (priority: number) => ({ priority, source: '192.0.2.11', addresses: ['192.0.2.53'] })

interface Seen {
  readonly arrived?: number
  readonly left?: number
  readonly counted?: Partial<Record<Counter, number>>
  readonly state?: string
  readonly trait?: string
  readonly priority?: number
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
  expect(unheardTold([election({ arrived: 30 })])[0]).toContain('does not hear 192.0.2.11')
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
