// From one reading to the next: examples, and what holds for any two readings.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  firstTable,
  nextTable,
  type SeenAddress,
} from '../../../src/adapters/address-table/address-changes.ts'

function seen(address: string, state: SeenAddress['state'] = 'ready', name = 'eth0'): SeenAddress {
  const family = address.includes(':') ? 6 : 4
  return { address, family, interface: name, loopback: name === 'lo', state }
}
const place = (address: string, name = 'eth0') => ({ address, interface: name })

describe('examples', () => {
  const before = firstTable([seen('192.0.2.1'), seen('2001:db8::1', 'tentative')])

  test('what is there at first has no time', () => {
    expect(before.map((address) => address.sinceMs)).toEqual([null, null])
  })

  test('the same reading is no change, in whatever order', () => {
    const again = [seen('2001:db8::1', 'tentative'), seen('192.0.2.1'), seen('192.0.2.1')]
    expect(nextTable(before, again, [], 5)).toBeNull()
  })

  test('a new address counts from now, an old one keeps its time', () => {
    const change = nextTable(before, [...before, seen('192.0.2.2')], [], 5)
    expect(change?.removed).toEqual([])
    expect(change?.addresses.map((address) => address.sinceMs)).toEqual([null, null, 5])
  })

  test('an address that becomes ready counts from then', () => {
    const change = nextTable(before, [seen('192.0.2.1'), seen('2001:db8::1')], [], 7)
    expect(change?.addresses.map((address) => address.sinceMs)).toEqual([null, 7])
  })

  test('an address that flickered is removed and young', () => {
    const change = nextTable(before, before, [place('192.0.2.1')], 9)
    expect(change?.removed).toEqual([place('192.0.2.1')])
    expect(change?.addresses.map((address) => address.sinceMs)).toEqual([9, null])
  })

  test('the removal of an address that nobody knew is no change', () => {
    expect(nextTable(before, before, [place('192.0.2.7'), place('192.0.2.1', 'lo')], 9)).toBeNull()
  })
})

describe('any readings', () => {
  const address = fc.record({
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
    name: fc.constantFrom('lo', 'eth0'),
    state: fc.constantFrom('ready' as const, 'tentative' as const, 'dadfailed' as const),
  })
  const reading = fc
    .uniqueArray(address, { selector: (entry) => `${entry.address} ${entry.name}` })
    .map((all) => all.map((entry) => seen(entry.address, entry.state, entry.name)))
  const deletions = fc
    .array(address)
    .map((all) => all.map((entry) => place(entry.address, entry.name)))

  test('a change tells the whole truth, and repeating the reading changes nothing', () => {
    fc.assert(
      fc.property(reading, reading, deletions, (first, second, deleted) => {
        const before = firstTable(first)
        const change = nextTable(before, second, deleted, 100)
        const table = change?.addresses ?? before
        const bare = (all: readonly SeenAddress[]) =>
          all
            .map(
              (seenAddress) =>
                `${seenAddress.address} ${seenAddress.interface} ${seenAddress.state}`,
            )
            .sort()
        expect(bare(table)).toEqual(bare(second))
        for (const gone of change?.removed ?? []) {
          const same = (seenAddress: SeenAddress) =>
            seenAddress.address === gone.address && seenAddress.interface === gone.interface
          expect(before.some(same)).toBe(true)
          expect(table.filter(same).every((localAddress) => localAddress.sinceMs === 100)).toBe(
            true,
          )
        }
        expect(nextTable(table, second, [], 200)).toBeNull()
      }),
    )
  })
})
