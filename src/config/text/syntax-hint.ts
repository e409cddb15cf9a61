// Turns the parser's complaints into sentences that say what to type.
import { type Complaint, quoted } from './complaint.ts'
import {
  type ConfigSource,
  type LocatedComplaint,
  lineSpan,
  type TextRange,
} from './source-text.ts'
import { closesBefore, HEADER, START_OF_SOMETHING } from './toml-cursor.ts'

export interface SyntaxErrorPlace {
  readonly offset: number
  readonly lineIndex: number
  /** The parser's own sentence. */
  readonly message: string
}

/**
 * Explains one syntax error.
 *
 * @param firstDefinition where a key that is defined again was defined first
 */
export function explainSyntaxError(
  source: ConfigSource,
  place: SyntaxErrorPlace,
  firstDefinition: number | null,
): LocatedComplaint {
  return (
    explainRepeat(source, place, firstDefinition) ??
    explainUnclosedValue(source, place) ??
    explainUnclosedString(source, place) ??
    explainUnquoted(source, place) ??
    explainKey(source, place) ?? {
      complaint: explainMessage(place.message),
      span: { start: place.offset, end: place.offset + 1 },
    }
  )
}

function syntaxError(text: string, hint: string): Complaint {
  return { code: 'E_SYNTAX', text, hint }
}

/** The parser's remaining sentences in words for operators. */
const PLAIN_WORDS: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  'each key-value declaration must be followed by an end-of-line': [
    'something follows the value on this line',
    'write one key = value per line; comments begin with "#"',
  ],
  'unexpected end of key': ['a name is missing here', 'write key = value, or [name]'],
  'illegal empty bare key': ['a name is missing here', 'names joined by dots: a.b = value'],
  'unrecognised escape sequence': [
    'no such escape after a backslash',
    "write a backslash as \\\\, or put the text in '…'",
  ],
  'document contains excessively nested structures. aborting.': [
    'values are nested too deeply',
    'no key here needs more than two levels',
  ],
  'integer value cannot be represented losslessly': [
    'the number is too large',
    'write a smaller number',
  ],
  'expected comma or end of structure': [
    'a comma or closing bracket is missing here',
    'write [a, b] for arrays and { a = 1, b = 2 } for tables',
  ],
}

function explainMessage(message: string): Complaint {
  const [text, hint] = PLAIN_WORDS[message] ?? [message, 'https://toml.io says how to write it']
  return syntaxError(text, hint)
}

function explainRepeat(
  source: ConfigSource,
  place: SyntaxErrorPlace,
  firstLine: number | null,
): LocatedComplaint | null {
  if (!place.message.startsWith('trying to redefine')) return null
  const line = textOf(source, place.lineIndex)
  const name = /^\s*(\[\[?[^\]]*\]\]?|[^=]*)/.exec(line.text)?.[1]?.trim() ?? ''
  const start = line.span.start + line.text.length - line.text.trimStart().length
  const where = firstLine === null ? '' : `: the first time was on line ${firstLine}`
  return {
    complaint: {
      code: 'E_DUPLICATE_KEY',
      text: `${quoted(name)} is defined twice${where}`,
      hint: 'remove one of the two',
    },
    span: { start, end: start + name.length },
  }
}

const VALUE_MESSAGES = ['expected comma or end of structure', 'invalid value']

