// What checks of a load balancer stand on: keepalived runs, and the kernel has a table.
import type { IpvsService } from '../../balancer/ipvs-table.ts'
import type { BalancerConfig } from '../../config/balancer/balancer-config.ts'
import type { Config } from '../../config/config.ts'
import { type Finding, skip } from '../check.ts'
import { onBalancer } from '../facts/balancer.ts'
import { lookAtIpvs } from '../facts/ipvs.ts'
import { findingOf } from '../finding.ts'
import type { Host } from '../host.ts'
import { RUNNING } from '../keepalived/program.ts'
import { persistsFor } from '../keepalived/retry.ts'

export interface Ground {
  readonly balancer: BalancerConfig
  readonly config: Config
}

/** keepalived follows a file within some hundredths of a second: what is so for longer, stays so. */
export const SETTLED_MS = 2000

/** Why IPVS's table cannot be judged, or null. */
async function whyNoTable(host: Host): Promise<string | null> {
  const reading = lookAtIpvs(host)
  if (reading.kind === 'missing') return 'IPVS is not in the kernel: H601'
  if (reading.kind === 'unreadable') return reading.why
  return (await findingOf(host, RUNNING)).kind === 'ok' ? null : 'keepalived does not run: H203'
}

/** What `look` finds where there is a table that keepalived looks after. */
export function overTable(
  host: Host,
  look: (ground: Ground) => Finding | Promise<Finding>,
): Promise<Finding> {
  return onBalancer(host, async (balancer, config) => {
    const why = await whyNoTable(host)
    return why === null ? look({ balancer, config }) : skip(why)
  })
}

/** What a table shows for two seconds, whenever one looks. */
export function lastingInTable(
  host: Host,
  look: (table: readonly IpvsService[]) => readonly string[],
): Promise<readonly string[]> {
  return persistsFor(host, SETTLED_MS, async () => {
    const reading = lookAtIpvs(host)
    return reading.kind === 'table' ? look(reading.services) : []
  })
}
