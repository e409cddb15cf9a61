// The [balancer] table: what it becomes, and what is filled in.
import { describe, expect, test } from 'bun:test'
import { fingerprint } from '../../src/config/fingerprint.ts'
import { configOf } from './parsing.ts'

const CLUSTER = `
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53/24", "2001:db8::53/64"]
`
const SERVICE = `
[balancer.services.recdns]
addresses = ["192.0.2.53", "2001:DB8::53"]
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11", "2001:db8::11"]
`

describe('[balancer]', () => {
  test('is null where the file has none', () => {
    expect(configOf(CLUSTER).balancer).toBeNull()
  })

  test('has a default for everything but addresses', () => {
    expect(configOf(`${CLUSTER}${SERVICE}`).balancer).toEqual({
      slowStartMs: 30_000,
      drainTimeoutMs: 120_000,
      source: [],
      checkVirtual: false,
      checkSourcePortBase: 20_000,
      services: [
        {
          name: 'recdns',
          addresses: [
            { family: 4, address: '192.0.2.53' },
            { family: 6, address: '2001:db8::53' },
          ],
          port: 53,
          lvsSched: 'wrr',
          lvsMethod: 'dr',
          persistenceTimeoutMs: 0,
          quorum: 1,
          sorryServer: [],
          ops: true,
          servers: [
            {
              name: 'ns1',
              addresses: [
                { family: 4, address: '192.0.2.11' },
                { family: 6, address: '2001:db8::11' },
              ],
              weight: 100,
            },
          ],
        },
      ],
    })
  })

  test('takes all that can be said', () => {
    const said = `${CLUSTER}
[balancer]
slow_start = "0s"
drain_timeout = "5m"
source = ["2001:db8::5", "192.0.2.5"]
[balancer.services.recdns]
addresses = ["192.0.2.53"]
port = 5353
lvs_sched = "mh"
lvs_method = "tun"
persistence_timeout = "5m"
quorum = 2
sorry_server = ["192.0.2.99"]
ops = false
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11"]
weight = 1
[balancer.services.recdns.servers."ns2.example.net"]
addresses = ["192.0.2.12"]
`
    const balancer = configOf(said).balancer
    expect(balancer).toMatchObject({ slowStartMs: 0, drainTimeoutMs: 300_000 })
    expect(balancer?.source.map(({ family }) => family)).toEqual([6, 4])
    const [service] = balancer?.services ?? []
    expect(service).toMatchObject({
      port: 5353,
      lvsSched: 'mh',
      lvsMethod: 'tun',
      persistenceTimeoutMs: 300_000,
      quorum: 2,
      sorryServer: [{ family: 4, address: '192.0.2.99' }],
      ops: false,
    })
    expect(service?.servers.map(({ name, weight }) => [name, weight])).toEqual([
      ['ns1', 1],
      ['ns2.example.net', 100],
    ])
  })

  test('virtual addresses are checked from this server’s own addresses, or from those written', () => {
    const servers = `[servers.lb1]\naddresses = ["192.0.2.5", "192.0.2.4", "2001:db8::5"]\n`
    const sourceWith = (lines: string) =>
      configOf(`${CLUSTER}${servers}[balancer]\n${lines}\n${SERVICE}`, 'lb1').balancer?.source.map(
        (address) => address.address,
      )
    expect(sourceWith('')).toEqual([])
    expect(sourceWith('check_virtual = true')).toEqual(['192.0.2.5', '2001:db8::5'])
    const written = 'check_virtual = true\ncheck_source_port_base = 1024\nsource = ["2001:db8::6"]'
    expect(sourceWith(written)).toEqual(['2001:db8::6', '192.0.2.5'])
  })

  test('is part of what names a configuration', () => {
    const names = [CLUSTER, `${CLUSTER}${SERVICE}`, `${CLUSTER}${SERVICE}weight = 50\n`]
    expect(new Set(names.map((text) => fingerprint(configOf(text)))).size).toBe(3)
  })
})
