// holdfast.toml: from text to a typed config, or every error in it at its place.
import { checkQuestions } from './balancer-source-rules.ts'
import { buildConfig } from './build.ts'
import type { Config } from './config.ts'
import { ABSENCE_CODES, checkRelations } from './relations.ts'
import { checkNeeds } from './render-rules.ts'
import { type ConfigDocument, documentSchema, type PartialDocument } from './schema.ts'
import { RESERVED_KEYS } from './schema-parts.ts'
import { type LineOf, type PlacedComplaint, quoted } from './text/complaint.ts'
import type { Diagnostic, Parsed } from './text/diagnostic.ts'
import type { KeyIndex, KeyNode } from './text/locate.ts'
import {
  type ConfigSource,
  diagnose,
  type LocatedComplaint,
  lineIndexAt,
  makeSource,
} from './text/source-text.ts'
import { locateComplaint, readDocument, spanOf } from './text/toml-document.ts'
import { readName, serversMeant, spelledAs } from './values/name.ts'
import { buildVrrp, type VrrpConfig } from './vrrp-config.ts'

export interface ParseContext {
  /** The file as the operator named it, for messages. */
  readonly file: string
  /** The host's name, whose first label is the server's name unless the file says otherwise. */
  readonly hostname: string
}

/** Configs are a few kilobytes; anything near this is not one. */
export const MAX_CONFIG_BYTES = 1024 * 1024

/**
 * Parses a config file.
 *
 * Never throws: errors are diagnostics, all of a file at once, ordered by position. Where the TOML
 * itself is broken, errors that the unreadable lines might be the cause of are kept back.
 */
export function parseConfig(text: string, context: ParseContext): Parsed<Config> {
  const judged = judge(text, context, () => [])
  if (!judged.ok) return judged
  return { ok: true, value: buildConfig(judged.value.document, judged.value.serverName) }
}

export interface Renderable {
  readonly config: Config
  readonly vrrp: VrrpConfig
  /** Diagnostics for what comes up only when other files have been read, at their places in this one. */
  place(complaints: readonly PlacedComplaint[]): readonly Diagnostic[]
}

/** As `parseConfig`, for render-config: keys that the daemon does without must be there too. */
export function parseRenderable(text: string, context: ParseContext): Parsed<Renderable> {
  const judged = judge(text, context, checkNeeds)
  if (!judged.ok) return judged
  const { document, serverName, place } = judged.value
  const config = buildConfig(document, serverName)
  return { ok: true, value: { config, vrrp: buildVrrp(document), place } }
}

interface Judged extends Pick<Renderable, 'place'> {
  readonly document: ConfigDocument
  readonly serverName: string
}

type FurtherRules = (document: PartialDocument, serverName: string) => readonly PlacedComplaint[]

function judge(text: string, context: ParseContext, further: FurtherRules): Parsed<Judged> {
  const source = makeSource(context.file, text)
  const read = readDocument(source, documentSchema, MAX_CONFIG_BYTES)
  if (!read.ok) return read
  const { index, syntaxErrors, shapeErrors, document, shaped } = read.value
  const serverName = ownName(document, context.hostname)
  const complaints = [
    ...shapeErrors,
    ...checkServerName(document, serverName),
    ...checkRelations(document, lineFinder(source, index)),
    ...checkQuestions(document, serverName),
    ...further(document, serverName),
  ]
  const wasReadWhole = syntaxErrors.length === 0
  const locate = (complaint: PlacedComplaint) => locateComplaint(index, complaint)
  const located = complaints
    .filter((complaint) => wasReadWhole || !ABSENCE_CODES.has(complaint.code))
    .map(locate)
  const all = [...syntaxErrors, ...reservedKeys(index), ...located]
  if (all.length > 0 || shaped === null) return { ok: false, diagnostics: diagnose(source, all) }
  const place: Renderable['place'] = (later) => diagnose(source, later.map(locate))
  return { ok: true, value: { document: shaped, serverName, place } }
}

function reservedKeys(index: KeyIndex): LocatedComplaint[] {
  const located: LocatedComplaint[] = []
  // A list instead of recursion: a dotted key may be deeper than the stack.
  const nodes: KeyNode[] = [index.root]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    for (const child of node.children.values()) nodes.push(child)
    if (!RESERVED_KEYS.includes(String(node.name))) continue
    const text = `"${node.name}" cannot be used as a key`
    const complaint = { code: 'E_RESERVED_KEY', text, hint: 'choose another name' } as const
    located.push({ span: node.key, complaint })
  }
  return located
}

/** This server as [servers] spells it; the host's first label where no table is its own. */
function ownName({ server, servers = {} }: PartialDocument, hostname: string): string {
  const known = Object.keys(servers)
  if (server?.name !== undefined) return spelledAs(server.name, known)
  const full = spelledAs(hostname, known)
  return known.includes(full) ? full : spelledAs(hostname.split('.', 1)[0] ?? '', known)
}

/** A name from the file was checked with its shape; the host's own may be unfit as well. */
function checkServerName(document: PartialDocument, serverName: string): PlacedComplaint[] {
  const { server } = document
  const meant = serversMeant(serverName, Object.keys(document.servers ?? {}))
  if (meant.length > 1) {
    const text = `this server is called ${quoted(serverName)}, which may be any of ${meant.length} servers`
    const hint = `write the full name under [server]: name = "${meant[0]}", or ${meant.slice(1).join(', ')}`
    const path = server !== undefined && 'name' in server ? ['server', 'name'] : ['servers']
    return [{ code: 'E_DUPLICATE_SERVER', text, hint, path, at: 'key' }]
  }
  if (server === undefined || 'name' in server) return []
  const name = readName(serverName)
  if (name.ok) return []
  const text = `the host's name cannot be this server's name: ${name.complaint.text}`
  const hint = 'write name = "NAME" under [server], as the order files spell it'
  return [{ code: 'E_NAME', text, hint, path: ['server'], at: 'key' }]
}

function lineFinder(source: ConfigSource, index: KeyIndex): LineOf {
  return (path) => lineIndexAt(source, spanOf(index, path, 'key').start) + 1
}
