// The kernel's socket tables, as they were captured on a machine of either byte order.

import { describe, expect, test } from 'bun:test'
import { parseSocketTable } from '../../../src/doctor/facts/dns-sockets.ts'

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 350200C0:0035 00000000:0000 0A 00000000:00000001 00:00000000 00000000   107        0 11788588 2 000000003366ef10 100 0 0 10 0
   1: 350200C0:B53E 350200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 11788591 2 000000008259abfa 20 0 0 10 -1
   2: 350200C0:0035 350200C0:B53E 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000051b46cb0 20 0 0 10 -1
`
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: B80D0120000000000000000053000000:0035 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11788585 1 00000000e9c2cfd6 100 0 0 10 0
`
const UDP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 9645: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 11788587 2 00000000a2881d87 0
14945: 0000000000000000FFFF0000350200C0:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 11788592 2 000000009c7ff3cd 0
`

describe('socket tables', () => {
  test('only sockets that listen count, with the user and the inode', () => {
    expect(parseSocketTable(TCP, 'tcp', true)).toEqual([
      {
        ...{ transport: 'tcp', family: 4, address: '192.0.2.53', port: 53 },
        ...{ uid: 107, inode: 11788588 },
        row: '/proc/net/tcp: 192.0.2.53 port 53, uid 107, inode 11788588',
      },
    ])
  })

  test('an IPv6 address is four numbers, each in the order of the host', () => {
    const [socket] = parseSocketTable(TCP6, 'tcp6', true)
    expect(socket).toMatchObject({ transport: 'tcp', family: 6, address: '2001:db8::53', port: 53 })
    const bigEndian = TCP6.replace(
      'B80D0120000000000000000053000000',
      '20010DB8000000000000000000000053',
    )
    expect(parseSocketTable(bigEndian, 'tcp6', false)[0]?.address).toBe('2001:db8::53')
  })

  test('an IPv6 socket that is bound to an IPv4 address counts as IPv4', () => {
    const sockets = parseSocketTable(UDP6, 'udp6', true)
    expect(sockets.map(({ family, address, port }) => [family, address, port])).toEqual([
      [6, '::1', 53],
      [4, '192.0.2.53', 5353],
    ])
  })

  test('a connected UDP socket takes no queries, and a wildcard is told as such', () => {
    const row = (address: string, state: string) =>
      ` 9645: ${address}:0035 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 17 2 00000000ae1334e5 0\n`
    const text = row('350200C0', '01') + row('00000000', '07')
    expect(
      parseSocketTable(text, 'udp', true).map((listeningSocket) => listeningSocket.address),
    ).toEqual(['0.0.0.0'])
  })

  test('lines in another form are left out', () => {
    expect(parseSocketTable('', 'udp', true)).toEqual([])
    expect(parseSocketTable('0: 35:0035 0A\n\u0000\n: : :\n', 'udp', true)).toEqual([])
  })
})
