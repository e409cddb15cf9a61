// Whether this host is a load balancer, and what its configuration says of that.
import type { BalancerConfig } from '../../config/balancer/balancer-config.ts'
import { isSkip, type Skip, skip } from '../check.ts'
import type { Host } from '../host.ts'
import { configFact } from './config.ts'

export async function balancerFact(host: Host): Promise<BalancerConfig | Skip> {
  const config = await configFact(host)
  return isSkip(config) ? config : (config.balancer ?? skip('this host is no load balancer'))
}

export async function isBalancer(host: Host): Promise<boolean> {
  return !isSkip(await balancerFact(host))
}

/** Behind a load balancer others answer. A DNS server on it, for itself, is nobody's to judge here. */
export async function noBalancerFact(host: Host): Promise<true | Skip> {
  return !(await isBalancer(host)) || skip('this host is a load balancer: its real servers answer')
}
