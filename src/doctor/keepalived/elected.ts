// Checks that mean something only where servers are elected.
import { type Check, skip } from '../check.ts'
import { behindBalancerFact } from '../facts/behind-balancer.ts'
import { findingOf } from '../finding.ts'

/** The same check, skipped on a real server behind a load balancer. */
export function electedOnly(check: Check): Check {
  return {
    ...check,
    run: async (host) => {
      const why = await behindBalancerFact(host)
      return why === null ? findingOf(host, check) : skip(why)
    },
  }
}
