// Classifies a transition: channels subscribe to classes.
import type { NotifyEvent } from '../config/notify-table.ts'
import type { SpooledEvent } from '../documents/spooled-event.ts'
import type { CurrentState } from './current-state.ts'

export interface ClassificationContext {
  readonly current: CurrentState | null
  /** How long before the transition an operator's decision ended; infinite when none did. */
  readonly sinceOverrideMs: number
  /** How long the transition has waited for the health that it is judged by. */
  readonly waitedMs: number
}

/** A server that was let in again takes its addresses within this time, or for another reason. */
const RETURN_MS = 60_000

/** A daemon that has not decided by then will not: the transition is reported as it is. */
export const DECISION_MS = 60_000

/**
 * A new master is `master`, a new backup is `dead` where DNS here has failed and else `backup`, FAULT
 * is `fault`, and STOP is `stop`; what an operator decided is `planned`.
 *
 * @returns null while it cannot be said yet, because it is not known whether DNS here works
 */
export function classify(event: SpooledEvent, context: ClassificationContext): NotifyEvent | null {
  const { override } = event.snapshot
  switch (event.state) {
    case 'MASTER':
      return override === null && context.sinceOverrideMs <= RETURN_MS ? 'planned' : 'master'
    case 'FAULT':
      return override?.mode === 'isolated' ? 'planned' : 'fault'
    case 'STOP':
    case 'DELETED':
      return override === null ? 'stop' : 'planned'
    case 'BACKUP':
      return override !== null || event.snapshot.state === 'drained'
        ? 'planned'
        : backup(event, context)
    case 'DRAINED':
      return 'planned'
    case 'ADDED':
      return event.before === 'DRAINED' ? 'planned' : 'backend'
    case 'REMOVED':
    case 'DEGRADED':
      return 'backend'
    case 'BELOW_QUORUM':
    case 'NO_SERVERS':
    case 'QUORUM_OK':
      return 'service'
    default:
      return event.state satisfies never
  }
}

function backup({ snapshot }: SpooledEvent, context: ClassificationContext): NotifyEvent | null {
  // The daemon gave the address up because it was told to stop: no word on DNS.
  if (snapshot.daemon === 'stopping') return 'stop'
  if (snapshot.health !== null && snapshot.staleness === null && snapshot.daemon === 'running')
    return snapshot.health === 'failed' ? 'dead' : 'backup'
  // A status that went stale means that the daemon had died, and keepalived knew it.
  if (snapshot.health !== null && snapshot.staleness !== null) return 'dead'
  if (context.current?.decided === true)
    return context.current.health === 'failed' ? 'dead' : 'backup'
  return context.waitedMs < DECISION_MS ? null : 'dead'
}

/** One word for a transition, as subjects have it. */
export function wordOf(event: SpooledEvent, kind: NotifyEvent | null): string {
  return kind === 'dead' ? 'DEAD' : event.state
}
