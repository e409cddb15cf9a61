// Names: what one may be, which names mean the same server, and names with `*`.
import { bad, good, quoted, type Reading } from '../text/complaint.ts'

const MAX_NAME_LENGTH = 64
const RULE = 'use letters, digits, ".", "-" and "_"'

/**
 * A name of letters, digits, `.`, `-` and `_` that does not begin with a dot: names of
 * servers, clusters, instances and groups become file names, and words in log lines.
 */
export function readName(text: string): Reading<string> {
  if (text === '') return bad('E_NAME', 'a name is empty', RULE)
  if (text.length > MAX_NAME_LENGTH) {
    const complaint = `the name ${quoted(text)} is longer than ${MAX_NAME_LENGTH} characters`
    return bad('E_NAME', complaint, 'choose a shorter one')
  }
  if (text.startsWith('.')) {
    return bad('E_NAME', `the name ${quoted(text)} begins with a dot`, suggestName(text))
  }
  if (!/^[A-Za-z0-9._-]+$/.test(text)) {
    const hint = suggestName(text)
    return bad(
      'E_NAME',
      `the name ${quoted(text)} has characters that a file name should not`,
      hint,
    )
  }
  return good(text)
}

function suggestName(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|-+$/g, '')
  return safe === '' ? RULE : `${RULE}: "${safe}"`
}

/**
 * Whether both mean the same server: a host name has no case, and its first label stands for all of
 * it. Two full names do only if they are equal.
 */
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
export function serverNames({
  server,
  servers,
}: {
  readonly server: { readonly name: string }
  readonly servers: readonly { readonly name: string }[]
}): string[] {
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

/** Whether `name` matches `pattern`, in which `*` stands for any run of characters. Linear in both. */
export function matchesGlob(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === head
  const tail = rest.pop() ?? ''
  if (!name.startsWith(head)) return false
  let at = head.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - tail.length >= at && name.endsWith(tail)
}
