// The election: from a server's rank in an order and its state to keepalived's effective priority.
import type { ServerState } from './server-state.ts'

/** An effective priority, FAULT, or `lowest`: below every state, as when nothing is published. */
export type PublishedPriority = number | 'fault' | 'lowest'

const HIGHEST = 250
const PROBATION = 55
const DEGRADED = 50
const DRAINED = 30
const FAILED = 10
const RANK_SPAN = 190
const MAX_STEP_WIDTH = 50

/**
 * keepalived's effective priority for an instance.
 *
 * Below healthy the tiers are flat: servers in the same bad state publish the same number, and a
 * VRRP backup never preempts a master of equal priority (RFC 9568 section 6.4.2), so the address stays where it is.
 */
export function effectivePriority(
  serverState: ServerState,
  rank: number,
  servers: number,
): PublishedPriority {
  switch (serverState) {
    case 'isolated':
      return 'fault'
    case 'failed':
      return FAILED
    case 'drained':
      return DRAINED
    case 'probation':
      return PROBATION
    case 'degraded':
      return DEGRADED
    case 'healthy':
      return HIGHEST - (rank - 1) * rankStep(servers)
    default:
      return serverState satisfies never
  }
}

/** What lies between two ranks: the last of all is still well above probation. */
function rankStep(servers: number): number {
  return Math.min(MAX_STEP_WIDTH, Math.floor(RANK_SPAN / Math.max(1, servers - 1)))
}

/** keepalived's base priority in every instance; the track file's value is added to it. */
export const BASE_PRIORITY = 1

/** keepalived's weight-1 contribution that means FAULT. */
export const FAULT_VALUE = -254

/**
 * What the instance's track file must hold (weight 1) for keepalived to reach this priority.
 *
 * `lowest` is 0, which is also what keepalived makes of a missing, empty or unreadable file.
 */
export function trackFileValue(priority: PublishedPriority): number {
  if (priority === 'fault') return FAULT_VALUE
  if (priority === 'lowest') return 0
  return priority - BASE_PRIORITY
}

/**
 * The rank of `server`, 1 is best; null when the order does not list it. Instances of one cluster
 * share the order: one reads it forward, another in reverse, so that they have different holders.
 */
export function rankOf(
  order: readonly string[],
  server: string,
  reverseOrder: boolean,
): number | null {
  const index = order.indexOf(server)
  if (index < 0) return null
  return reverseOrder ? order.length - index : index + 1
}

/** The servers of an order as an instance reads it, best first. */
export function byRank(order: readonly string[], reverseOrder: boolean): readonly string[] {
  return reverseOrder ? order.toReversed() : order
}
