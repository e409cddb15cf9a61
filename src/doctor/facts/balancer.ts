// Whether this host is a load balancer, and what its configuration says of that.
import type { BalancerConfig } from '../../config/balancer/balancer-config.ts'
import type { Config } from '../../config/config.ts'
import { type Finding, skip } from '../check.ts'
import type { Host } from '../host.ts'
import { configFact, withoutConfig } from './config.ts'

/** What `look` finds on a load balancer; elsewhere it means nothing. */
export async function onBalancer(
  host: Host,
  look: (balancer: BalancerConfig, config: Config) => Finding | Promise<Finding>,
): Promise<Finding> {
  const reading = await configFact(host)
  if (reading.kind !== 'config') return skip(withoutConfig(reading))
  const { balancer } = reading.config
  return balancer === null ? skip('this host is no load balancer') : look(balancer, reading.config)
}

export async function isBalancer(host: Host): Promise<boolean> {
  const reading = await configFact(host)
  return reading.kind === 'config' && reading.config.balancer !== null
}
