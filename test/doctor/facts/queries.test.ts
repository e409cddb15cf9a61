// Queries and answers as tcpdump of Debian 12 prints them, and the kernel's counters beside them.
import { expect, test } from 'bun:test'
import { parsePackets, trafficFact } from '../../../src/doctor/facts/queries.ts'
import type { Read } from '../../../src/ports.ts'
import { emptyHost } from '../host.ts'

const UDP_IN = `1796027061.933080 a0    In  IP 192.0.2.100.58111 > 192.0.2.53.53: 50653+ [1au] A? www.example.com. (56)
1796027061.970972 a0    In  IP6 2001:db8::100.40643 > 2001:db8::53.53: 53930+ [1au] Type65? www.example.com. (56)
1796027062.117917 a0    In  IP 192.0.2.100.53584 > 192.0.2.53.53: 4555+ [1au] Type64000? a b.c.example. (54)
1796027062.154191 lo    In  IP 192.0.2.53.40298 > 192.0.2.53.53: 60483+ [1au] A? www.example.com. (56)
`
const UDP_OUT = `1796027061.933269 a0    Out IP 192.0.2.53.53 > 192.0.2.100.58111: 50653 NXDomain 0/0/1 (56)
1796027062.118166 a0    Out IP 192.0.2.53.53 > 192.0.2.100.53584: 4555 NXDomain 0/0/1 (54)
1796027062.154438 lo    In  IP 192.0.2.53.53 > 192.0.2.53.40298: 60483 NXDomain 0/0/1 (56)
`
const TCP_IN = `1796027062.047169 a0    In  IP 192.0.2.100.45059 > 192.0.2.53.53: Flags [S], seq 3490187704, win 64660, options [mss 1220,sackOK,TS val 1400942587 ecr 0,nop,wscale 10], length 0
1796027062.083005 a0    In  IP6 2001:db8::100.40817 > 2001:db8::53.53: Flags [S], seq 2181527204, win 64660, options [mss 1220,sackOK,TS val 3260884048 ecr 0,nop,wscale 10], length 0
`
const TCP_OUT = `1796027062.047202 a0    Out IP 192.0.2.53.53 > 192.0.2.100.45059: Flags [S.], seq 391944164, ack 3490187705, win 65160, options [mss 1460,sackOK,TS val 1875050953 ecr 1400942587,nop,wscale 10], length 0
1796027062.047612 a0    Out IP 192.0.2.53.53 > 192.0.2.100.45059: Flags [R.], seq 1, ack 59, win 64, options [nop,nop,TS val 1875050953 ecr 1400942588], length 0
1796027062.083034 a0    Out IP6 2001:db8::53.53 > 2001:db8::100.40817: Flags [R.], seq 0, ack 2181527205, win 0, length 0
`
const LOCAL = new Set(['192.0.2.53', '2001:db8::53'])

test('an answer has the key of its query', () => {
  const queries = parsePackets(UDP_IN, 'udp', 'query', LOCAL)
  const answers = parsePackets(UDP_OUT, 'udp', 'answer', LOCAL)
  expect(
    queries.map((query) => [
      query.interface,
      query.client,
      query.address,
      query.question,
      query.isOwn,
    ]),
  ).toEqual([
    ['a0', '192.0.2.100', '192.0.2.53', 'www.example.com A', false],
    ['a0', '2001:db8::100', '2001:db8::53', 'www.example.com TYPE65', false],
    ['a0', '192.0.2.100', '192.0.2.53', '', false],
    ['lo', '192.0.2.53', '192.0.2.53', 'www.example.com A', true],
  ])
  expect(queries[0]?.atMs).toBe(1796027061933.08)
  const keys = answers.map((answer) => answer.key)
  expect(queries.map((query) => keys.includes(query.key))).toEqual([true, false, true, true])
})

test('a connection that is taken and reset later is none that was refused', () => {
  const queries = parsePackets(TCP_IN, 'tcp', 'query', LOCAL)
  const answers = parsePackets(TCP_OUT, 'tcp', 'answer', LOCAL)
  expect(answers.map((answer) => answer.isRefusal)).toEqual([false, true])
  expect(answers.map((answer) => answer.key)).toEqual(queries.map((query) => query.key))
})

test('what is seen on two interfaces counts once, and what goes the other way does not', () => {
  const both = UDP_IN + UDP_IN.replaceAll(' a0 ', ' a0.7 ')
  const queries = parsePackets(both, 'udp', 'query', LOCAL)
  expect(queries.map((query) => query.interface)).toEqual(['a0.7', 'a0.7', 'a0.7', 'lo'])
  expect(parsePackets(both, 'udp', 'answer', LOCAL)).toHaveLength(1)
  expect(parsePackets('garbage\n1 a0 In IP x.53 > y.53: 1\n', 'udp', 'query', LOCAL)).toEqual([])
})

const SNMP = (had: number) =>
  `Tcp: RtoAlgorithm InErrs\nTcp: 1 0\nUdp: InDatagrams NoPorts InErrors OutDatagrams\nUdp: ${had} 2 1 9\nUdpLite: InDatagrams NoPorts InErrors OutDatagrams\nUdpLite: 7 7 7 7\n`
const good = (value: string): Read<string> => ({ ok: true, value })
const QUEUE = (waiting: string) =>
  ` 9501: 350200C0:0035 00000000:0000 07 00000000:${waiting} 00:00000000 00000000   107        0 15550568 2 000000004ea6531c 0\n`
const LINK = {
  ifname: 'a0',
  flags: ['UP'],
  addr_info: [...LOCAL].map((local) => ({ local, family: local.includes(':') ? 'inet6' : 'inet' })),
}

/** A host whose UDP has so many datagrams before and after it is listened. */
function listened([before, after]: readonly [number, number], waiting = '00000000') {
  let reads = 0
  const host = emptyHost({
    text(path) {
      if (path === '/proc/net/snmp') return good(SNMP(reads++ === 0 ? before : after))
      if (path === '/proc/net/netstat') return good('TcpExt: ListenDrops X\nTcpExt: 4 1\n')
      return path === '/proc/net/udp' ? good(QUEUE(waiting)) : good('')
    },
    async run(program, args) {
      if (program === 'ip') {
        return { ok: true, value: { code: 0, stdout: JSON.stringify([LINK]), stderr: '' } }
      }
      const filter = args.at(-1) ?? ''
      const [udp, tcp] = filter.includes('dst port') ? [UDP_IN, TCP_IN] : [UDP_OUT, TCP_OUT]
      const stdout = filter.startsWith('udp') ? udp : tcp
      return { ok: true, value: { code: 124, stdout, stderr: 'listening on any' } }
    },
  })
  return trafficFact(host)
}

test('what arrived and UDP has not had is lost, unless a program lets it wait', async () => {
  const [lost, had, waits] = await Promise.all([
    listened([10, 11]),
    listened([10, 14]),
    listened([10, 11], '00000340'),
  ])
  expect(lost).toMatchObject({ lost: { 4: 2, 6: 0 }, isTcpFree: true })
  expect(had).toMatchObject({ lost: { 4: 0, 6: 0 } })
  expect(waits).toMatchObject({ lost: { 4: 0, 6: 0 } })
})
