// A balancer's configuration with the parser's defaults, for tests that no parser stands before.
import type { BalancedService, BalancerConfig } from '../../src/config/balancer-table.ts'

/** A service, but for what differs; its own name and servers are for each test to say. */
export function madeService(
  differences: Partial<BalancedService> & Pick<BalancedService, 'name' | 'servers'>,
): BalancedService {
  return {
    addresses: [{ family: 4, address: '192.0.2.53' }],
    ...{ port: 53, lvsSched: 'wrr', lvsMethod: 'dr', persistenceTimeoutMs: 0, quorum: 1 },
    ...{ sorryServer: [], ops: true },
    ...differences,
  }
}

/** Without a slow start, and without a limit for drains, but for what differs. */
export function madeBalancer(
  services: readonly BalancedService[],
  differences: Partial<BalancerConfig> = {},
): BalancerConfig {
  return {
    ...{
      slowStartMs: 0,
      drainTimeoutMs: 0,
      source: [],
      checkVirtual: false,
      checkSourcePortBase: 20_000,
    },
    ...{ services, ...differences },
  }
}
