// A history for people (when, how long after the line before, what happened), and as JSON for programs.

import { placeText } from '../../balancer/pool.ts'
import type { Override } from '../../core/override.ts'
import { alike, durationText, isoTime } from '../../documents/text.ts'
import {
  drawLine,
  folded,
  type Line,
  type Signs,
  type Span,
  STANDING_TONE,
  type Tone,
} from '../screen.ts'
import type { Style } from '../style.ts'
import type { Occurrence, Place, StandingOccurrence } from './occurrences.ts'

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
  const words = occurrenceText(occurrence, options.nowMs)
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
  return occurrence.kind === 'standing' ? STANDING_TONE[occurrence.standing] : 'plain'
}

/** Under a second the line before is the cause, more often than not. */
function deltaText(ms: number): string {
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

/** An event that moves more than this is shown by number. */
const MAX_NAMED = 6

/** @param nowMs milliseconds since 1970: what lasts has lasted until then */
export function occurrenceText(occurrence: Occurrence, nowMs: number): string {
  switch (occurrence.kind) {
    case 'started':
      return startedText(occurrence.absentMs, occurrence.wasStopped)
    case 'resumed':
      return occurrence.lostLines > 0
        ? `the record goes on; ${occurrence.lostLines} lines before this are lost`
        : 'the record begins here, in the middle of a daemon’s life'
    case 'stopped':
      return 'the daemon was stopped'
    case 'vanished':
      return 'nothing more was recorded: the daemon ended without a word, or could not write'
    case 'standing':
      return standingText(occurrence, nowMs)
    case 'weight': {
      const { backend, weight, reasons } = occurrence
      const why = reasons.length === 0 ? '' : `: ${alike(reasons).join('; ')}`
      return `${backend} weighs ${weight}, ${placeText(occurrence)}${why}`
    }
    case 'override':
      return occurrence.override === null
        ? 'the order to drain or isolate it was lifted'
        : `ordered: ${orderText(occurrence.override)}`
    case 'order':
      return occurrence.servers === null
        ? `the order of ${occurrence.pool} cannot be read`
        : `order of ${occurrence.pool}: ${occurrence.servers.join(', ')}`
    case 'config':
      return `another configuration is in force; changed: ${occurrence.changed.join(', ')}`
    case 'came':
      return placesText(occurrence.places, 'came to')
    case 'went':
      return placesText(occurrence.places, 'went from')
    case 'duplicate':
      return `${placesText(occurrence.places, 'on')}: a duplicate (dadfailed), cannot be used`
    case 'holding':
      return `${occurrence.holding ? 'holding' : 'no longer holding'} ${occurrence.instances.join(', ')}`
    default:
      return occurrence satisfies never
  }
}

/** Since when stands beside it. */
function orderText(override: Override): string {
  if (override.corrupt !== undefined)
    return `drained, because the override file cannot be read: ${override.corrupt}`
  const { mode, by, instances, sinceWallMs, untilWallMs, reason } = override
  const where = instances === undefined ? '' : ` in ${instances.join(', ')}`
  const lasting = untilWallMs === null ? '' : ` for ${durationText(untilWallMs - sinceWallMs)}`
  return `${mode}${where} by ${by}${lasting}${reason === '' ? '' : `: ${reason}`}`
}

function startedText(absentMs: number | null, wasStopped: boolean): string {
  if (absentMs === null) return 'the daemon started'
  const absent = durationText(Math.max(0, absentMs))
  return wasStopped
    ? `the daemon started; it had not been running for ${absent}`
    : `the daemon started; it had not been running for ${absent} at most`
}

function standingText({ standing, reasons, lastedMs, wallMs }: StandingOccurrence, nowMs: number) {
  const lasted =
    lastedMs === null
      ? `, for ${durationText(Math.max(0, nowMs - wallMs))} so far`
      : ` for ${durationText(lastedMs)}`
  const why = reasons.length === 0 ? '' : `: ${alike(reasons).join('; ')}`
  return `${standing}${lasted}${why}`
}

/** By interface: "192.0.2.53, 2001:db8::53 came to eth0". */
function placesText(places: readonly Place[], verb: string): string {
  const names = new Set(places.map((place) => place.interface))
  return [...names]
    .map((name) => {
      const there = places.filter((place) => place.interface === name)
      const named = there.slice(0, MAX_NAMED).map(({ address }) => address)
      const more = there.length - named.length
      return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${verb} ${name}`
    })
    .join('; ')
}
