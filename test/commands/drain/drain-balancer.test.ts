// What a drain of a balancer takes for a successor, and what for a proof that one has taken over.
import { expect, test } from 'bun:test'
import { otherBalancers, proveBalancer } from '../../../src/commands/drain/drain-balancer.ts'
import type { DrainEnvironment } from '../../../src/commands/drain/drain-environment.ts'
import { parseConfig } from '../../../src/config/parse.ts'
import type { Election } from '../../../src/keepalived/election.ts'

const TOML = `[pools.dns.instances.dns0]
addresses = ["192.0.2.9/24"]
[servers.lb1]
[servers.lb2]
[balancer.services.dns]
addresses = ["192.0.2.9"]
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.11"]
`

function site(order: readonly string[], election: Election = { kind: 'seen', routers: new Map() }) {
  const parsed = parseConfig(TOML, { file: 'holdfast.toml', hostname: 'lb1' })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  const world = {
    orders: () => new Map([['dns', order]]),
    look: async () => ({ election }),
    peers: () => Promise.reject(new Error('no balancer answers DNS')),
  } as unknown as DrainEnvironment
  return { config: parsed.value, world }
}

test('another balancer of the order counts, although it answers no question', () => {
  const { config, world } = site(['lb1', 'lb2'])
  expect(otherBalancers(world, config, ['dns0'])).toEqual({ ok: true, servers: ['lb2'] })
})

test('one that the order leaves out does not', () => {
  const { config, world } = site(['lb1'])
  const successors = otherBalancers(world, config, ['dns0'])
  expect(successors).toMatchObject({ ok: false, why: 'the order of dns lists no other server' })
})

test('the election proves the takeover, and without it nothing does', async () => {
  const seen = site(['lb1', 'lb2'])
  expect(await proveBalancer(seen.world)).toMatchObject({ ok: true })
  const unseen = site(['lb1', 'lb2'], { kind: 'unseen', why: 'keepalived does not run' })
  expect(await proveBalancer(unseen.world)).toEqual({
    ok: false,
    why: 'nobody can tell who has taken over, since keepalived does not run',
  })
})