/** An array that is never closed swallows the next key or header, where the parser then stops. */
function explainUnclosedValue(
  source: ConfigSource,
  place: SyntaxErrorPlace,
): LocatedComplaint | null {
  const line = textOf(source, place.lineIndex)
  if (place.message === 'unfinished array' || place.message === 'unfinished table') {
    const closer = place.message === 'unfinished array' ? ']' : '}'
    const complaint = syntaxError('this is never closed', `close it with "${closer}"`)
    return { complaint, span: { start: place.offset, end: place.offset + 1 } }
  }
  const atStart = line.text.slice(0, place.offset - line.span.start).trim() === ''
  const isEnd = source.text.slice(place.offset).trim() === ''
  const isHeader = HEADER.test(line.text)
  const startsAnew = isEnd || isHeader || (atStart && START_OF_SOMETHING.test(line.text))
  // A header as it should be cannot be read where a key or value is due.
  const isSwallowed =
    VALUE_MESSAGES.includes(place.message) ||
    (isHeader && place.message === 'illegal character in key')
  if (!startsAnew || !isSwallowed) return null
  for (let above = place.lineIndex - 1; above >= 0; above--) {
    const opener = textOf(source, above)
    const match = /^[ \t]*[\w."'-]+[ \t]*=[ \t]*(?=[[{])/.exec(opener.text)
    if (match === null) continue
    const start = opener.span.start + match[0].length
    if (closesBefore(source.text, start, place.offset)) continue
    const closer = source.text[start] === '[' ? ']' : '}'
    const text = isEnd
      ? 'this is never closed'
      : `this is not closed before line ${place.lineIndex + 1}, or a comma is missing there`
    const complaint = syntaxError(text, `close it with "${closer}"`)
    return { complaint, span: { start, end: start + 1 } }
  }
  return null
}

function explainUnclosedString(
  source: ConfigSource,
  place: SyntaxErrorPlace,
): LocatedComplaint | null {
  const char = source.text[place.offset]
  const isLineEnd = char === '\n' || char === '\r' || char === undefined
  const isControl = place.message === 'control characters are not allowed in strings'
  if (place.message !== 'unfinished string' && !(isControl && isLineEnd)) return null
  const complaint = syntaxError(
    place.message === 'unfinished string'
      ? 'this text is never closed'
      : 'the text is not closed at the end of the line',
    'close it with the quotes that it began with',
  )
  return { complaint, span: { start: place.offset, end: place.offset + 1 } }
}

const UNQUOTED_MESSAGES = [
  'invalid value',
  'illegal character in numeric literal',
  'illegal leading zero',
  'unfinished numeric value',
  'invalid date',
  'invalid date-time: date part is malformed',
  'invalid date-time: time part is malformed',
  'each key-value declaration must be followed by an end-of-line',
]

/** `timeout = 1s`, `name = ns1`: text without its quotes. */
function explainUnquoted(source: ConfigSource, place: SyntaxErrorPlace): LocatedComplaint | null {
  if (!UNQUOTED_MESSAGES.includes(place.message)) return null
  const line = textOf(source, place.lineIndex)
  const at = place.offset - line.span.start
  const word = wordAround(line.text, at)
  if (word === null) return null
  if (word.text === 'True' || word.text === 'False') {
    const hint = `write ${word.text.toLowerCase()}`
    return { complaint: syntaxError(`invalid value ${word.text}`, hint), span: shift(word, line) }
  }
  const complaint = syntaxError(
    `invalid value ${word.text}`,
    `strings need quotes: write ${quoted(word.text)}`,
  )
  return { complaint, span: shift(word, line) }
}

interface Word extends TextRange {
  readonly text: string
}

/** The run of unquoted characters around a place, after the `=` of its line. */
function wordAround(line: string, at: number): Word | null {
  const isWordChar = (index: number) => /[^\s,=[\]{}"'#]/.test(line[index] ?? ' ')
  let start = at
  let end = at
  while (isWordChar(end)) end++
  while (start > 0 && isWordChar(start - 1)) start--
  return start === end ? null : { text: line.slice(start, end), start, end }
}

function shift(word: Word, line: Line): TextRange {
  return { start: line.span.start + word.start, end: line.span.start + word.end }
}

function explainKey(source: ConfigSource, place: SyntaxErrorPlace): LocatedComplaint | null {
  const isKey = ['illegal character in key', 'incomplete key-value: cannot find end of key']
  if (!isKey.includes(place.message)) return null
  const line = textOf(source, place.lineIndex)
  const isHeader = line.text.trimStart().startsWith('[')
  return {
    complaint: syntaxError(
      isHeader ? 'this table header cannot be read' : 'this key cannot be read',
      isHeader
        ? 'write [name], one on a line; names with other characters than A-Z a-z 0-9 _ - need quotes'
        : 'write key = value, one on a line',
    ),
    span: { start: place.offset, end: place.offset + 1 },
  }
}

interface Line {
  readonly text: string
  readonly span: TextRange
}

function textOf(source: ConfigSource, lineIndex: number): Line {
  const span = lineSpan(source, lineIndex)
  return { text: source.text.slice(span.start, span.end), span }
}
