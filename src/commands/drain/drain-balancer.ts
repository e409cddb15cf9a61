// What a drain of a load balancer goes by: no other balancer answers DNS, so the election has to tell.
import type { Config } from '../../config/config.ts'
import type { Proof } from '../../drain/drain-sequence.ts'
import { type Successors, successorsIn } from '../../drain/peers.ts'
import type { DrainEnvironment } from './drain-environment.ts'

/**
 * The other balancers that the orders list. Whether one of them can take over shows in the election
 * alone, so that they count as able until then: if nobody takes over, the order is taken back.
 */
export function otherBalancers(
  world: DrainEnvironment,
  config: Config,
  instances: readonly string[],
): Successors {
  const orders = world.orders()
  const pools = config.pools.filter((pool) =>
    pool.instances.some((it) => instances.includes(it.name)),
  )
  const peers = config.servers.map(({ name }) => ({
    server: name,
    healthy: true,
    pools: pools.map((pool) => pool.name).filter((pool) => orders.get(pool)?.includes(name)),
    self: name === config.server.name,
    targets: [],
  }))
  return successorsIn(
    peers,
    pools.map((pool) => pool.name),
  )
}

/**
 * A question at a virtual address proves nothing here: IPVS of this very host would spread it. That a
 * master is heard that is worth more than a drained one, does: its daemon found its services sound.
 */
export async function proveBalancer(world: DrainEnvironment): Promise<Proof> {
  const { election } = await world.look()
  if (election.kind === 'seen') return { ok: true, text: 'its daemon finds its services sound' }
  return { ok: false, why: `nobody can tell who has taken over, since ${election.why}` }
}
