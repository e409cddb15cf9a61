// Which names mean the same server: a host name has no case, and its first label stands for all of it.
import type { Config } from '../config.ts'

/** Whether both mean the same server; two full names do only if they are equal. */
export function isSameServer(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  return a === b || (labelOf(a) === labelOf(b) && (isShort(a) || isShort(b)))
}

/** The one of `known` that a name means, as it is spelled there; the name itself if that is none, or several. */
export function spelledAs(name: string, known: readonly string[]): string {
  const meant = serversMeant(name, known)
  return meant.length === 1 ? (meant[0] ?? name) : name
}

/** All of `known` that a name may mean; several full names share their first label at times. */
export function serversMeant(name: string, known: readonly string[]): readonly string[] {
  const lower = name.toLowerCase()
  const exact = known.find((other) => other.toLowerCase() === lower)
  return exact === undefined ? known.filter((other) => isSameServer(name, other)) : [exact]
}

/** The servers that a configuration knows, this one among them. */
export function serverNames({ server, servers }: Pick<Config, 'server' | 'servers'>): string[] {
  return [...new Set([server.name, ...servers.map(({ name }) => name)])]
}

/** Takes names one by one; each call tells where the same server was named before, or null. */
export function createServerNames<Place>(): (name: string, place: Place) => Place | null {
  const places = new Map<string, Place>()
  return (name, place) => {
    const key = name.toLowerCase()
    const label = labelOf(key)
    // No name ends like the second kind of key: full names by their first label.
    const before = places.get(key) ?? places.get(isShort(key) ? `${key}/` : label)
    if (before !== undefined) return before
    places.set(key, place)
    if (!isShort(key)) places.set(`${label}/`, place)
    return null
  }
}

function labelOf(name: string): string {
  return name.split('.', 1)[0] ?? ''
}

function isShort(name: string): boolean {
  return !name.includes('.')
}
