// What the status file showed at the moment of a transition: the reasons that a mail will give.
import { type Health, isServerState, type ServerState } from '../core/server-state.ts'
import { cleanLine, cleanName } from './clean-text.ts'
import { hasCause, type InstanceStatus, type StatusDocument } from './status-document.ts'

/** What was known then. A status that was not fresh tells what the daemon knew last. */
export interface StatusSnapshot {
  /** null when there was no status to be read. */
  readonly health: Health | null
  /** Null for a fresh status, else what was wrong with it. */
  readonly staleness: string | null
  /** The daemon had not decided yet, or was stopping: the health says nothing about DNS. */
  readonly daemon: 'running' | 'starting' | 'stopping'
  readonly reasons: readonly string[]
  readonly override: SeenOverride | null
  /** What this server was worth for the instance; null for groups and unknown instances. */
  readonly state: ServerState | null
}

export interface SeenOverride {
  readonly mode: 'drained' | 'isolated'
  readonly by: string
  readonly reason: string
}

export const MAX_REASONS = 8
export const MAX_REASON_LENGTH = 300
const MAX_WHO_LENGTH = 64

/** What a reading of the status file comes to; `why` says what is wrong with one that is not fresh. */
export type StatusSeen =
  | { readonly kind: 'fresh'; readonly document: StatusDocument }
  | { readonly kind: 'stale'; readonly document: StatusDocument; readonly why: string }
  | { readonly kind: 'missing' | 'unreadable'; readonly why: string }

/** The snapshot that a transition of `name` is spooled with. */
export function snapshotOf(seen: StatusSeen, name: string): StatusSnapshot {
  if (!('document' in seen)) return noSnapshot(seen.why)
  const { document } = seen
  const reasons = document.reasons.filter((reason) => typeof reason === 'string')
  return {
    health: document.health,
    staleness: seen.kind === 'fresh' ? null : cleanLine(seen.why, MAX_REASON_LENGTH),
    daemon: daemonOf(document),
    reasons: reasons.slice(0, MAX_REASONS).map((reason) => cleanLine(reason, MAX_REASON_LENGTH)),
    override: concerns(document.override, name) ? seenOverride(document.override) : null,
    state: serverStateOf(document.instances, name),
  }
}

/** Nothing was to be seen. */
export function noSnapshot(why: string): StatusSnapshot {
  return {
    health: null,
    staleness: cleanLine(why, MAX_REASON_LENGTH),
    daemon: 'running',
    reasons: [],
    override: null,
    state: null,
  }
}

function daemonOf(document: StatusDocument): StatusSnapshot['daemon'] {
  if (hasCause(document, 'starting')) return 'starting'
  return hasCause(document, 'stopping') ? 'stopping' : 'running'
}

/** An override may be about some instances alone. */
function concerns(override: unknown, name: string): boolean {
  const { instances } = (override ?? {}) as { readonly instances?: unknown }
  if (!Array.isArray(instances)) return true
  return instances.some((instance) => typeof instance === 'string' && cleanName(instance) === name)
}

/** The file may have been damaged: nothing in it is trusted to be of its type. */
export function seenOverride(value: unknown): SeenOverride | null {
  if (typeof value !== 'object' || value === null) return null
  const { mode, by, reason } = value as Partial<Record<keyof SeenOverride, unknown>>
  if (mode !== 'drained' && mode !== 'isolated') return null
  return { mode, by: text(by, MAX_WHO_LENGTH), reason: text(reason, MAX_REASON_LENGTH) }
}

function text(value: unknown, most: number): string {
  return typeof value === 'string' ? cleanLine(value, most) : ''
}

/** A state if it is one. */
export function seenServerState(value: unknown): ServerState | null {
  return isServerState(value) ? value : null
}

function serverStateOf(instances: readonly unknown[], name: string): ServerState | null {
  const found = instances.find((candidate) => {
    const instance = candidate as Partial<InstanceStatus> | null
    return typeof instance?.name === 'string' && cleanName(instance.name) === name
  })
  return seenServerState((found as Partial<InstanceStatus> | undefined)?.state)
}
