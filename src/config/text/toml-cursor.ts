// The lexical bits of TOML that a scan for positions needs: blanks, keys, strings, bare values, lines.
import type { TextRange } from './source-text.ts'

export interface TomlCursor {
  readonly text: string
  at: number
}

export interface KeyPart {
  readonly name: string
  readonly span: TextRange
}

export function makeCursor(text: string): TomlCursor {
  return { text, at: 0 }
}

/** Steps over spaces and tabs. */
export function skipSpaces(cursor: TomlCursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at++
}

/** Steps over spaces, line breaks and comments. */
export function skipBlank(cursor: TomlCursor): void {
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const char = cursor.text[cursor.at] ?? ''
    if (char === '#') {
      const end = cursor.text.indexOf('\n', cursor.at)
      cursor.at = end === -1 ? cursor.text.length - 1 : end
    } else if (!' \t\r\n'.includes(char)) return
  }
}

/** The parts of a key such as `a."b c".d`; stops at what cannot be part of one. */
export function readKey(cursor: TomlCursor): KeyPart[] {
  const parts: KeyPart[] = []
  for (;;) {
    skipSpaces(cursor)
    const part = readKeyPart(cursor)
    if (part === null) return parts
    parts.push(part)
    skipSpaces(cursor)
    if (cursor.text[cursor.at] !== '.') return parts
    cursor.at++
  }
}

function readKeyPart(cursor: TomlCursor): KeyPart | null {
  const start = cursor.at
  const quote = cursor.text[start]
  if (quote === '"' || quote === "'") {
    skipString(cursor)
    const span = { start, end: cursor.at }
    const inner = cursor.text.slice(start + 1, Math.max(start + 1, cursor.at - 1))
    return { name: quote === '"' ? decodeEscapes(inner) : inner, span }
  }
  while (isBareKeyChar(cursor.text.charCodeAt(cursor.at))) cursor.at++
  if (cursor.at === start) return null
  return { name: cursor.text.slice(start, cursor.at), span: { start, end: cursor.at } }
}

/** A-Z a-z 0-9 _ - */
function isBareKeyChar(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  )
}

/** Steps over a string of any of the four kinds; an unclosed one ends with its line, or the text. */
export function skipString(cursor: TomlCursor): void {
  const quote = cursor.text[cursor.at] ?? ''
  const fence = quote.repeat(3)
  const isLong = cursor.text.startsWith(fence, cursor.at)
  cursor.at += isLong ? 3 : 1
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const char = cursor.text[cursor.at]
    if (char === '\\' && quote === '"') cursor.at++
    else if (isLong && char === quote && cursor.text.startsWith(fence, cursor.at)) {
      cursor.at += 3
      // Up to two more quotes belong to the string: """a"""""
      for (let more = 0; more < 2 && cursor.text[cursor.at] === quote; more++) cursor.at++
      return
    } else if (!isLong && char === quote) {
      cursor.at++
      return
    } else if (!isLong && char === '\n') return
  }
  cursor.at = cursor.text.length
}

/** Steps over a number, boolean or date up to what ends a value, less trailing blanks. */
export function skipBare(cursor: TomlCursor): void {
  const start = cursor.at
  while (cursor.at < cursor.text.length && !',]}#\n'.includes(cursor.text[cursor.at] ?? '')) {
    cursor.at++
  }
  while (cursor.at > start && ' \t\r'.includes(cursor.text[cursor.at - 1] ?? '')) cursor.at--
}

/** Whether the array or inline table that opens at `start` is closed before `end`. */
export function closesBefore(text: string, start: number, end: number): boolean {
  const cursor = { text, at: start }
  let depth = 0
  for (skipBlank(cursor); cursor.at < end; skipBlank(cursor)) {
    const char = text[cursor.at] ?? ''
    if (char === '"' || char === "'") {
      skipString(cursor)
      continue
    }
    if ('[{'.includes(char)) depth++
    if (']}'.includes(char) && --depth === 0) return true
    cursor.at++
  }
  return false
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
}

/** The text of a basic string; escapes that TOML does not have stand for themselves. */
function decodeEscapes(inner: string): string {
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
    (whole, x?: string, u?: string, long?: string, char?: string) => {
      const hex = x ?? u ?? long
      if (hex === undefined) return ESCAPES[char ?? ''] ?? char ?? whole
      const codePoint = Number.parseInt(hex, 16)
      return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole
    },
  )
}

/** A line that can only be a table header: `[a.b]` or `[[a.b]]`. */
export const HEADER = /^[ \t]*\[\[?[ \t]*[\w."'-][\w."' \t-]*\]\]?[ \t]*(#.*)?$/

/** A line with which a header or a key begins. */
export const START_OF_SOMETHING =
  /^[ \t]*(\[\[?[ \t]*[\w."'-][\w."' \t-]*\]\]?[ \t]*(#.*)?$|[\w."'-]+[ \t]*=)/

/** A line that is at least meant to be a table header, such as `[timing` or `[]`. */
export const MEANT_AS_HEADER = /^[ \t]*\[\[?[ \t]*[\w\]-]/
