// Finds keys and values in a TOML text: smol-toml's values carry no positions, so this scan does.
import type { KeyPath } from './complaint.ts'
import type { TextRange } from './source-text.ts'
import {
  makeCursor,
  readKey,
  skipBare,
  skipBlank,
  skipSpaces,
  skipString,
  type TomlCursor,
} from './toml-cursor.ts'

/** A key of the document, or an element of one of its arrays. */
export interface KeyNode {
  readonly name: string | number
  /** Where the key is written first; an array element has none of its own, and shows its value. */
  readonly key: TextRange
  /** Null for tables that are only named in headers or dotted keys. */
  value: TextRange | null
  readonly children: Map<string | number, KeyNode>
  /** How many `[[…]]` headers name it. */
  elements: number
}

export interface KeyIndex {
  readonly root: KeyNode
  /** Every key that is written again after it had a value or a header. */
  readonly repeats: readonly { readonly again: TextRange; readonly first: TextRange }[]
}

/** Deeper values are skipped as one; it is the depth at which the parser gives up as well. */
export const MAX_NESTING = 32

/**
 * Indexes a text. Any text will do: what is not TOML is stepped over, so that positions of the
 * rest are still found. Takes time and space linear in the text.
 */
export function indexKeys(text: string): KeyIndex {
  const root = makeNode('', { start: 0, end: 0 })
  const scan: Scan = { cursor: makeCursor(text), headers: new Set(), repeats: [] }
  let table = root
  for (skipBlank(scan.cursor); scan.cursor.at < text.length; skipBlank(scan.cursor)) {
    const before = scan.cursor.at
    if (text[before] === '[') table = readHeader(scan, root)
    else readPair(scan, table, 0)
    if (scan.cursor.at === before) scan.cursor.at++
  }
  return { root, repeats: scan.repeats }
}

/** The node at a path, or the nearest one above it that is written down; null for the root. */
export function findKey(index: KeyIndex, path: KeyPath): { node: KeyNode; exact: boolean } | null {
  let node = index.root
  for (const [depth, name] of path.entries()) {
    const child = node.children.get(name)
    if (child === undefined) return depth === 0 ? null : { node, exact: false }
    node = child
  }
  return node === index.root ? null : { node, exact: true }
}

interface Scan {
  readonly cursor: TomlCursor
  /** Nodes that a `[…]` header has named: a second header is a repeat. */
  readonly headers: Set<KeyNode>
  readonly repeats: { again: TextRange; first: TextRange }[]
}

function makeNode(name: string | number, key: TextRange): KeyNode {
  return { name, key, value: null, children: new Map(), elements: 0 }
}

function childOf(node: KeyNode, name: string | number, key: TextRange): KeyNode {
  const known = node.children.get(name)
  if (known !== undefined) return known
  const child = makeNode(name, key)
  node.children.set(name, child)
  return child
}

/** `[a.b]` or `[[a.b]]`, up to its brackets' end. Returns the table that it opens. */
function readHeader(scan: Scan, root: KeyNode): KeyNode {
  const { cursor } = scan
  const start = cursor.at
  const isArray = cursor.text[start + 1] === '['
  cursor.at += isArray ? 2 : 1
  const parts = readKey(cursor)
  let node = root
  for (const part of parts) node = childOf(lastElement(node), part.name, part.span)
  while (cursor.at < cursor.text.length && !'\n#'.includes(cursor.text[cursor.at] ?? ''))
    cursor.at++
  const span = { start, end: parts.at(-1)?.span.end ?? start + 1 }
  if (parts.length === 0) return node
  if (isArray) return childOf(node, node.elements++, span)
  if (scan.headers.has(node) || node.value !== null) noteRepeat(scan, node, span)
  scan.headers.add(node)
  return node
}

/** Headers below an array of tables mean its latest element. */
function lastElement(node: KeyNode): KeyNode {
  return node.elements === 0 ? node : (node.children.get(node.elements - 1) ?? node)
}

/** `a.b = value`. */
function readPair(scan: Scan, table: KeyNode, depth: number): void {
  const { cursor } = scan
  const parts = readKey(cursor)
  let node = table
  for (const part of parts) node = childOf(node, part.name, part.span)
  skipSpaces(cursor)
  const last = parts.at(-1)
  if (cursor.text[cursor.at] !== '=' || last === undefined) {
    while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '\n') cursor.at++
    return
  }
  cursor.at++
  skipSpaces(cursor)
  const isRepeat = node.value !== null || scan.headers.has(node)
  if (isRepeat) noteRepeat(scan, node, last.span)
  readValue(scan, isRepeat ? makeNode(node.name, last.span) : node, depth)
}

function noteRepeat(scan: Scan, node: KeyNode, again: TextRange): void {
  scan.repeats.push({ again, first: node.key })
}

function readValue(scan: Scan, node: KeyNode, depth: number): void {
  const { cursor } = scan
  const start = cursor.at
  const first = cursor.text[start]
  if (first === '"' || first === "'") skipString(cursor)
  else if (first === '[' && depth < MAX_NESTING) readArray(scan, node, depth + 1)
  else if (first === '{' && depth < MAX_NESTING) readInlineTable(scan, node, depth + 1)
  else skipBare(cursor)
  node.value = { start, end: cursor.at }
}

function readArray(scan: Scan, node: KeyNode, depth: number): void {
  const { cursor } = scan
  cursor.at++
  for (let index = 0; ; index++) {
    skipBlank(cursor)
    if (endsAt(cursor, ']')) return
    const start = cursor.at
    const element = makeNode(index, { start, end: start })
    readValue(scan, element, depth)
    node.children.set(index, { ...element, key: { start, end: cursor.at } })
    skipBlank(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at++
    else if (cursor.at === start) cursor.at++
  }
}

function readInlineTable(scan: Scan, node: KeyNode, depth: number): void {
  const { cursor } = scan
  cursor.at++
  for (;;) {
    skipBlank(cursor)
    if (endsAt(cursor, '}')) return
    const start = cursor.at
    readPair(scan, node, depth)
    skipBlank(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at++
    else if (cursor.at === start) cursor.at++
  }
}

/** Steps over the closing bracket. The end of the text closes everything. */
function endsAt(cursor: TomlCursor, bracket: string): boolean {
  if (cursor.at >= cursor.text.length) return true
  if (cursor.text[cursor.at] !== bracket) return false
  cursor.at++
  return true
}
