// Whether this host is a load balancer, and what its configuration says of that.
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import type { Host } from '../host.ts'
import { configFact } from './loaded-config.ts'

export const balancerFact = factOf(
  { config: configFact },
  ({ config }) => config.balancer ?? skip('this host is no load balancer'),
)

export async function isBalancer(host: Host): Promise<boolean> {
  return !isSkip(await balancerFact(host))
}

/** Behind a load balancer others answer. A DNS server on it, for itself, is nobody's to judge here. */
export async function noBalancerFact(host: Host): Promise<true | Skip> {
  return !(await isBalancer(host)) || skip('this host is a load balancer: its real servers answer')
}
