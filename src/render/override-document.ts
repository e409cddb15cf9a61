// override.json: what an operator ordered, as text, and how anything else at that place is read.
import type { Override } from '../core/override.ts'

const OVERRIDE_FORMAT = 1

/**
 * The order in this text. It is taken whole or not at all: a text that is not understood is an
 * order to drain, for somebody meant something by it, and `corrupt` says what is wrong.
 *
 * @param writtenWallMs when the text was written, for an order that does not say so itself
 */
export function decodeOverride(text: string, writtenWallMs: number): Override {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return corruptOverride('it is not a JSON document', writtenWallMs)
  }
  const read = readFields(value)
  return typeof read === 'string' ? corruptOverride(read, writtenWallMs) : read
}

/** What counts when an order cannot be read. */
export function corruptOverride(why: string, writtenWallMs: number): Override {
  return {
    mode: 'drained',
    by: '',
    reason: 'the override file cannot be understood',
    sinceWallMs: writtenWallMs,
    untilWallMs: null,
    corrupt: why,
  }
}

/** The text that `decodeOverride` reads back, with times in ISO 8601. */
export function encodeOverride(override: Override): string {
  const { mode, by, reason, sinceWallMs, untilWallMs, instances } = override
  const document = {
    format: OVERRIDE_FORMAT,
    mode,
    ...(instances === undefined ? {} : { instances }),
    by,
    reason,
    since: new Date(sinceWallMs).toISOString(),
    until: untilWallMs === null ? null : new Date(untilWallMs).toISOString(),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** @returns the override, or what is wrong with the value */
function readFields(value: unknown): Override | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'it is not a JSON object'
  const { format, mode, by, reason, since, until, instances } = value as Record<string, unknown>
  if (format !== OVERRIDE_FORMAT) return `"format" is not ${OVERRIDE_FORMAT}`
  if (mode !== 'drained' && mode !== 'isolated') return '"mode" is not "drained" or "isolated"'
  if (typeof by !== 'string') return '"by" is not a string'
  if (typeof reason !== 'string') return '"reason" is not a string'
  const sinceWallMs = parseTime(since)
  if (sinceWallMs === null) return '"since" is not a time in ISO 8601'
  const untilWallMs = until === null ? null : parseTime(until)
  if (until !== null && untilWallMs === null)
    return '"until" is neither null nor a time in ISO 8601'
  const override = { mode, by, reason, sinceWallMs, untilWallMs } as const
  if (instances === undefined) return override
  return isNames(instances)
    ? { ...override, instances }
    : '"instances" is no list of names, of which there must be one at least'
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((it) => typeof it === 'string')
}

/** A zone is required: without one the same text would mean another time on another host. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

function parseTime(value: unknown): number | null {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return null
  const ms = Date.parse(value)
  return Number.isFinite(ms) ? ms : null
}
