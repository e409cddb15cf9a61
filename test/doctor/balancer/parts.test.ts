// The pure parts of what the doctor makes of a load balancer.

import { describe, expect, test } from 'bun:test'
import { parseIpvs } from '../../../src/balancer/ipvs-table.ts'
import { parseConfig } from '../../../src/config/parse.ts'
import { parseReplies } from '../../../src/doctor/balancer/arp.ts'
import {
  findHalf,
  halfName,
  halvesOf,
  mannerDifferences,
  strangersIn,
  wantedWeights,
  weightDifferences,
  weightsIn,
} from '../../../src/doctor/balancer/halves.ts'
import { markRules } from '../../../src/doctor/balancer/mark-rules.ts'
import { syncSockets } from '../../../src/doctor/balancer/sync.ts'
import { parseNeighbours } from '../../../src/doctor/facts/ip-command.ts'
import { renderNft } from '../../../src/host/nft.ts'

function balancerOf(service = '', balancer = '') {
  const text = `[clusters.dns.instances.dns0]
addresses = ["192.0.2.53"]
[balancer]
${balancer}
[balancer.services.dns]
addresses = ["192.0.2.53"]
${service}
[balancer.services.dns.servers]
rs1.addresses = ["192.0.2.31"]
rs2.addresses = ["192.0.2.32"]
`
  const parsed = parseConfig(text, { file: 'holdfast.toml', hostname: 'lb1' })
  if (!parsed.ok || parsed.value.balancer === null) throw new Error(JSON.stringify(parsed))
  return { config: parsed.value, balancer: parsed.value.balancer }
}

/** /proc/net/ip_vs of Linux 6.1. */
const TABLE = parseIpvs(`IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
UDP  C0000235:0035 wrr ops
  -> C000021F:0035      Route   100    0          0
  -> C0000220:0035      Route   0      0          0
TCP  C0000235:0035 rr persistent 50000 FFFFFFFF
  -> C000021F:0035      Masq    100    0          0
  -> C0000263:0035      Route   1      0          0
TCP  C0000235:0050 wrr
FWM  00004E20 rr ops
`)

const { balancer } = balancerOf()
const [UDP, TCP] = halvesOf(balancer)
if (UDP === undefined || TCP === undefined) throw new Error('a service has two halves')

describe('the weights that IPVS must have', () => {
  const published = (...values: readonly (number | null)[]) => {
    return (name: string) => values[name === 'dns.rs1' ? 0 : 1] ?? null
  }
  const wanted = (service: string, ...values: readonly (number | null)[]) => {
    const [half] = halvesOf(balancerOf(service).balancer)
    return half === undefined ? null : Object.fromEntries(wantedWeights(half, published(...values)))
  }

  test('are those of the files, and 0 for what holds no number', () => {
    expect(wanted('', 100, 25)).toEqual({ '192.0.2.31': 100, '192.0.2.32': 25 })
    expect(wanted('', 100, null)).toEqual({ '192.0.2.31': 100, '192.0.2.32': 0 })
    expect(wanted('', -3, 1)).toEqual({ '192.0.2.31': 0, '192.0.2.32': 1 })
  })

  test('leave out who is removed', () => {
    expect(wanted('', -2_147_483_648, 100)).toEqual({ '192.0.2.32': 100 })
  })

  test('are those of the sorry server alone where nobody else weighs anything', () => {
    const sorry = 'sorry_server = ["192.0.2.99"]'
    expect(wanted(sorry, 0, -2_147_483_648)).toEqual({ '192.0.2.99': 1 })
    expect(wanted(sorry, 0, 1)).toEqual({ '192.0.2.31': 0, '192.0.2.32': 1 })
  })
})

