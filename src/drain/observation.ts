// What a drain or an undrain sees at one moment: order, status, addresses, election. Pure.
import type { Override } from '../core/override.ts'
import { effectivePriority } from '../core/priority.ts'
import type { InstanceStatus, StatusDocument } from '../documents/status-document.ts'
import type { ElectionSight, VirtualRouter } from '../keepalived/election.ts'

export interface Observation {
  readonly nowMs: number
  /** The order on disk. */
  readonly override: Override | null
  /** What the daemon says, while it lives. */
  readonly status: StatusDocument | null
  /** Instances with a service address on an interface other than loopback. */
  readonly here: ReadonlySet<string>
  readonly election: ElectionSight
}

/** A server that is drained, or worse, publishes no more than this. */
export const DRAINED_PRIORITY = effectivePriority('drained', 1, 1) as number

/** Until then a daemon that lives has published what the order says: it obeys within milliseconds. */
export const OBEY_MS = 3000

/** Whether the daemon has published for all these instances what a mode demands. */
export function isObeyed(
  seen: Observation,
  mode: Override['mode'],
  instances: readonly string[],
): boolean {
  return instances.every((name) => {
    const status = instanceOf(seen, name)
    if (status === undefined) return false
    const { priority } = status
    if (mode === 'isolated') return priority === 'fault'
    return priority === 'lowest' || (typeof priority === 'number' && priority <= DRAINED_PRIORITY)
  })
}

function instanceOf(seen: Observation, name: string): InstanceStatus | undefined {
  return seen.status?.instances.find((instance) => instance.name === name)
}

/** All routers of these instances; null when the election cannot be seen. */
export function virtualRouters(
  seen: Observation,
  instances: readonly string[],
): readonly VirtualRouter[] | null {
  const { election } = seen
  if (election.kind === 'unseen') return null
  return instances.flatMap((name) => election.routers.get(name) ?? [])
}
