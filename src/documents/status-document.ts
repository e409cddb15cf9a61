// status.json: what the daemon knows, and how `check` and `status` read it back without trusting it.
import type { Reason } from '../core/effect.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Override } from '../core/override.ts'
import type { PublishedPriority } from '../core/priority.ts'
import type { Health, ServerState } from '../core/server-state.ts'
import { jsonOf } from './clean-text.ts'

export const STATUS_FORMAT = 1

/** The document as it is written; times are ISO 8601 for people, boot-clock milliseconds for programs. */
export interface StatusDocument {
  readonly format: typeof STATUS_FORMAT
  readonly version: string
  readonly server: string
  /** Names the configuration in force; older daemons do not tell. */
  readonly config_fingerprint?: string
  /** When it was loaded. */
  readonly config_loaded_at?: string
  readonly pid: number
  readonly boot_id: string
  readonly written_boot_ms: number
  readonly valid_until_boot_ms: number
  readonly written_at: string
  readonly health: Health
  readonly health_since: string
  /** Since when the server is in its state; older daemons do not say. */
  readonly state_since?: string
  /** Fresh and true: keepalived's dead man's switch may let this server hold an address. */
  readonly may_serve: boolean
  /** Why the health is not healthy, in sentences for people. */
  readonly reasons: readonly string[]
  /** The same for programs, in the same order. */
  readonly causes: readonly Cause[]
  readonly override: Override | null
  /** The configuration says that keepalived does not use these priorities yet. */
  readonly shadow?: true
  readonly flap: FlapStatus
  readonly instances: readonly InstanceStatus[]
  readonly upstreams: readonly UpstreamStatus[]
  readonly endpoints: readonly EndpointStatus[]
  readonly addresses: readonly AddressStatus[]
  /** A load balancer's real servers; left out by DNS servers. */
  readonly backends?: readonly BackendStatus[]
  /** Set while a newer config or order file is refused and the last good one is in force. */
  readonly complaints: readonly string[]
  /** The last lines of the history, the newest last; older daemons have none. */
  readonly events?: readonly StatusEvent[]
}

/** Something that happened, as a line of the history. */
export interface StatusEvent {
  readonly at: string
  readonly text: string
}

/** A reason as data, such as { code: 'endpoint', endpoint: 'udp/192.0.2.53', … }. */
export type Cause = CauseOf<Reason>
type CauseOf<R> = R extends { readonly kind: infer K }
  ? { readonly code: K } & Omit<R, 'kind'>
  : never

export interface FlapStatus {
  readonly cycle_mode: 'spread' | 'burst' | 'waiting'
  readonly failures: number
  readonly passes: number
  readonly backoff_ms: number
  /** How much of the backoff hold is left. */
  readonly backoff_hold_ms: number
  /** Until the next check cycle starts; null while one runs, and while none is planned. */
  readonly next_cycle_ms: number | null
  readonly cycles: number
  /** Failures that it recovered from and that are not forgotten yet. */
  readonly repeat_failures: number
  /** Clean time that it still owes before its rank counts again. */
  readonly probation_ms: number
  /** Left out by older daemons. */
  readonly spans?: ClockSpans
}

/** How long each wait is when it begins, for those who draw how much of it is left. */
export interface ClockSpans {
  readonly period_ms: number
  readonly backoff_hold_ms: number
  readonly probation_ms: number
}

export interface InstanceStatus {
  readonly name: string
  readonly cluster: string
  /** null when the order does not list this server. */
  readonly rank: number | null
  readonly of: number
  /** The servers by rank, best first; older daemons do not tell. */
  readonly servers?: readonly string[]
  readonly state: ServerState
  readonly priority: PublishedPriority
  /** Its service addresses are on an interface of this server other than loopback. */
  readonly holding: boolean
  readonly addresses: readonly string[]
}

export interface UpstreamStatus {
  readonly name: string
  readonly up: boolean | null
  readonly passed: number
  readonly of: number
  readonly quorum: number
}

export interface EndpointStatus {
  readonly endpoint: string
  readonly interface: string
  readonly outcome: Outcome | null
  readonly detail?: string
  readonly latency_ms: number | null
  /** The age at which a query to it counts as late. */
  readonly late_ms: number
  readonly at: string | null
  /** A failure that does not count: the address is younger than the grace time. */
  readonly ignored: boolean
}

