// The real servers as the daemon's fresh status has them.
import type { BackendStatus } from '../../documents/status.ts'
import { type Finding, skip } from '../check.ts'
import { onBalancer } from '../facts/balancer.ts'
import { ofDaemon } from '../holdfast/upkeep.ts'
import type { Host } from '../host.ts'

/** What `judge` finds about those that have been judged; not empty. */
export function ofBackends(
  host: Host,
  judge: (backends: readonly BackendStatus[]) => Finding | Promise<Finding>,
): Promise<Finding> {
  return onBalancer(host, () =>
    ofDaemon(host, ({ backends = [] }) => {
      const known = backends.filter(({ weight }) => weight !== null)
      return known.length === 0 ? skip('no real server has been judged yet') : judge(known)
    }),
  )
}
