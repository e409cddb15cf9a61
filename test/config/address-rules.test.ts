// Service addresses that no client can ask, whether or not a prefix length is written.
import { expect, test } from 'bun:test'
import { errors } from './parsing.ts'

function refused(...addresses: readonly string[]): string[] {
  return errors(`[clusters.recdns.instances.recdns0]\naddresses = ${JSON.stringify(addresses)}\n`)
}

test.each([
  ['192.0.2.53/24', '192.0.2.255'],
  ['192.0.2.53/24', '192.0.2.0'],
  ['2001:db8::53/64', '2001:db8::'],
])('beside %s, %s is nobody’s', (first, second) => {
  expect(refused(first, second)).toHaveLength(1)
})

test('addresses without a prefix length are in no network by themselves', () => {
  expect(refused('192.0.2.255', '192.0.2.0', '2001:db8::', '2001:db8::53')).toEqual([])
  expect(refused('192.0.2.53/24', '198.51.100.255')).toEqual([])
})

test('what goes to 100::/64 is discarded', () => {
  expect(refused('100::1')).toEqual(['2:14 E_ADDRESS'])
  expect(refused('100:0:0:1::1')).toEqual([])
})
