// What happened as entries of a history: a label that the eye finds, and the words beside it.

import { placeText } from '../../balancer/pool.ts'
import { alike, drainText, shortDuration } from '../../documents/text.ts'
import { STATE_TONE, type Tone } from '../screen.ts'
import type { AddressPlace, Occurrence, StateOccurrence } from './occurrences.ts'

export interface Entry {
  readonly wallMs: number
  readonly label: string
  readonly tone: Tone
  /** How long a state lasted, or has lasted so far; null for what takes no time. */
  readonly lasted: string | null
  readonly text: string
}

/** What belongs to one step of the daemon is recorded at one time. */
const SAME_MS = 5

/**
 * Entries in the order in which it happened. A drain is told with the state that it brings, and what
 * is held with the addresses that make it so.
 *
 * @param nowMs milliseconds since 1970: what lasts has lasted until then
 */
export function entriesOf(occurrences: readonly Occurrence[], nowMs: number): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < occurrences.length; at++) {
    const occurrence = occurrences[at] as Occurrence
    const next = occurrences[at + 1]
    const isOneStep = next !== undefined && next.wallMs - occurrence.wallMs < SAME_MS
    const merged = isOneStep ? mergedEntry(occurrence, next, nowMs) : null
    entries.push(merged ?? entryOf(occurrence, nowMs))
    if (merged !== null) at++
  }
  return entries
}

function mergedEntry(first: Occurrence, second: Occurrence, nowMs: number): Entry | null {
  if (first.kind === 'override' && second.kind === 'state') {
    const { text } = entryOf(first, nowMs)
    const entry = entryOf(second, nowMs)
    const drain = first.override === null ? 'drain ended' : text
    return { ...entry, text: entry.text === '' ? drain : `${drain}; ${entry.text}` }
  }
  if (second.kind !== 'holding') return null
  if (first.kind !== (second.holding ? 'came' : 'went')) return null
  const entry = entryOf(first, nowMs)
  return { ...entry, text: `${entry.text}: ${holderText(second.instances, second.holding)}` }
}

/** An entry in one line, without how long it lasted: "failed udp/192.0.2.53 …". */
export function eventText(occurrence: Occurrence): string {
  const { label, text } = entryOf(occurrence, occurrence.wallMs)
  return text === '' ? label : `${label} ${text}`
}

export function entryOf(occurrence: Occurrence, nowMs: number): Entry {
  if (occurrence.kind === 'state') return stateEntry(occurrence, nowMs)
  const [label, text] = partsOf(occurrence)
  return { wallMs: occurrence.wallMs, label, tone: 'plain', lasted: null, text }
}

function stateEntry(occurrence: StateOccurrence, nowMs: number): Entry {
  const { state, reasons, lastedMs, wallMs } = occurrence
  const isBad = STATE_TONE[state] === 'bad'
  const lasted = shortDuration(lastedMs ?? Math.max(0, nowMs - wallMs))
  return {
    wallMs,
    label: isBad ? state.toUpperCase() : state,
    tone: STATE_TONE[state],
    lasted: lastedMs === null ? `${lasted} so far` : lasted,
    text: alike(reasons).join('; '),
  }
}

function partsOf(
  occurrence: Exclude<Occurrence, StateOccurrence>,
): readonly [label: string, text: string] {
  switch (occurrence.kind) {
    case 'started':
      return ['start', startedText(occurrence.absentMs, occurrence.wasStopped)]
    case 'resumed':
      return occurrence.lostLines > 0
        ? ['gap', `${occurrence.lostLines} records before this are lost`]
        : ['gap', 'history starts here (older records rotated)']
    case 'stopped':
      return ['stop', 'daemon stopped']
    case 'silent':
      return ['stop', 'daemon died or could not write (no further records)']
    case 'weight': {
      const { backend, weight, reasons } = occurrence
      const why = reasons.length === 0 ? '' : `: ${alike(reasons).join('; ')}`
      return ['weight', `${backend} ${weight} (${placeText(occurrence)})${why}`]
    }
    case 'override':
      if (occurrence.override === null) return ['drain', 'ended']
      return [
        occurrence.override.mode === 'isolated' ? 'isolate' : 'drain',
        drainText(occurrence.override),
      ]
    case 'order':
      return occurrence.servers === null
        ? ['order', `${occurrence.cluster}: order file cannot be read`]
        : ['order', `${occurrence.cluster}: ${occurrence.servers.join(', ')}`]
    case 'config':
      return ['config', `configuration reloaded; changed: ${occurrence.changed.join(', ')}`]
    case 'came':
      return ['+ address', placesText(occurrence.places)]
    case 'went':
      return ['- address', placesText(occurrence.places)]
    case 'duplicate':
      return ['! address', `${placesText(occurrence.places)}: duplicate (dadfailed), unusable`]
    case 'holding':
      return [
        'holder',
        `${occurrence.holding ? 'now' : 'no longer'} of ${occurrence.instances.join(', ')}`,
      ]
    default:
      return occurrence satisfies never
  }
}

function startedText(absentMs: number | null, wasStopped: boolean): string {
  if (absentMs === null) return 'daemon started'
  const absent = shortDuration(Math.max(0, absentMs))
  return `daemon started after ${wasStopped ? '' : 'up to '}${absent} of downtime`
}

function holderText(instances: readonly string[], holding: boolean): string {
  return `${holding ? 'holder' : 'no longer holder'} of ${instances.join(', ')}`
}

/** What moves more than this is shown by number. */
const MAX_NAMED = 6

/** By interface: "192.0.2.53 2001:db8::53 on eth0". */
function placesText(places: readonly AddressPlace[]): string {
  const names = new Set(places.map((place) => place.interface))
  return [...names]
    .map((name) => {
      const there = places.filter((place) => place.interface === name)
      const named = there.slice(0, MAX_NAMED).map(({ address }) => address)
      const more = there.length - named.length
      return `${named.join(' ')}${more > 0 ? ` and ${more} more` : ''} on ${name}`
    })
    .join('; ')
}
