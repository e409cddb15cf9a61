// The kernel's tables of multicast groups, as the lab had them.
import { expect, test } from 'bun:test'
import { isInIgmp, isInIgmp6 } from '../../../src/doctor/vrrp/groups.ts'

const IGMP = `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter
1\tlo        :     1      V3
\t\t\t\t010000E0     1 0:00000000\t\t0
2\teth0      :     2      V3
\t\t\t\t120000E0     1 0:00000000\t\t0
\t\t\t\t010000E0     1 0:00000000\t\t0
3\teth1      :     1      V3
\t\t\t\t010000E0     1 0:00000000\t\t0
`

const IGMP6 = `1    lo              ff020000000000000000000000000001     1 0000000C 0
2    eth0            ff020000000000000000000000000012     1 00000004 0
3    eth1            ff020000000000000000000000000001     1 0000000C 0
`

test('224.0.0.18 on the interface itself', () => {
  expect(isInIgmp(IGMP, 'eth0')).toBe(true)
  expect(isInIgmp(IGMP, 'eth1')).toBe(false)
  expect(isInIgmp(IGMP, 'lo')).toBe(false)
  // As a machine with the other byte order prints it.
  expect(isInIgmp(IGMP.replace('120000E0', 'E0000012'), 'eth0')).toBe(true)
})

test('ff02::12 on the interface itself', () => {
  expect(isInIgmp6(IGMP6, 'eth0')).toBe(true)
  expect(isInIgmp6(IGMP6, 'eth1')).toBe(false)
})
