// Queries under way, by id: a ring rather than a map, because every query goes in and out within a moment.
import type { Inquiry } from './state.ts'

/** Ids count up, and few are open at once, so that nearly every one has a place of its own. */
export interface InFlight {
  readonly size: number
}

interface Ring extends InFlight {
  size: number
  /** The id at each place; 0 where there is none. */
  readonly ids: number[]
  readonly inquiries: (Inquiry | null)[]
  /** Those whose place was taken by an older one that is still open. */
  readonly crowded: Map<number, Inquiry>
}

const PLACES = 256

export function nothingInFlight(): InFlight {
  const ring: Ring = {
    size: 0,
    ids: new Array<number>(PLACES).fill(0),
    inquiries: new Array<Inquiry | null>(PLACES).fill(null),
    crowded: new Map(),
  }
  return ring
}

/** @param id above 0, and not open already */
export function sent(queries: InFlight, id: number, inquiry: Inquiry): void {
  const ring = queries as Ring
  const place = id % PLACES
  ring.size++
  if (ring.ids[place] !== 0) {
    ring.crowded.set(id, inquiry)
    return
  }
  ring.ids[place] = id
  ring.inquiries[place] = inquiry
}

/** Takes a query out; null when it is not under way. */
export function ended(queries: InFlight, id: number): Inquiry | null {
  const ring = queries as Ring
  const place = id % PLACES
  if (ring.ids[place] === id) {
    const inquiry = ring.inquiries[place] ?? null
    ring.ids[place] = 0
    ring.inquiries[place] = null
    ring.size--
    return inquiry
  }
  const inquiry = ring.crowded.get(id)
  if (inquiry === undefined) return null
  ring.crowded.delete(id)
  ring.size--
  return inquiry
}

export function inquiriesInFlight(queries: InFlight): Inquiry[] {
  const ring = queries as Ring
  const placed = ring.inquiries.filter((inquiry) => inquiry !== null)
  return [...placed, ...ring.crowded.values()]
}
