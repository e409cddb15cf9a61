// The order of a cluster: one server a line, best first; `#` takes one out or begins a remark. And whether it names all there are.
import { type Complaint, type PlacedComplaint, quoted } from './text/complaint.ts'
import type { Diagnostic, Parsed } from './text/diagnostic.ts'
import {
  type ConfigSource,
  diagnose,
  diagnosticAt,
  type LocatedComplaint,
  lineSpan,
  makeSource,
  refuseText,
  type TextRange,
} from './text/source-text.ts'
import { didYouMean } from './text/suggest.ts'
import {
  createServerNames,
  isSameServer,
  readName,
  serversMeant,
  spelledAs,
} from './values/name.ts'

export const MAX_ORDER_BYTES = 64 * 1024
/** Ranks of more servers than this would all round to the same priority. */
export const MAX_ORDER_LINES = 1000

/**
 * Parses an order file to server names by preference.
 *
 * An order without any server is an error, so that a truncated file never replaces a good one.
 *
 * @param known the servers that there are: one of them is called as it is there, however the order
 *   spells it
 */
export function parseOrder(
  text: string,
  file: string,
  known: readonly string[] = [],
): Parsed<readonly string[]> {
  const source = makeSource(file, text)
  const refusal = refuseText(source, MAX_ORDER_BYTES)
  if (refusal !== null) return { ok: false, diagnostics: [refusal] }
  const lineAfterLast = source.lineStarts[MAX_ORDER_LINES]
  if (lineAfterLast !== undefined && lineAfterLast < source.text.length) return refuseLength(source)
  const located: LocatedComplaint[] = []
  const servers: string[] = []
  const namedBefore = createServerNames<number>()
  let wordCount = 0
  for (let lineIndex = 0; lineIndex < source.lineStarts.length; lineIndex++) {
    const word = wordOf(source, lineIndex)
    if (word === null) continue
    wordCount++
    const complaint = complaintAbout(word.text, (name) => namedBefore(name, lineIndex + 1))
    if (complaint !== null) located.push({ span: word.span, complaint })
    else servers.push(spelledAs(word.text, known))
  }
  if (wordCount === 0) located.push({ span: { start: 0, end: 0 }, complaint: EMPTY })
  if (located.length > 0) return { ok: false, diagnostics: diagnose(source, located) }
  return { ok: true, value: servers }
}

const EMPTY: Complaint = {
  code: 'E_EMPTY_ORDER',
  text: 'the order lists no server',
  hint: 'write one server a line, best first; an order with all servers commented out is not applied',
}

function refuseLength(source: ConfigSource): Parsed<never> {
  const span = lineSpan(source, MAX_ORDER_LINES)
  const complaint: Complaint = {
    code: 'E_TOO_LARGE',
    text: `the order has more than ${MAX_ORDER_LINES} lines`,
    hint: 'this is probably not the file you meant',
  }
  return { ok: false, diagnostics: [diagnosticAt(source, { span, complaint })] }
}

/** What a line says without its remark and surrounding blanks; null when that is nothing. */
function wordOf(source: ConfigSource, lineIndex: number): { text: string; span: TextRange } | null {
  const line = lineSpan(source, lineIndex)
  const [said = ''] = source.text.slice(line.start, line.end).split('#', 1)
  const text = said.trim()
  if (text === '') return null
  const start = line.start + said.indexOf(text)
  return { text, span: { start, end: start + text.length } }
}

/** @param firstLine where the same server stands already, or null */
function complaintAbout(
  text: string,
  firstLine: (name: string) => number | null,
): Complaint | null {
  if (/\s/.test(text)) {
    const hint = 'write one server a line; remarks begin with "#"'
    return { code: 'E_NAME', text: 'more than one word is on this line', hint }
  }
  const name = readName(text)
  if (!name.ok) return name.complaint
  const first = firstLine(text)
  if (first === null) return null
  return {
    code: 'E_DUPLICATE_SERVER',
    text: `the server "${text}" is listed twice: it is on line ${first} already`,
    hint: 'remove one of the two, or comment it out with "#"',
  }
}

/**
 * Names in a valid order that are no server's, each at its place in the order file.
 *
 * @param file the order file as messages name it
 * @param among of names that may be several servers', those alone that may be this one's
 */
export function unknownServers(
  text: string,
  file: string,
  servers: readonly string[],
  among: string | null = null,
): readonly Diagnostic[] {
  const source = makeSource(file, text)
  const located: LocatedComplaint[] = []
  for (const { word, span, isOut } of words(source.text)) {
    const meant = serversMeant(word, servers)
    if (isOut || meant.length === 1) continue
    if (among !== null && !meant.includes(among)) continue
    const isVague = meant.length > 1
    const otherwise = `add [servers.${word}] to the configuration, or remove the line`
    const hint = isVague
      ? `write the full name: ${meant.join(' or ')}`
      : didYouMean(word, servers, otherwise)
    const said = isVague
      ? `${quoted(word)} may be any of ${meant.length} servers`
      : `there is no server ${quoted(word)}`
    located.push({ span, complaint: { code: 'E_UNKNOWN_SERVER', text: said, hint } })
  }
  return diagnose(source, located)
}

/** Servers that an order neither lists nor has commented out, each at its table in the config. */
export function forgottenServers(
  text: string,
  file: string,
  cluster: string,
  servers: readonly string[],
): readonly PlacedComplaint[] {
  const named = words(makeSource(file, text).text)
  return servers
    .filter((server) => !named.some(({ word }) => isSameServer(word, server)))
    .map((server) => ({
      code: 'E_UNLISTED_SERVER',
      path: ['servers', server],
      at: 'key',
      text: `the order of cluster ${quoted(cluster)} does not name this server: ${file}`,
      hint: `add the line "${server}" there, or "#${server}" to keep it out of service`,
    }))
}

interface Word {
  readonly word: string
  readonly span: TextRange
  /** It stands behind a `#`: the server is known but out of service. */
  readonly isOut: boolean
}

/** The first word of each line, commented out or not. */
function words(text: string): Word[] {
  return [...text.matchAll(/^([ \t]*(#?)[# \t]*)([^\s#]+)/gm)].map((match) => {
    const [, before = '', hash = '', word = ''] = match
    const start = match.index + before.length
    return { word, span: { start, end: start + word.length }, isOut: hash === '#' }
  })
}
