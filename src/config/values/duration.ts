// Durations as people write them: "250ms", "1s", "2m", "1h".
import { bad, good, quoted, type Reading } from '../text/complaint.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
type Unit = keyof typeof UNIT_MS

export interface DurationBounds {
  /** Both as durations themselves, for the message. */
  readonly least: string
  readonly most: string
}

/** Milliseconds, or null when the text is not a whole number followed by ms, s, m or h. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12})(ms|s|m|h)$/.exec(text)
  if (match === null) return null
  return Number(match[1]) * UNIT_MS[match[2] as Unit]
}

/** Milliseconds of a duration that the program itself writes. */
export function durationMs(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw new Error(`not a duration: ${text}`)
  return ms
}

/** The shortest exact form: 90000 is "90s", 120000 is "2m". */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  for (const unit of ['h', 'm', 's'] as const) {
    if (durationMs % UNIT_MS[unit] === 0) return `${durationMs / UNIT_MS[unit]}${unit}`
  }
  return `${durationMs}ms`
}

/** Milliseconds from a TOML string, within bounds (inclusive). */
export function readDuration(text: string, bounds: DurationBounds): Reading<number> {
  const durationMs = parseDuration(text)
  if (durationMs === null) {
    return bad('E_DURATION', `${quoted(text)} is not a duration`, durationHint(text))
  }
  const least = parseDuration(bounds.least) ?? 0
  const most = parseDuration(bounds.most) ?? Number.POSITIVE_INFINITY
  if (durationMs < least) {
    return bad('E_RANGE', `${quoted(text)} is too short`, `write "${bounds.least}" or more`)
  }
  if (durationMs > most) {
    return bad('E_RANGE', `${quoted(text)} is too long`, `write "${bounds.most}" or less`)
  }
  return good(durationMs)
}

/** What to write instead, as exactly as the text allows. */
export function durationHint(text: string): string {
  const meant = guessMs(text.trim().toLowerCase())
  if (meant !== null) return `write "${formatDuration(meant)}"`
  return 'write a whole number and ms, s, m or h, such as "250ms"'
}

const LONG_UNITS: readonly (readonly [pattern: RegExp, unitMs: number])[] = [
  [/^(ms|msecs?|millis|milliseconds?)$/, UNIT_MS.ms],
  [/^(s|secs?|seconds?|)$/, UNIT_MS.s],
  [/^(m|mins?|minutes?)$/, UNIT_MS.m],
  [/^(h|hrs?|hours?)$/, UNIT_MS.h],
  [/^(d|days?)$/, 24 * UNIT_MS.h],
  [/^(w|weeks?)$/, 7 * 24 * UNIT_MS.h],
]

/** Fractions ("1.5s"), sums ("1m30s"), spaces, long units and longer ones ("1d"), and bare numbers taken as seconds. */
function guessMs(text: string): number | null {
  if (text.length === 0 || text.length > 32) return null
  let sumMs = 0
  let read = 0
  for (const match of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/g)) {
    const unitMs = LONG_UNITS.find(([pattern]) => pattern.test(match[2] ?? ''))?.[1]
    if (unitMs === undefined || match.index !== read) return null
    sumMs += Number(match[1]) * unitMs
    read += match[0].length
  }
  return read === text.length && Number.isSafeInteger(sumMs) ? sumMs : null
}