test('halves are found by protocol, address and port, and compared by weight', () => {
  const [udp, tcp] = [UDP, TCP].map((half) => findHalf(half, TABLE))
  if (udp === undefined || tcp === undefined) throw new Error('they are in the table')
  expect([UDP, TCP].map(halfName)).toEqual(['UDP 192.0.2.53 port 53', 'TCP 192.0.2.53 port 53'])
  const over = (name: string, ipvsService: typeof udp) => ({
    name,
    weights: weightsIn(ipvsService),
  })
  expect(weightDifferences(over('over UDP', udp), over('over TCP', tcp))).toEqual([
    '192.0.2.32: weight 0 over UDP, missing over TCP',
    '192.0.2.99: missing over UDP, weight 1 over TCP',
  ])
  expect(weightDifferences(over('a', udp), over('b', udp))).toEqual([])
})

test('a manner that is not the configuration’s is told, and one that is is not', () => {
  const [udp, tcp] = [UDP, TCP].map((half) => findHalf(half, TABLE))
  if (udp === undefined || tcp === undefined) throw new Error('they are in the table')
  expect(mannerDifferences(UDP, udp)).toEqual([])
  expect(mannerDifferences(TCP, tcp)).toEqual([
    'TCP 192.0.2.53 port 53: scheduler rr instead of wrr',
    'TCP 192.0.2.53 port 53: persistence, but none is configured',
    'TCP 192.0.2.53 port 53: 192.0.2.31 by Masq instead of Route',
  ])
})

test('strangers are services, marks and real servers that the configuration does not have', () => {
  expect(strangersIn(TABLE, balancer)).toEqual([
    'TCP 192.0.2.53 port 53: 192.0.2.99 is no real server of dns',
    'TCP 192.0.2.53 port 80: no service of the configuration',
    'mark 20000: no real server’s',
  ])
  const asking = balancerOf('', 'check_virtual = true\nsource = ["192.0.2.21"]').balancer
  expect(strangersIn(TABLE, asking).join()).not.toContain('mark')
})

test('the rules of nftables are the same as they are rendered and as nft lists them', () => {
  const { config } = balancerOf('', 'check_virtual = true\nsource = ["192.0.2.21"]')
  const listed = `table inet holdfast_balancer {
	chain output {
		type filter hook output priority mangle; policy accept;
		ip daddr 192.0.2.53 udp dport 53 meta mark set udp sport map { 20128-20255 : 0x00004ea0, 20000-20127 : 0x00004e20 }
		ip daddr { 192.0.2.53 } tcp dport 53 meta mark set tcp sport map { 20000-20127 : 0x00004e20, 20128-20255 : 0x00004ea0 }
	}
}`
  expect(markRules(listed)).toEqual(markRules(renderNft(config)))
  expect(markRules(listed)).toHaveLength(2)
  expect(markRules(listed.replace('4ea0', '4ea1'))).not.toEqual(markRules(renderNft(config)))
})

test('the sync daemon of a master sends to the group, and that of a backup is bound to it', () => {
  const head =
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n'
  const row = (local: string, remote: string) =>
    ` 1234: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000     0        0 0 2 0000000000000000 0\n`
  expect(syncSockets(head)).toEqual({ master: false, backup: false })
  expect(syncSockets(head + row('150200C0:9C40', '510000E0:2290'))).toEqual({
    master: true,
    backup: false,
  })
  expect(syncSockets(head + row('510000E0:2290', '00000000:0000'))).toEqual({
    master: false,
    backup: true,
  })
})

test('who answers ARP is read from what arping prints, and who that is from the neighbours', () => {
  const said = `ARPING 192.0.2.53 from 192.0.2.21 eth0
Unicast reply from 192.0.2.53 [52:54:00:AB:CD:EF]  0.712ms
Unicast reply from 192.0.2.53 [52:54:00:12:34:56]  0.954ms
Sent 2 probes (2 broadcast(s))
Received 2 response(s)
`
  expect(parseReplies(said)).toEqual(['52:54:00:ab:cd:ef', '52:54:00:12:34:56'])
  const neighbours =
    '[{"dst":"192.0.2.31","lladdr":"52:54:00:AB:cd:ef","state":["REACHABLE"]},{"dst":"192.0.2.9","state":["FAILED"]}]'
  expect(parseNeighbours(neighbours)).toEqual([{ address: '192.0.2.31', mac: '52:54:00:ab:cd:ef' }])
  expect(parseNeighbours('nothing')).toEqual([])
})
