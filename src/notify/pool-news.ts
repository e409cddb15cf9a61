// What is news about a load balancer's pool, and whether this balancer is the one to report it.

import { cleanLine } from '../documents/clean-text.ts'
import {
  MAX_REASON_LENGTH,
  MAX_REASONS,
  type StatusSnapshot,
  seenOverride,
} from '../documents/status-snapshot.ts'
import { keyOf, type PoolState, type Transition } from '../documents/transition.ts'
import {
  type CurrentInstance,
  type CurrentPool,
  type CurrentService,
  countText,
} from './current-state.ts'

/** The last known state of each real server and service, by the key of its transitions. */
export type KnownPool = ReadonlyMap<string, PoolState>

export interface PoolNews {
  readonly transition: Transition
  readonly before: PoolState
  readonly snapshot: StatusSnapshot
  /** The service that it is about. */
  readonly service: string
}

/**
 * What has changed since `known`. That something is seen for the first time is no news, so neither
 * is a start of the daemon; who has not been judged yet stays what it was.
 */
export function poolNews(
  known: KnownPool,
  pool: CurrentPool,
): { readonly news: readonly PoolNews[]; readonly known: KnownPool } {
  const next = new Map<string, PoolState>()
  const news: PoolNews[] = []
  const note = (
    subject: 'BACKEND' | 'SERVICE',
    name: string,
    state: PoolState | null,
    more: Pick<PoolNews, 'snapshot' | 'service'>,
  ) => {
    const key = keyOf({ subject, name })
    const before = known.get(key)
    const now = state ?? before
    if (now !== undefined) next.set(key, now)
    if (now === undefined || before === undefined || now === before) return
    news.push({ transition: { subject, name, state: now, priority: null }, before, ...more })
  }
  for (const backend of pool.backends)
    note('BACKEND', backend.name, backend.state, {
      service: backend.service,
      snapshot: {
        ...SEEN,
        health: backend.health,
        state: backend.serverState,
        override: seenOverride(backend.override),
        reasons: backend.reasons
          .slice(0, MAX_REASONS)
          .map((text) => cleanLine(text, MAX_REASON_LENGTH)),
      },
    })
  for (const service of pool.services)
    note('SERVICE', service.name, service.state, {
      service: service.name,
      snapshot: { ...SEEN, reasons: [countText(service)] },
    })
  return { news, known: next }
}

const SEEN: StatusSnapshot = {
  health: null,
  staleness: null,
  daemon: 'running',
  reasons: [],
  override: null,
  state: null,
}

/** Of two balancers that see the same, the one reports it that holds one of the service's addresses. */
export function isReporter(
  instances: readonly CurrentInstance[],
  { addresses }: Pick<CurrentService, 'addresses'>,
): boolean {
  return instances.some(
    (instance) =>
      instance.holding && instance.addresses.some((address) => addresses.includes(address)),
  )
}
