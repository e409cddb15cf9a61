// A time in the past as people write it: so long ago, or a time of the calendar.
import { durationHint, parseDuration } from '../config/values/duration.ts'
import type { Result } from '../ports.ts'

const CALENDAR =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/**
 * "1h" is an hour ago; "2026-11-21", "2026-11-21 14:00" and "2026-11-21T14:00:05" are local times,
 * unless they end in Z or an offset such as +01:00.
 *
 * @returns milliseconds since 1970
 */
export function readSince(text: string, nowMs: number): Result<number> {
  const agoMs = parseDuration(text)
  if (agoMs !== null) return { ok: true, value: nowMs - agoMs }
  const match = CALENDAR.exec(text)
  if (match === null) return wrong(text)
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = ''] = match
  const clock = `${hour}:${minute}:${second}${zone.replace(/(\d\d):?(\d\d)$/, '$1:$2')}`
  const atMs = Date.parse(`${year}-${month}-${day}T${clock}`)
  // The 31st of a month that has none would be taken for the first of the next.
  const isDay = new Date(`${year}-${month}-${day}T00:00Z`).getUTCDate() === Number(day)
  return Number.isFinite(atMs) && isDay ? { ok: true, value: atMs } : wrong(text)
}

function wrong(text: string): Result<number> {
  const hint = durationHint(text)
  // A bare number may be anything.
  if (/[a-z]/i.test(text) && hint.startsWith('write "'))
    return { ok: false, error: `invalid time "${text}": ${hint}` }
  const remedy = 'write a duration such as "1h", or a date and time such as "2026-11-21 14:00"'
  return { ok: false, error: `invalid time "${text}": ${remedy}` }
}
