// What happened, in a sentence each.
import { placeText } from '../../balancer/pool.ts'
import type { Override } from '../../core/override.ts'
import { alike, durationText } from '../../documents/text.ts'
import type { Occurrence, Place, StandingOccurrence } from './occurrences.ts'

/** An event that moves more than this is told by number. */
const MAX_NAMED = 6

/** @param nowMs milliseconds since 1970: what lasts has lasted until then */
export function toldOccurrence(occurrence: Occurrence, nowMs: number): string {
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

/** Since when is told beside it. */
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
