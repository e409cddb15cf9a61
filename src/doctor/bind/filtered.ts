// Which of the doctor's own questions are dropped between the wire and the server, which has a code of its own.
import type { Target } from '../../core/target.ts'
import { isSkip } from '../doctor-check.ts'
import { trafficFact } from '../facts/queries.ts'
import { explanationOf } from '../finding.ts'
import type { Host } from '../host.ts'
import { SILENCED } from '../keepalived/harms.ts'
import { FIREWALL_DNS } from '../network/answered.ts'
import { ownLosses } from '../network/reception.ts'
import type { Asked } from './asking.ts'

/**
 * Tells of a target whether its silence is explained by what H516 or H228 has found. Nobody listens for it
 * where nothing is silent: that takes seconds.
 */
export async function filteredIn(
  host: Host,
  asked: readonly Asked[],
): Promise<(target: Target) => boolean> {
  if (asked.every((query) => query.ruling !== 'silent')) return () => false
  const [traffic, blamed] = await Promise.all([
    trafficFact(host),
    explanationOf(host, [FIREWALL_DNS, SILENCED]),
  ])
  if (isSkip(traffic) || blamed === null) return () => false
  const losses = ownLosses(traffic).flat()
  return ({ transport, family }) =>
    losses.some((loss) => loss.transport === transport && loss.family === family)
}
