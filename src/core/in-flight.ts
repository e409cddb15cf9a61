// Queries under way, by id: a ring rather than a map, because every query goes in and out within a moment.

/** Ids count up, and few are open at once, so that nearly every one has a place of its own. To be used through the functions below. */
export interface InFlight<T extends object> {
  size: number
  /** The id at each place; 0 where there is none. */
  readonly ids: number[]
  readonly owners: (T | null)[]
  /** Those whose place was taken by an older one that is still open. */
  readonly crowded: Map<number, T>
}

const PLACES = 256

export function nothingInFlight<T extends object>(): InFlight<T> {
  return {
    size: 0,
    ids: new Array<number>(PLACES).fill(0),
    owners: new Array<T | null>(PLACES).fill(null),
    crowded: new Map(),
  }
}

/** @param id above 0, and not open already */
export function sent<T extends object>(queries: InFlight<T>, id: number, owner: T): void {
  const place = id % PLACES
  queries.size++
  if (queries.ids[place] !== 0) {
    queries.crowded.set(id, owner)
    return
  }
  queries.ids[place] = id
  queries.owners[place] = owner
}

/** Takes a query out and hands back its owner; null when it is not under way. */
export function ended<T extends object>(queries: InFlight<T>, id: number): T | null {
  const place = id % PLACES
  if (queries.ids[place] === id) {
    const owner = queries.owners[place] ?? null
    queries.ids[place] = 0
    queries.owners[place] = null
    queries.size--
    return owner
  }
  const owner = queries.crowded.get(id)
  if (owner === undefined) return null
  queries.crowded.delete(id)
  queries.size--
  return owner
}

/** The owner of each query, as often as it has queries under way. */
export function ownersInFlight<T extends object>(queries: InFlight<T>): T[] {
  const placed = queries.owners.filter((owner) => owner !== null)
  return [...placed, ...queries.crowded.values()]
}

/** The owner of a query that is under way, which stays so; null when it is not. */
export function ownerOf<T extends object>(queries: InFlight<T>, id: number): T | null {
  const place = id % PLACES
  return queries.ids[place] === id
    ? (queries.owners[place] ?? null)
    : (queries.crowded.get(id) ?? null)
}