export interface AddressStatus {
  readonly address: string
  readonly interface: string
  readonly state: 'ready' | 'tentative' | 'dadfailed'
  /** null when it was there before the daemon. */
  readonly since: string | null
  readonly probed: boolean
}

/** A real server of one of a load balancer's services. */
export interface BackendStatus {
  /** SERVICE.SERVER, which is its weight file's name, too. */
  readonly backend: string
  readonly service: string
  readonly server: string
  readonly health: Health
  readonly state: ServerState
  /** As it is published; null before the first result, when an earlier daemon's word stands. */
  readonly weight: number | null
  readonly configured_weight: number
  /** Since when the health is what it is. */
  readonly since: string
  readonly reasons: readonly string[]
  readonly causes: readonly Cause[]
  readonly override: Override | null
  readonly endpoints_ok: number
  readonly endpoints: readonly EndpointStatus[]
  /** How often it came into the pool and went since the daemon started. */
  readonly came: number
  readonly went: number
}

/** The moment of reading, on the boot clock. */
export interface BootMoment {
  readonly bootMs: number
  readonly bootId: string
}

export function causeOf({ kind, ...rest }: Reason): Cause {
  return { code: kind, ...rest } as Cause
}

/** Whether the document, which may be anybody's, gives this cause. */
export function hasCause(
  { causes }: { readonly causes?: readonly Cause[] },
  code: Cause['code'],
): boolean {
  const given: unknown = causes
  return Array.isArray(given) && given.some((cause: Partial<Cause> | null) => cause?.code === code)
}

export type StatusReading =
  | { readonly kind: 'fresh'; readonly document: StatusDocument }
  | { readonly kind: 'stale'; readonly document: StatusDocument; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * Reads a status text that may be anything, and judges whether it still speaks of the present.
 *
 * A text from another boot or from the future is stale: the boot clock starts anew with each boot,
 * so a file that outlived one could otherwise look fresh.
 */
export function readStatus(text: string, moment: BootMoment): StatusReading {
  const value = jsonOf(text)
  if (value === undefined) return { kind: 'unreadable', why: 'not a JSON document' }
  if (!isStatusDocument(value))
    return { kind: 'unreadable', why: 'not a status document of this format' }
  if (value.boot_id !== moment.bootId) return stale(value, 'it was written before the last boot')
  if (value.written_boot_ms > moment.bootMs + CLOCK_GRAIN_MS)
    return stale(value, 'it was written in the future')
  if (value.valid_until_boot_ms < moment.bootMs) {
    const lateS = (moment.bootMs - value.valid_until_boot_ms) / 1000
    return stale(value, `it expired ${lateS.toFixed(1)} s ago`)
  }
  return { kind: 'fresh', document: value }
}

/** The boot clock is read from /proc/uptime, which counts hundredths of a second. */
export const CLOCK_GRAIN_MS = 20

function stale(document: StatusDocument, why: string): StatusReading {
  return { kind: 'stale', document, why }
}

/**
 * How long ago the document was written, in milliseconds; by the boot clock where it is of this
 * boot, which no step of the wall clock reaches.
 *
 * @param wallMs milliseconds since 1970, now
 */
export function sinceWrittenMs(
  document: StatusDocument,
  moment: BootMoment,
  wallMs: number,
): number {
  const sinceMs =
    document.boot_id === moment.bootId
      ? moment.bootMs - document.written_boot_ms
      : wallMs - Date.parse(document.written_at)
  return Math.max(0, sinceMs)
}

/** Checks what `check` decides by; the rest is for people and is read with care where it is shown. */
function isStatusDocument(value: unknown): value is StatusDocument {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Partial<Record<keyof StatusDocument, unknown>>
  return (
    entry.format === STATUS_FORMAT &&
    typeof entry.boot_id === 'string' &&
    Number.isFinite(entry.written_boot_ms) &&
    Number.isFinite(entry.valid_until_boot_ms) &&
    typeof entry.may_serve === 'boolean' &&
    (entry.health === 'healthy' || entry.health === 'degraded' || entry.health === 'failed') &&
    Array.isArray(entry.instances) &&
    Array.isArray(entry.reasons) &&
    Array.isArray(entry.endpoints)
  )
}
