// What must outlive a crash besides the events: attempts without an end, and what was reported when.

import { cleanLine, cleanName, jsonOf } from '../documents/clean-text.ts'
import { isEventId } from '../documents/spooled-event.ts'
import type { Outbox, ReportedTransition } from './outbox.ts'

/** One channel's part. */
export interface ChannelRecord {
  /** Events of attempts whose end is not known, under way or not. */
  readonly tried: readonly string[]
  /** Events that are still in the spool for other channels' sake. */
  readonly done: readonly string[]
  /** When messages were sent within the last hour: milliseconds since 1970. */
  readonly sentWallMs: readonly number[]
  /** What the outbox has reported; the name is that of the file's format. */
  readonly told: readonly ReportedTransition[]
  readonly lost: number
}

export type Journal = ReadonlyMap<string, ChannelRecord>

const FORMAT = 1

export const NO_RECORD: ChannelRecord = { tried: [], done: [], sentWallMs: [], told: [], lost: 0 }

/** The record of an outbox as of now. */
export function recordOf(
  outbox: Outbox,
  done: readonly string[],
  now: { readonly nowMs: number; readonly wallMs: number },
): ChannelRecord {
  const tried = outbox.items.filter(
    ({ event, repeated }) => repeated || outbox.sending?.has(event.id) === true,
  )
  return {
    tried: tried.map((item) => item.event.id),
    done,
    sentWallMs: outbox.sentAtMs.map((at) => Math.round(now.wallMs - (now.nowMs - at))),
    told: outbox.reported,
    lost: outbox.lost,
  }
}

export function encodeJournal(journal: Journal): string {
  const channels = Object.fromEntries(journal)
  return `${JSON.stringify({ format: FORMAT, channels })}\n`
}

/** What can be understood of a text; damage costs the marks of repetition, and nothing else. */
export function decodeJournal(text: string): Journal {
  const journal = new Map<string, ChannelRecord>()
  const { format, channels } = (jsonOf(text) ?? {}) as { format?: unknown; channels?: unknown }
  if (format !== FORMAT || typeof channels !== 'object' || channels === null) return journal
  for (const [name, record] of Object.entries(channels)) journal.set(name, decodeRecord(record))
  return journal
}

function decodeRecord(value: unknown): ChannelRecord {
  const entry = (value ?? {}) as Partial<Record<keyof ChannelRecord, unknown>>
  const list = (field: unknown): readonly unknown[] => (Array.isArray(field) ? field : [])
  const ids = (field: unknown) =>
    list(field).filter((id): id is string => typeof id === 'string' && isEventId(id))
  return {
    tried: ids(entry.tried),
    done: ids(entry.done),
    sentWallMs: list(entry.sentWallMs).filter((at): at is number => Number.isFinite(at)),
    told: list(entry.told).flatMap(decodeReported).slice(-16),
    lost:
      typeof entry.lost === 'number' && Number.isSafeInteger(entry.lost)
        ? Math.max(0, entry.lost)
        : 0,
  }
}

function decodeReported(value: unknown): readonly ReportedTransition[] {
  const { wallMs, name, state } = (value ?? {}) as Partial<
    Record<keyof ReportedTransition, unknown>
  >
  if (typeof wallMs !== 'number' || !Number.isFinite(wallMs)) return []
  if (typeof name !== 'string' || typeof state !== 'string') return []
  return [{ wallMs, name: cleanName(name), state: cleanLine(state, 16) }]
}
