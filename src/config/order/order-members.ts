// An order file against the servers that there are: names that nobody has, and servers it forgot.

import { type PlacedComplaint, quoted } from '../text/complaint.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { type Blame, diagnose, makeSource, type Span } from '../text/source.ts'
import { suggest } from '../text/suggest.ts'
import { isSameServer, serversMeant } from '../values/server-name.ts'

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
  const blames: Blame[] = []
  for (const { word, span, isOut } of words(source.text)) {
    const meant = serversMeant(word, servers)
    if (isOut || meant.length === 1) continue
    if (among !== null && !meant.includes(among)) continue
    const nearest = suggest(word, servers)
    const advice =
      nearest === null
        ? `add [servers.${word}] to the configuration, or remove the line`
        : `did you mean "${nearest}"?`
    const isVague = meant.length > 1
    const hint = isVague ? `write the full name: ${meant.join(' or ')}` : advice
    const said = isVague
      ? `${quoted(word)} may be any of ${meant.length} servers`
      : `there is no server ${quoted(word)}`
    blames.push({ span, complaint: { code: 'E_UNKNOWN_SERVER', text: said, hint } })
  }
  return diagnose(source, blames)
}

/** Servers that an order neither lists nor has commented out, each at its table in the config. */
export function forgottenServers(
  text: string,
  file: string,
  pool: string,
  servers: readonly string[],
): readonly PlacedComplaint[] {
  const named = words(makeSource(file, text).text)
  return servers
    .filter((server) => !named.some(({ word }) => isSameServer(word, server)))
    .map((server) => ({
      code: 'E_UNLISTED_SERVER',
      path: ['servers', server],
      at: 'key',
      text: `the order of pool ${quoted(pool)} does not name this server: ${file}`,
      hint: `add the line "${server}" there, or "#${server}" to keep it out of service`,
    }))
}

interface Word {
  readonly word: string
  readonly span: Span
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
