// What is allowed but seldom meant.
import { describe, expect, test } from 'bun:test'
import { parseRenderable } from '../../src/config/parse.ts'
import { adviceOn } from '../../src/config/render-rules.ts'

function advice(service: string, own: string, more = ''): readonly string[] {
  const parsed = parseRenderable(
    `[keepalived]
interface = "eth0"
[clusters.p.instances.i]
addresses = ["${service}"]
virtual_router_id = 1
[servers.ns1]
${own}
${more}
`,
    { file: 'holdfast.toml', hostname: 'ns1' },
  )
  if (!parsed.ok) throw new Error('not a config')
  return adviceOn(parsed.value.vrrp)
}

const OWN = 'addresses = ["192.0.2.11", "2001:db8::11"]'

describe('a service address in a network', () => {
  test('that servers are in is as it should be', () => {
    expect(advice('192.0.2.53/24', OWN)).toEqual([])
  })

  test('of its own would be the source of queries there, and /32 would not', () => {
    const [said, ...more] = advice('198.51.100.53/24', OWN)
    expect(more).toEqual([])
    expect(said).toContain('no server has an address in 198.51.100.0/24')
    expect(said).toContain('write 198.51.100.53/32')
    expect(advice('198.51.100.53/32', OWN)).toEqual([])
  })

  test('is deprecated in IPv6, and unknown where the servers are', () => {
    expect(advice('2001:db8:1::53/64', OWN)).toEqual([])
    expect(advice('198.51.100.53/24', '')).toEqual([])
    expect(advice('198.51.100.53/24', 'addresses = ["2001:db8::11"]')).toEqual([])
  })
})

test('a scheduler that goes by the address that was asked is not for balancers of DNS', () => {
  const balancer = (scheduler: string) => `[balancer.services.dns]
addresses = ["192.0.2.53"]
lvs_sched = "${scheduler}"
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.12"]
`
  expect(advice('192.0.2.53/24', OWN, balancer('wrr'))).toEqual([])
  const [said, ...more] = advice('192.0.2.53/24', OWN, balancer('dh'))
  expect(more).toEqual([])
  expect(said).toStartWith('service dns: dh sends all queries for an address to one real server')
})
