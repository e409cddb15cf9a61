// A transition with its time and what was known then, and the document it is spooled as.

import { cleanLine, cleanName, jsonOf } from './clean-text.ts'
import {
  MAX_REASON_LENGTH,
  MAX_REASONS,
  type StatusSnapshot,
  seenOverride,
  seenServerState,
} from './status-snapshot.ts'
import {
  BACKEND_STATES,
  type PoolState,
  pairOf,
  SERVICE_STATES,
  type Transition,
} from './transition.ts'

export interface SpooledEvent extends Transition {
  /** Also the name of its file. */
  readonly id: string
  readonly wallMs: number
  /** Milliseconds since the boot that `bootId` names. */
  readonly bootMs: number
  readonly bootId: string
  /** `sight` in the file. */
  readonly snapshot: StatusSnapshot
  /** What a real server or a service was before; left out by keepalived's transitions. */
  readonly before?: PoolState
}

const POOL_STATES = [...BACKEND_STATES, ...SERVICE_STATES]

const FORMAT = 1

/** What a document may take in bytes: the size of the blocks that are kept in reserve for them. */
export const MAX_EVENT_BYTES = 4096

/** Names sort by time, and cannot lead anywhere else. */
const ID = /^\d{15}-\d{4}-[0-9a-f]{12}$/

/**
 * @param sequence tells events apart that one program saw in one millisecond, in their order
 * @param random twelve hexadecimal digits
 */
export function eventId(wallMs: number, sequence: number, random: string): string {
  const digits = (value: number, width: number) =>
    String(Math.max(0, Math.trunc(value)) % 10 ** width).padStart(width, '0')
  return `${digits(wallMs, 15)}-${digits(sequence, 4)}-${random}`
}

export function isEventId(text: string): boolean {
  return ID.test(text)
}

/** The document, of at most MAX_EVENT_BYTES: reasons that do not fit are left out, last ones first. */
export function encodeEvent(event: SpooledEvent): string {
  const { id: _, snapshot, ...rest } = event
  for (let { reasons } = snapshot; ; reasons = reasons.slice(0, -1)) {
    const document = { format: FORMAT, ...rest, sight: { ...snapshot, reasons } }
    const text = `${JSON.stringify(document)}\n`
    if (reasons.length === 0 || new TextEncoder().encode(text).length <= MAX_EVENT_BYTES)
      return text
  }
}

/**
 * Reads a document back. Whoever may write to the spool may have written anything, so that every
 * text is cleaned and every number held to its kind again.
 *
 * @returns the event, or what is wrong with the document
 */
export function decodeEvent(id: string, text: string): SpooledEvent | string {
  const value = jsonOf(text)
  if (value === undefined) return 'it is not a JSON document'
  if (typeof value !== 'object' || value === null) return 'it is not a JSON object'
  const entry = value as Partial<Record<string, unknown>>
  if (entry.format !== FORMAT) return `"format" is not ${FORMAT}`
  const pair = pairOf(entry.subject, entry.state)
  if (pair === null) return '"subject" and "state" are not a thing and a state of it'
  if (typeof entry.name !== 'string') return '"name" is not a string'
  if (!isTime(entry.wallMs) || !isTime(entry.bootMs)) return 'its times are not numbers'
  const { priority } = entry
  const before = POOL_STATES.find((known) => known === entry.before)
  return {
    id,
    ...pair,
    name: cleanName(entry.name),
    priority: isTime(priority) && priority <= 255 ? priority : null,
    wallMs: entry.wallMs,
    bootMs: entry.bootMs,
    bootId: typeof entry.bootId === 'string' ? cleanLine(entry.bootId, 64) : '',
    snapshot: decodeSnapshot(entry.sight),
    ...(before === undefined ? {} : { before }),
  }
}

/** The years until 9999, which every calendar shows. */
const LAST_MS = 253_402_300_799_999

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= LAST_MS
}

function decodeSnapshot(value: unknown): StatusSnapshot {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<keyof StatusSnapshot, unknown>
  >
  const reasons = Array.isArray(entry.reasons) ? entry.reasons : []
  const health = (['healthy', 'degraded', 'failed'] as const).find(
    (known) => known === entry.health,
  )
  const line = (text: string) => cleanLine(text, MAX_REASON_LENGTH)
  return {
    health: health ?? null,
    staleness: typeof entry.staleness === 'string' ? line(entry.staleness) : null,
    daemon: entry.daemon === 'starting' || entry.daemon === 'stopping' ? entry.daemon : 'running',
    reasons: reasons
      .filter((reason): reason is string => typeof reason === 'string')
      .slice(0, MAX_REASONS)
      .map(line),
    override: seenOverride(entry.override),
    state: seenServerState(entry.state),
  }
}
