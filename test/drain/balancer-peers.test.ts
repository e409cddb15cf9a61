// What a drain of a balancer takes for a successor, and what for a proof that one has taken over.
import { expect, test } from 'bun:test'
import { otherBalancers, proofOfBalancer } from '../../src/drain/peers.ts'
import { configOf } from '../config/parsing.ts'

const TOML = `[clusters.dns.instances.dns0]
addresses = ["192.0.2.9/24"]
[servers.lb1]
[servers.lb2]
[balancer.services.dns]
addresses = ["192.0.2.9"]
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.11"]
`

function successors(order: readonly string[]) {
  return otherBalancers(configOf(TOML, 'lb1'), new Map([['dns', order]]), ['dns0'])
}

test('another balancer of the order counts, although it answers no question', () => {
  expect(successors(['lb1', 'lb2'])).toEqual({ ok: true, servers: ['lb2'] })
})

test('one that the order leaves out does not', () => {
  const why = 'no other server is in the server order of dns'
  expect(successors(['lb1'])).toMatchObject({ ok: false, why })
})

test('the election proves the takeover, and without it nothing does', () => {
  expect(proofOfBalancer({ kind: 'seen', routers: new Map() })).toMatchObject({ ok: true })
  expect(proofOfBalancer({ kind: 'unseen', why: 'keepalived does not run' })).toEqual({
    ok: false,
    why: 'the new holder is unknown (keepalived does not run)',
  })
})
