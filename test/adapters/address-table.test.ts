// The address table against a real kernel: which addresses come and go, in namespaces of their own.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createAddressSource } from '../../src/adapters/address-table.ts'
import { createClock } from '../../src/adapters/clock.ts'
import type { LocalAddress } from '../../src/core/check.ts'
import { follow, type Printed } from './address-table/follower.ts'
import { find, has, ONE, removes } from './address-table/printed.ts'

const asRoot = test.skipIf(process.getuid?.() !== 0)
setDefaultTimeout(30_000)

const PAIR = ['link add a0 type veth peer name b0', 'link set a0 up', 'link set b0 up']

describe('without privileges', () => {
  test('the first table has the loopback address, without a time', () => {
    const source = createAddressSource({
      clock: createClock(),
      log: { line() {} },
      resyncMs: 60_000,
    })
    try {
      const { addresses, removed } = source.start(() => {})
      expect(removed).toEqual([])
      expect(addresses).toContainEqual({
        address: '127.0.0.1',
        family: 4,
        interface: 'lo',
        loopback: true,
        state: 'ready',
        sinceMs: null,
      })
    } finally {
      source.stop()
    }
  })
})

describe('in a namespace', () => {
  asRoot('addresses of both families that come and go are reported', async () => {
    await using follower = await follow({ before: ONE })
    follower.ip('address add 192.0.2.1/24 dev d0 label d0:vip')
    const came = find(await follower.until(has('192.0.2.1')), '192.0.2.1')
    expect(came).toMatchObject({ family: 4, interface: 'd0', loopback: false, state: 'ready' })
    expect(came?.sinceMs).toBeGreaterThan(0)
    follower.ip('address add 2001:DB8:0:0::1/64 dev d0 nodad')
    const six = find(await follower.until(has('2001:db8::1')), '2001:db8::1')
    expect(six).toMatchObject({ family: 6, interface: 'd0', state: 'ready' })
    follower.ip('address del 192.0.2.1/24 dev d0')
    const gone = await follower.until(removes('192.0.2.1'))
    expect(gone.change?.removed).toEqual([{ address: '192.0.2.1', interface: 'd0' }])
    expect(find(gone, '192.0.2.1')).toBeUndefined()
    follower.ip('address del 2001:db8::1/64 dev d0')
    await follower.until(removes('2001:db8::1'))
  })

  asRoot(
    'the same address on lo and on an interface are two, and link-local ones carry their zone',
    async () => {
      await using follower = await follow({ before: [...ONE, 'address add 192.0.2.1/32 dev lo'] })
      expect(find(follower.printed[0] ?? {}, '192.0.2.1', 'lo')).toMatchObject({
        loopback: true,
        sinceMs: null,
      })
      follower.ip('address add 192.0.2.1/32 dev d0')
      const both = await follower.until(has('192.0.2.1', 'd0'))
      expect(find(both, '192.0.2.1', 'lo')?.sinceMs).toBeNull()
      expect(find(both, '192.0.2.1', 'd0')?.loopback).toBe(false)
      follower.ip('address add fe80::7/64 dev d0 nodad')
      await follower.until(has('fe80::7%d0', 'd0'))
      follower.ip('address del 192.0.2.1/32 dev d0')
      const gone = await follower.until(removes('192.0.2.1'))
      expect(gone.change?.removed).toEqual([{ address: '192.0.2.1', interface: 'd0' }])
      expect(find(gone, '192.0.2.1', 'lo')).toBeDefined()
    },
  )

  asRoot(
    'an address that goes and comes back at once is reported as removed and is young again',
    async () => {
      const before = [
        ...ONE,
        'address add 192.0.2.1/24 dev d0',
        'address add fe80::7/64 dev d0 nodad',
      ]
      await using follower = await follow({ before })
      // The follower reads 100 ms after its child has started: then the child listens.
      follower.ip('address add 192.0.2.9/24 dev d0')
      await follower.until(has('192.0.2.9'))
      for (const [address, prefix, tail] of [
        ['192.0.2.1', '24', ''],
        ['fe80::7', '64', ' nodad'],
      ] as const) {
        const from = follower.printed.length
        follower.batch([
          `address del ${address}/${prefix} dev d0`,
          `address add ${address}/${prefix} dev d0${tail}`,
        ])
        const shown = tail === '' ? address : `${address}%d0`
        const flicker = await follower.until(removes(shown), from)
        const back = find(flicker, shown) ?? find(await follower.until(has(shown), from), shown)
        expect(back?.sinceMs).toBeGreaterThan(0)
      }
    },
  )

  asRoot('refreshed lifetimes are no change', async () => {
    const add = 'address replace 2001:db8::5/64 dev d0 nodad valid_lft'
    await using follower = await follow({ before: [...ONE, `${add} 500 preferred_lft 400`] })
    follower.ip('address add 192.0.2.9/24 dev d0')
    await follower.until(has('192.0.2.9'))
    const from = follower.printed.length
    follower.batch(Array.from({ length: 20 }, (_, i) => `${add} ${600 + i} preferred_lft 400`))
    follower.ip('address add 192.0.2.10/24 dev d0')
    const next = await follower.until((line) => line.change !== undefined, from)
    expect(find(next, '192.0.2.10')).toBeDefined()
    expect(next.change?.removed).toEqual([])
    expect(find(next, '2001:db8::5')?.sinceMs).toBeNull()
  })

  asRoot('a duplicate IPv6 address goes from tentative to dadfailed', async () => {
    await using follower = await follow({ before: PAIR })
    follower.ip('address add 2001:db8::2/64 dev b0 nodad')
    await follower.until(has('2001:db8::2', 'b0'))
    follower.ip('address add 2001:db8::2/64 dev a0')
    const inState = (state: LocalAddress['state']) => (line: Printed) =>
      find(line, '2001:db8::2', 'a0')?.state === state
    const tentative = find(await follower.until(inState('tentative')), '2001:db8::2', 'a0')
    const failed = find(await follower.until(inState('dadfailed')), '2001:db8::2', 'a0')
    expect(failed?.sinceMs).toBe(tentative?.sinceMs ?? Number.NaN)
    follower.ip('address add 2001:db8::3/64 dev a0')
    const ready = (line: Printed) => find(line, '2001:db8::3', 'a0')?.state === 'ready'
    const young = find(await follower.until(has('2001:db8::3')), '2001:db8::3')
    const old = find(await follower.until(ready), '2001:db8::3')
    expect(young?.state).toBe('tentative')
    expect(old?.sinceMs).toBeGreaterThan(young?.sinceMs ?? Number.NaN)
  })

  asRoot(
    'an interface that goes down takes its addresses, and brings them back when it is up',
    async () => {
      await using follower = await follow({ before: [...PAIR, 'address add 192.0.2.1/24 dev a0'] })
      follower.ip('address add 192.0.2.9/32 dev lo')
      await follower.until(has('192.0.2.9'))
      follower.ip('link set a0 down')
      await follower.until(removes('192.0.2.1'))
      const from = follower.printed.length
      follower.ip('link set a0 up')
      const back = find(await follower.until(has('192.0.2.1'), from), '192.0.2.1')
      expect(back?.sinceMs).toBeGreaterThan(0)
    },
  )

  asRoot('an interface that loses its carrier keeps its addresses', async () => {
    await using follower = await follow({ before: [...PAIR, 'address add 192.0.2.1/24 dev a0'] })
    follower.ip('address add 192.0.2.9/32 dev lo')
    await follower.until(has('192.0.2.9'))
    follower.ip('link set b0 down')
    follower.ip('address add 192.0.2.10/32 dev lo')
    const later = await follower.until(has('192.0.2.10'))
    expect(find(later, '192.0.2.1')?.sinceMs).toBeNull()
    follower.ip('address del 192.0.2.1/24 dev a0')
    await follower.until(removes('192.0.2.1'))
  })

  asRoot(
    'without a carrier and without events, an address is there for as long as the kernel has it',
    async () => {
      const before = [...PAIR, ...['1', '2'].map((at) => `address add 192.0.2.${at}/24 dev a0`)]
      await using follower = await follow({ before, searchPath: '/nowhere', resyncMs: 50 })
      follower.ip('link set b0 down')
      follower.ip('address add 192.0.2.9/32 dev lo')
      expect(find(await follower.until(has('192.0.2.9')), '192.0.2.1')?.sinceMs).toBeNull()
      follower.ip('address del 192.0.2.2/24 dev a0')
      const later = await follower.until(removes('192.0.2.2'))
      expect(find(later, '192.0.2.1')?.sinceMs).toBeNull()
    },
  )
})
