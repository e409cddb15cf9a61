// A history for people (when, what, how long and why, and what it comes to), and as JSON for programs.

import { isoTime } from '../../documents/text.ts'
import { cell, drawLine, folded, type Line, type Signs, type Span, STATE_TONE } from '../screen.ts'
import type { Style } from '../style.ts'
import { type Entry, entriesOf } from './history-text.ts'
import type { Occurrence } from './occurrences.ts'
import { summaryText } from './summary.ts'

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

/** "2026-11-21T14:02:05+01:00", and on a terminal "14:02:05" below a line with the day. */
const TIME_WIDTH = 25
const CLOCK_WIDTH = 8
const LABEL_WIDTH = 11
const LASTED_WIDTH = 9
/** Beside the times there must be room for words, or they come below. */
const MIN_BESIDE = 24

/** Lines without a final newline. */
export function historyView(
  occurrences: readonly Occurrence[],
  options: HistoryViewOptions,
): string {
  const { sinceMs, nowMs } = options
  const first = sinceMs === null ? 0 : firstSince(occurrences, sinceMs)
  const entries = entriesOf(occurrences.slice(first), nowMs)
  const lines = [
    ...beforeLines(occurrences.slice(0, first), options),
    ...entries.flatMap((entry, at) => [
      ...dayLine(entry, entries[at - 1], options),
      ...entryLines(entry, options),
    ]),
    ...closingLines(occurrences, options),
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

const STATES: ReadonlySet<Occurrence['kind']> = new Set(['state', 'stopped', 'silent'])

function beforeLines(earlier: readonly Occurrence[], options: HistoryViewOptions): Line[] {
  const last = heldBefore(earlier)
  if (last === null) return []
  const words = last.kind === 'state' ? last.state : 'daemon not running'
  const since = localTime(last.wallMs, options.zoneMinutes)
  const tone = last.kind === 'state' ? STATE_TONE[last.state] : 'plain'
  return [
    [
      [`before, since ${since}: `, 'faint'],
      [words, tone],
    ],
  ]
}

/** On a terminal a line for each day, so that the times need not name it. */
function dayLine(entry: Entry, before: Entry | undefined, options: HistoryViewOptions): Line[] {
  if (options.columns === null) return []
  const dayOf = ({ wallMs }: Entry) => localTime(wallMs, options.zoneMinutes).slice(0, 10)
  const zone = localTime(entry.wallMs, options.zoneMinutes).slice(19)
  if (before !== undefined && dayOf(before) === dayOf(entry)) return []
  return [
    [
      [dayOf(entry), 'strong'],
      [` (${zone})`, 'faint'],
    ],
  ]
}

function entryLines(entry: Entry, options: HistoryViewOptions): Line[] {
  const { columns, signs } = options
  const time = localTime(entry.wallMs, options.zoneMinutes)
  const lasted = entry.lasted === null ? '' : `${entry.lasted} `.padEnd(LASTED_WIDTH)
  const words = signs.clean(`${lasted}${entry.text}`.trimEnd())
  const label: Span = [entry.label, entry.tone]
  if (columns === null) return [[[time.padEnd(TIME_WIDTH + 2)], padded(label), [words]]]
  const head: Line = [[time.slice(11, 19).padEnd(CLOCK_WIDTH + 2)], padded(label)]
  const at = CLOCK_WIDTH + 2 + LABEL_WIDTH
  if (columns - at < MIN_BESIDE)
    return [head, ...folded(words, columns, '  ').map((line): Line => [[line]])]
  const hang = ' '.repeat(at + lasted.length)
  const [first = '', ...more] = folded(words, columns, ' '.repeat(at), hang)
  return [[...head, [first.slice(at)]], ...more.map((line): Line => [[line]])]
}

function padded([text, tone]: Span): Span {
  return cell(text, LABEL_WIDTH, tone)
}

/** What is asked for when somebody asks how the night was. */
function closingLines(
  occurrences: readonly Occurrence[],
  { sinceMs, nowMs, columns, zoneMinutes, signs }: HistoryViewOptions,
): Line[] {
  const fromMs = sinceMs ?? occurrences[0]?.wallMs
  if (fromMs === undefined) return []
  const summary = summaryText(occurrences, fromMs, nowMs)
  const text = signs.clean(`-- ${summary}, since ${localTime(fromMs, zoneMinutes)}`)
  const lines = columns === null ? [text] : folded(text, columns, '', '   ')
  return lines.map((line): Line => [[line, 'faint']])
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
    before: before === null ? null : jsonEntryOf(before),
    entries: occurrences.slice(first).map(jsonEntryOf),
    /** Lines of the record that could not be read. */
    skipped,
  }
}

/** Names in the manner of the other documents: `lasted_ms`, not `lastedMs`. */
function jsonEntryOf({ wallMs, ...rest }: Occurrence): object {
  const fields = Object.entries(rest).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  const roundMs = Math.round(wallMs)
  return { at: isoTime(roundMs), wall_ms: roundMs, ...Object.fromEntries(fields) }
}
