// TOML syntax with all its errors: blanks what cannot be read and reads the rest.
import { parse, TomlError } from 'smol-toml'
import { indexKeys, MAX_NESTING } from './locate.ts'
import {
  type ConfigSource,
  type LocatedComplaint,
  lineIndexAt,
  lineSpan,
  makeSource,
  positionAt,
  type TextRange,
} from './source-text.ts'
import { explainSyntaxError, type SyntaxErrorPlace } from './syntax-hint.ts'
import { MEANT_AS_HEADER, START_OF_SOMETHING } from './toml-cursor.ts'

export interface Syntax {
  /** What could be read; null when not even blanking helped. */
  readonly document: unknown
  /** The text that was read: that of the file, with blanks for what could not be. */
  readonly readText: string
  readonly errors: readonly LocatedComplaint[]
}

/** How many syntax errors are looked for before giving up. */
const MAX_ATTEMPTS = 20

/**
 * Parses a text, going on after errors. The parser stops at the first one, so the line that it
 * complains about is replaced by blanks, which keeps all positions, and the text parsed again.
 */
export function readSyntax(source: ConfigSource): Syntax {
  const errors: LocatedComplaint[] = []
  let readText = source.text
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const result = tryParse(readText)
    if (result.ok) return { document: result.value, readText, errors }
    const now = makeSource(source.file, readText)
    const place = placeOf(now, result.error)
    const located = explainSyntaxError(now, place, repeatAt(now, place))
    errors.push(located)
    const blanked = blank(readText, unreadable(now, place, located.span))
    if (blanked === readText) break
    readText = blanked
  }
  return { document: null, readText, errors }
}

type Attempt = { ok: true; value: unknown } | { ok: false; error: unknown }

function tryParse(text: string): Attempt {
  try {
    return { ok: true, value: parse(text, { maxDepth: MAX_NESTING }) }
  } catch (error) {
    return { ok: false, error }
  }
}

/** Where the parser stopped. Any other exception than its own is a complaint about the first line. */
function placeOf(source: ConfigSource, error: unknown): SyntaxErrorPlace {
  if (!(error instanceof TomlError)) return { offset: 0, lineIndex: 0, message: String(error) }
  const firstLine = error.message.split('\n', 1)[0] ?? ''
  const lineStart = source.lineStarts[error.line - 1] ?? 0
  const offset = Math.min(lineStart + error.column - 1, source.text.length)
  return {
    offset,
    lineIndex: lineIndexAt(source, offset),
    message: firstLine.replace(/^Invalid TOML document: /, ''),
  }
}

/** The line (from 1) that first defined a key, when the complaint is about defining it again. */
function repeatAt(source: ConfigSource, place: SyntaxErrorPlace): number | null {
  if (!place.message.startsWith('trying to redefine')) return null
  const line = lineSpan(source, place.lineIndex)
  const isHere = (span: TextRange) => span.start >= line.start && span.start <= line.end
  const repeat = indexKeys(source.text.slice(0, line.end)).repeats.find(({ again }) =>
    isHere(again),
  )
  return repeat === undefined ? null : positionAt(source, repeat.first.start).line
}

/** The lines to blank: the one complained about, and those that mean nothing without it. */
function unreadable(source: ConfigSource, place: SyntaxErrorPlace, span: TextRange): TextRange {
  const first = Math.min(place.lineIndex, lineIndexAt(source, span.start))
  const line = lineSpan(source, first)
  const text = source.text.slice(line.start, line.end)
  let next = place.lineIndex + 1
  // Keys below an unreadable header would be taken for those of the table above it.
  if (MEANT_AS_HEADER.test(text)) next = nextLine(source, next, MEANT_AS_HEADER)
  else if (place.message.startsWith('unfinished') || first < place.lineIndex) {
    next = nextLine(source, first + 1, START_OF_SOMETHING)
  }
  return { start: line.start, end: lineSpan(source, Math.max(first, next - 1)).end }
}

function nextLine(source: ConfigSource, from: number, pattern: RegExp): number {
  let index = from
  for (; index < source.lineStarts.length; index++) {
    const line = lineSpan(source, index)
    if (pattern.test(source.text.slice(line.start, line.end))) break
  }
  return index
}

function blank(text: string, span: TextRange): string {
  const gone = text.slice(span.start, span.end).replace(/[^\r\n]/g, ' ')
  return text.slice(0, span.start) + gone + text.slice(span.end)
}
