// Edits an order file as an operator would: one line changes, all others stay byte for byte.

import { parseOrder } from './order-file.ts'
import { suggest } from './text/suggest.ts'
import { isSameServer, readName, serversMeant, spelledAs } from './values/name.ts'

export type OrderEdit =
  | { readonly kind: 'promote'; readonly server: string }
  | { readonly kind: 'remove'; readonly server: string }
  | { readonly kind: 'add'; readonly server: string }

export type EditedOrder =
  | { readonly ok: true; readonly text: string; readonly changed: boolean }
  | { readonly ok: false; readonly error: string }

/** A server in the file, listed or commented out by a `#` right before its name. */
export interface OrderLine {
  readonly server: string
  readonly listed: boolean
  /** What stands behind it, without its `#`. */
  readonly remark: string
}

interface Line extends Omit<OrderLine, 'server'> {
  /** null for blank lines and remarks. */
  readonly server: string | null
  /** As it is in the file, without its line break. */
  readonly text: string
}

/**
 * All servers that the file names, in its order.
 *
 * @param known all servers that there are, which tells those that were taken out from remarks of a
 *   word or two; when it is empty, what looks like a server is taken for one
 */
export function orderLines(text: string, known: readonly string[]): readonly OrderLine[] {
  return linesOf(text, known).flatMap(({ server, listed, remark }) =>
    server === null ? [] : [{ server: spelledAs(server, known), listed, remark }],
  )
}

/**
 * Changes the text of an order that is good.
 *
 * What is so already is left as it is. An order that would list no server is refused, since it
 * would not be applied.
 */
export function editOrder(text: string, edit: OrderEdit, known: readonly string[]): EditedOrder {
  if (text.startsWith(BYTE_ORDER_MARK)) {
    const edited = editOrder(text.slice(1), edit, known)
    return edited.ok ? { ...edited, text: `${BYTE_ORDER_MARK}${edited.text}` } : edited
  }
  const name = readName(edit.server)
  if (!name.ok) return refuse(name.complaint.text)
  const lines = linesOf(text, known)
  const named = lines.flatMap(({ server }) => (server === null ? [] : [server]))
  const meant = serversMeant(edit.server, named)
  const isMeant = (server: string | null) => server !== null && meant.includes(server)
  const at = lines.findIndex((line) => line.listed && isMeant(line.server))
  const outAt = lines.findIndex((line) => !line.listed && isMeant(line.server))
  switch (edit.kind) {
    case 'promote':
      if (at === -1) return refuse(absence(edit.server, named, outAt !== -1, '; --add it first'))
      return finish(text, lines, promoted(lines, at))
    case 'remove':
      if (at === -1 && outAt !== -1) return { ok: true, text, changed: false }
      if (at === -1) return refuse(absence(edit.server, named, false, ''))
      if (lines.filter((line) => line.listed).length === 1)
        return refuse(`${edit.server} is the last server in the order; one must remain`)
      return finish(text, lines, replaced(lines, at, withoutServer))
    case 'add':
      if (at !== -1) return { ok: true, text, changed: false }
      if (outAt !== -1) return finish(text, lines, replaced(lines, outAt, withServer))
      if (known.length > 0 && serversMeant(edit.server, known).length !== 1)
        return refuse(unknownServer(edit.server, known))
      return finish(text, lines, appended(lines, spelledAs(edit.server, known)))
    default:
      return edit satisfies never
  }
}

function refuse(error: string): EditedOrder {
  return { ok: false, error }
}

function absence(server: string, named: readonly string[], isOut: boolean, advice: string): string {
  return isOut
    ? `${server} is commented out${advice}`
    : `${server} is not listed (servers: ${named.join(', ')})`
}

function unknownServer(server: string, known: readonly string[]): string {
  const nearest = suggest(server, known)
  const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${nearest}?`
  return `${server} is not in [servers]; ${advice}`
}

const BYTE_ORDER_MARK = '\ufeff'

function linesOf(text: string, known: readonly string[]): readonly Line[] {
  const lines = text.replace(BYTE_ORDER_MARK, '').split('\n').map(readLine)
  const isServer = ({ listed, server }: Line) =>
    listed ||
    server === null ||
    known.length === 0 ||
    known.some((name) => isSameServer(name, server))
  return lines.map((line) => (isServer(line) ? line : { ...line, server: null }))
}

function readLine(text: string): Line {
  const bare = text.trim()
  const [said = '', ...rest] = bare.split('#')
  if (said.trim() !== '')
    return { server: said.trim(), listed: true, remark: rest.join('#').trim(), text }
  // "#ns2  its disk is broken" was taken out; "# ns2 is slow" is a remark, and "# ns2" alone is not.
  const out = /^#([A-Za-z0-9_-][A-Za-z0-9._-]*)(?:\s+(.*))?$/.exec(bare)
  const alone = /^#\s*([A-Za-z0-9_-][A-Za-z0-9._-]*)\s*(?:#(.*))?$/.exec(bare)
  const match = alone ?? out
  if (match === null) return { server: null, listed: false, remark: '', text }
  const remark = (match[2] ?? '').replace(/^#/, '').trim()
  return { server: match[1] ?? null, listed: false, remark, text }
}

/** Before the first server that is listed, so that a heading stays a heading. */
function promoted(lines: readonly Line[], at: number): readonly Line[] {
  const first = lines.findIndex((line) => line.listed)
  const line = lines[at]
  if (line === undefined || first === at) return lines
  const others = lines.filter((_, index) => index !== at)
  return [...others.slice(0, first), line, ...others.slice(first)]
}

function replaced(
  lines: readonly Line[],
  at: number,
  change: (text: string) => string,
): readonly Line[] {
  return lines.map((line, index) => (index === at ? readLine(change(line.text)) : line))
}

function withoutServer(text: string): string {
  return text.replace(/^\s*/, '$&#')
}

/** What follows the name was a remark, and stays one. */
function withServer(text: string): string {
  const [, indent = '', server = '', gap = '', remark = ''] =
    /^(\s*)#\s*([A-Za-z0-9._-]+)(\s*)(.*)$/s.exec(text) ?? []
  const isRemark = remark === '' || remark.startsWith('#')
  return `${indent}${server}${gap}${isRemark ? '' : '# '}${remark}`
}

/** After the last server of any kind, where its like are. */
function appended(lines: readonly Line[], server: string): readonly Line[] {
  const last = lines.findLastIndex((line) => line.server !== null)
  const isWindows = lines[last]?.text.endsWith('\r') === true
  const line = readLine(`${server}${isWindows ? '\r' : ''}`)
  return [...lines.slice(0, last + 1), line, ...lines.slice(last + 1)]
}

/** Puts the lines together, and makes sure that they say what they ought to. */
function finish(text: string, before: readonly Line[], after: readonly Line[]): EditedOrder {
  if (before === after) return { ok: true, text, changed: false }
  const edited = after.map((line) => line.text).join('\n')
  const wanted = after.flatMap((line) => (line.listed && line.server !== null ? [line.server] : []))
  const parsed = parseOrder(edited, 'order')
  if (!parsed.ok) return refuse(parsed.diagnostics[0]?.text ?? 'the order would be invalid')
  if (parsed.value.join('\n') !== wanted.join('\n'))
    throw new Error('an edited order does not say what it was edited to say')
  // A file whose last line has no line break keeps its ways, unless the moved line was that one.
  return { ok: true, text: edited, changed: edited !== text }
}
