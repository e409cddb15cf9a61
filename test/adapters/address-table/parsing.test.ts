// The kernel's and ip's lines, good and bad.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseMonitorLine } from '../../../src/adapters/address-table/ip-monitor.ts'
import { parseInet6 } from '../../../src/adapters/address-table/kernel-tables.ts'

describe('/proc/net/if_inet6', () => {
  const row = (flags: string, hex = '20010db8000000000000000000000001', scope = '00') =>
    `${hex} 03 40 ${scope} ${flags}       a0\n`

  test.each([
    ['80', 'ready'],
    ['00', 'ready'],
    ['a0', 'ready'],
    ['c0', 'tentative'],
    ['c8', 'dadfailed'],
    ['48', 'dadfailed'],
    ['c4', 'ready'],
    ['44', 'ready'],
  ] as const)('flags %s mean %s', (flags, state) => {
    expect(parseInet6(row(flags))).toEqual([
      { address: '2001:db8::1', interface: 'a0', linkLocal: false, state },
    ])
  })

  test.each([
    ['fe80000000000000ccfaf1fffeefbe8d', '20', 'fe80::ccfa:f1ff:feef:be8d', true],
    ['00000000000000000000000000000001', '10', '::1', false],
    ['20010db8000000010000000000000000', '00', '2001:db8:0:1::', false],
  ] as const)('%s in scope %s', (hex, scope, address, linkLocal) => {
    expect(parseInet6(row('80', hex, scope))).toMatchObject([{ address, linkLocal }])
  })

  test('other lines are left out', () => {
    expect(parseInet6(`garbage\n\n${row('80')}20010db8 03\n`)).toHaveLength(1)
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(parseInet6(text))))
  })
})

describe('ip monitor', () => {
  test.each([
    [
      'Deleted 3: a0    inet 192.0.2.1/24 scope global a0:vip\\       valid_lft forever',
      { kind: 'deleted', address: '192.0.2.1', interface: 'a0' },
    ],
    [
      'Deleted 3: a0    inet 192.0.2.9 peer 192.0.2.10/32 scope global a0\\       valid_lft forever',
      { kind: 'deleted', address: '192.0.2.9', interface: 'a0' },
    ],
    [
      'Deleted 3: a0    inet6 2001:db8::1/64 scope global tentative \\       valid_lft forever',
      { kind: 'deleted', address: '2001:db8::1', interface: 'a0' },
    ],
    [
      'Deleted 2: b0    inet6 fe80::28bc:2ff:fef0:fc51/64 scope link tentative \\  valid_lft forever',
      { kind: 'deleted', address: 'fe80::28bc:2ff:fef0:fc51%b0', interface: 'b0' },
    ],
    ['3: a0    inet 192.0.2.1/24 scope global a0\\       valid_lft forever', { kind: 'touched' }],
    ['2: b0@a0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue', { kind: 'touched' }],
    ['Deleted 3: a0@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state', { kind: 'touched' }],
  ] as const)('%s', (line, event) => {
    expect(parseMonitorLine(line)).toEqual(event)
  })

  test.each(['', 'Deleted', 'Deleted 3: a0 inet', 'default via 192.0.2.1 dev a0', '3: a0: <', '�'])(
    '%p is nothing',
    (line) => {
      expect(parseMonitorLine(line)).toBeNull()
    },
  )

  test('any text is read without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseMonitorLine(text)
        parseMonitorLine(`Deleted 3: a0    inet6 ${text}`)
      }),
    )
  })
})
