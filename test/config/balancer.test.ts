// The [balancer] table: what it becomes, and what is filled in.
import { describe, expect, test } from 'bun:test'
import { fingerprint } from '../../src/config/fingerprint.ts'
import { configOf } from './parsing.ts'

const POOL = `
[pools.recdns.instances.recdns0]
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
    expect(configOf(POOL).balancer).toBeNull()
  })

  test('has a default for everything but addresses', () => {
    expect(configOf(`${POOL}${SERVICE}`).balancer).toEqual({
      slowStartMs: 30_000,
      drainLimitMs: 120_000,
      source: [],
      checkVirtual: false,
      checkPorts: 20_000,
      services: [
        {
          name: 'recdns',
          addresses: [
            { family: 4, address: '192.0.2.53' },
            { family: 6, address: '2001:db8::53' },
          ],
          port: 53,
          scheduler: 'wrr',
          forwarding: 'dr',
          persistenceMs: 0,
          quorum: 1,
          sorry: [],
          onePacket: true,
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
    const said = `${POOL}
[balancer]
slow_start = "0s"
drain_limit = "5m"
source = ["2001:db8::5", "192.0.2.5"]
[balancer.services.recdns]
addresses = ["192.0.2.53"]
port = 5353
scheduler = "mh"
forwarding = "tun"
persistence = "5m"
quorum = 2
sorry = ["192.0.2.99"]
one_packet = false
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11"]
weight = 1
[balancer.services.recdns.servers."ns2.example.net"]
addresses = ["192.0.2.12"]
`
    const balancer = configOf(said).balancer
    expect(balancer).toMatchObject({ slowStartMs: 0, drainLimitMs: 300_000 })
    expect(balancer?.source.map(({ family }) => family)).toEqual([6, 4])
    const [service] = balancer?.services ?? []
    expect(service).toMatchObject({
      port: 5353,
      scheduler: 'mh',
      forwarding: 'tun',
      persistenceMs: 300_000,
      quorum: 2,
      sorry: [{ family: 4, address: '192.0.2.99' }],
      onePacket: false,
    })
    expect(service?.servers.map(({ name, weight }) => [name, weight])).toEqual([
      ['ns1', 1],
      ['ns2.example.net', 100],
    ])
  })

  test('virtual addresses are checked from this server’s own addresses, or from those written', () => {
    const servers = `[servers.lb1]\naddresses = ["192.0.2.5", "192.0.2.4", "2001:db8::5"]\n`
    const sourceWith = (lines: string) =>
      configOf(`${POOL}${servers}[balancer]\n${lines}\n${SERVICE}`, 'lb1').balancer?.source.map(
        (address) => address.address,
      )
    expect(sourceWith('')).toEqual([])
    expect(sourceWith('check_virtual = true')).toEqual(['192.0.2.5', '2001:db8::5'])
    const written = 'check_virtual = true\ncheck_ports = 1024\nsource = ["2001:db8::6"]'
    expect(sourceWith(written)).toEqual(['2001:db8::6', '192.0.2.5'])
  })

  test('is part of what names a configuration', () => {
    const names = [POOL, `${POOL}${SERVICE}`, `${POOL}${SERVICE}weight = 50\n`]
    expect(new Set(names.map((text) => fingerprint(configOf(text)))).size).toBe(3)
  })
})
