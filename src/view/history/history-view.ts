// A history for people (when, how long after the line before, what happened), and as JSON for programs.
import { durationText, isoTime } from '../../documents/text.ts'
import { drawLine, type Line, type Span, type Tone } from '../screen/line.ts'
import type { Signs } from '../screen/signs.ts'
import { folded } from '../screen/width.ts'
import { STANDING_TONE } from '../standing-tone.ts'
import type { Style } from '../style.ts'
import { toldOccurrence } from './occurrence-text.ts'
import type { Occurrence } from './occurrences.ts'

export interface HistoryViewOptions {
  readonly style: Style
  readonly signs: Signs
  /** The width to fold at; null for a line each, as programs want it. */
  readonly columns: number | null
  /** Milliseconds since 1970 of now, and of the beginning of what is asked for, if there is one. */
  readonly nowMs: number
  readonly sinceMs: number | null
  /** Minutes that the local time zone was ahead of UTC at a time. */
  readonly zoneMinutes: (wallMs: number) => number
}

/** "2026-11-21T14:02:05+01:00" */
const TIME_WIDTH = 25
const DELTA_WIDTH = 10
const TEXT_AT = TIME_WIDTH + DELTA_WIDTH + 2
/** Beside the times there must be room for words, or they come below. */
const MIN_BESIDE = 24

/** Lines without a final newline. */
export function historyView(
  occurrences: readonly Occurrence[],
  options: HistoryViewOptions,
): string {
  const first = options.sinceMs === null ? 0 : firstSince(occurrences, options.sinceMs)
  const lines = [
    ...beforeLines(occurrences.slice(0, first), options),
    ...occurrences.slice(first).flatMap((occurrence, index) => {
      // What comes first is not measured against what is not shown.
      const previous = index === 0 ? null : (occurrences[first + index - 1]?.wallMs ?? null)
      return occurrenceLines(occurrence, previous, options)
    }),
  ]
  const canvas = { ...options, columns: options.columns ?? Number.POSITIVE_INFINITY }
  return lines.map((line) => drawLine(line, canvas)).join('\n')
}

/** The index of the first occurrence at or after a time. */
function firstSince(occurrences: readonly Occurrence[], sinceMs: number): number {
  const found = occurrences.findIndex((occurrence) => occurrence.wallMs >= sinceMs)
  return found < 0 ? occurrences.length : found
}

/** What held when the part that is asked for begins. */
function heldBefore(earlier: readonly Occurrence[]): Occurrence | null {
  return earlier.findLast((occurrence) => STATES.has(occurrence.kind)) ?? null
}

const STATES: ReadonlySet<Occurrence['kind']> = new Set(['standing', 'stopped', 'vanished'])

function beforeLines(earlier: readonly Occurrence[], options: HistoryViewOptions): Line[] {
  const last = heldBefore(earlier)
  if (last === null) return []
  const words = last.kind === 'standing' ? last.standing : 'the daemon did not run'
  const since = localTime(last.wallMs, options.zoneMinutes)
  return foldedLine([[`before that, since ${since}: `, 'faint']], words, toneOf(last), '', options)
}

function occurrenceLines(
  occurrence: Occurrence,
  previousMs: number | null,
  options: HistoryViewOptions,
): Line[] {
  const time = localTime(occurrence.wallMs, options.zoneMinutes)
  const delta = previousMs === null ? '' : deltaText(occurrence.wallMs - previousMs)
  const words = toldOccurrence(occurrence, options.nowMs)
  const head: Line = [[time], [` ${delta.padStart(DELTA_WIDTH)} `, 'faint']]
  const { columns } = options
  if (columns !== null && columns - TEXT_AT < MIN_BESIDE)
    return [head, ...foldedLine([['  ']], words, toneOf(occurrence), '  ', options)]
  return foldedLine(head, words, toneOf(occurrence), ' '.repeat(TEXT_AT), options)
}

/** Only the first word of a standing is painted: it is what the eye looks for. */
function foldedLine(
  head: Line,
  text: string,
  tone: Tone,
  hang: string,
  { columns, signs }: HistoryViewOptions,
): Line[] {
  const clean = signs.clean(text)
  const before = head.map(([part]) => part).join('')
  const [first = '', ...more] =
    columns === null ? [before + clean] : folded(clean, columns, before, hang)
  const words = first.slice(before.length)
  const end = tone === 'plain' ? 0 : words.search(/[ ,:]|$/)
  const painted: Span[] = [[words.slice(0, end), tone], [words.slice(end)]]
  return [[...head, ...painted], ...more.map((line): Line => [[line]])]
}

function toneOf(occurrence: Occurrence): Tone {
  if (occurrence.kind === 'standing') return STANDING_TONE[occurrence.standing]
  return 'plain'
}

/** Under a second the line before is the cause, more often than not. */
function deltaText(ms: number): string {
  if (ms < 0) return ''
  return ms < 1 ? '' : `+${durationText(ms)}`
}

/** ISO 8601 in the local time zone, to the second. */
export function localTime(wallMs: number, zoneMinutes: (wallMs: number) => number): string {
  const minutes = Math.round(zoneMinutes(wallMs))
  const shifted = new Date(wallMs + minutes * 60_000)
  if (Number.isNaN(shifted.getTime())) return 'at an unknown time'
  const ahead = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`
  return `${shifted.toISOString().slice(0, 19)}${zone}`
}

const HISTORY_DOCUMENT_FORMAT = 1

/** What `holdfast history --json` prints. */
export function historyDocument(
  occurrences: readonly Occurrence[],
  { server, sinceMs, skipped }: { server: string | null; sinceMs: number | null; skipped: number },
): object {
  const first = sinceMs === null ? 0 : firstSince(occurrences, sinceMs)
  const before = heldBefore(occurrences.slice(0, first))
  return {
    format: HISTORY_DOCUMENT_FORMAT,
    server,
    since: sinceMs === null ? null : isoTime(sinceMs),
    /** What held when it begins. */
    before: before === null ? null : entryOf(before),
    entries: occurrences.slice(first).map(entryOf),
    /** Lines of the record that could not be read. */
    skipped,
  }
}

/** Names in the manner of the other documents: `lasted_ms`, not `lastedMs`. */
function entryOf({ wallMs, ...rest }: Occurrence): object {
  const fields = Object.entries(rest).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  const roundMs = Math.round(wallMs)
  return { at: isoTime(roundMs), wall_ms: roundMs, ...Object.fromEntries(fields) }
}
