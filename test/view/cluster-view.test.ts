// The clusters as `holdfast peers` shows them: what is known, by whom, and what is not.
import { describe, expect, test } from 'bun:test'
import type { Peer } from '../../src/documents/peers-document.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { type Cluster, type ClusterSight, clusterView } from '../../src/view/cluster-view.ts'
import { PLAIN } from '../../src/view/style.ts'

const listed = (server: string) => ({ server, listed: true, remark: '' })
const RECDNS: Cluster = {
  name: 'recdns',
  instances: [
    { name: 'recdns0', addresses: ['192.0.2.53'], reverseOrder: false },
    { name: 'recdns1', addresses: ['192.0.2.54'], reverseOrder: true },
  ],
  order: [
    listed('ns1'),
    { server: 'ns3', listed: false, remark: 'waits for a disk' },
    listed('ns2'),
    listed('ns4'),
  ],
}

function peer(server: string, outcome: 'ok' | 'timeout' = 'ok'): Peer {
  const endpoint = { address: `192.0.2.1${server.at(-1)}`, outcome, detail: null, latencyMs: 0.94 }
  const endpoints = [
    { ...endpoint, transport: 'udp' as const },
    { ...endpoint, transport: 'tcp' as const, latencyMs: 2 },
  ]
  return {
    server,
    healthy: outcome === 'ok',
    clusters: ['recdns'],
    self: server === 'ns1',
    endpoints,
  }
}

const status = {
  instances: [
    { name: 'recdns0', holding: true, state: 'healthy', priority: 250 },
    { name: 'recdns1', holding: false, state: 'healthy', priority: 150 },
  ],
} as unknown as StatusDocument

const SIGHT: ClusterSight = {
  server: 'ns1',
  peers: [peer('ns1'), peer('ns2'), peer('ns3'), peer('ns4', 'timeout')],
  status,
  holders: new Map([['recdns1', 'ns2']]),
}

const shown = (differences: Partial<ClusterSight> = {}, cluster = RECDNS) =>
  clusterView([cluster], { ...SIGHT, ...differences }, PLAIN, 80)

describe('a cluster', () => {
  test('has a row for each server, those that are out last, and what fails below', () => {
    expect(shown()).toBe(`cluster recdns: 2 of 3 servers healthy, seen from ns1
  recdns0  192.0.2.53
  recdns1  192.0.2.54

SERVER      DNS           recdns0     recdns1      COMMENT
ns1 (here)  ok 2.0 ms     holder 250  standby 150
ns2         ok 2.0 ms     rank 2      holder 200
ns4         FAIL timeout  rank 3      rank 1
ns3         ok 2.0 ms     out         out          waits for a disk

ns4: udp/192.0.2.14 timeout, tcp/192.0.2.14 timeout`)
  })

  test('names no holder that keepalived does not know', () => {
    const denied = shown({ holders: 'only root may ask keepalived' })
    expect(denied).toContain('recdns1: holder unknown (only root may ask keepalived)')
    expect(denied).toMatch(/^ns2 .* rank 2 +rank 2$/m)
    const drained = shown({ holders: new Map([['recdns1', null]]) })
    expect(drained).toContain("recdns1: no rank fits the holder's priority")
  })

  test('says nothing of a state that no daemon has published', () => {
    expect(shown({ status: null })).toMatch(
      /^ns1 \(here\) .* rank 1, no status {2}rank 3, no status/m,
    )
  })

  test('has the state of a server that is not healthy', () => {
    const drained = status.instances.map((one) => ({ ...one, state: 'drained', priority: 30 }))
    const sight = { status: { ...status, instances: drained } as unknown as StatusDocument }
    expect(shown(sight)).toMatch(/^ns1 \(here\) .* holder 30 +drained 30/m)
  })

  test('without an order says why, and has the servers of the configuration', () => {
    const unread = shown({}, { ...RECDNS, order: 'cannot read /x: no such file or directory' })
    expect(unread).toContain('cluster recdns: 0 of 0 servers healthy')
    expect(unread).toMatch(/^ns2 +ok 2.0 ms +not listed +not listed$/m)
    expect(unread).toContain('cannot read /x: no such file or directory')
  })
})
