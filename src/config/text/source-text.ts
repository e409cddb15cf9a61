// A text with its line starts: whether it is one, and from offsets to positions and diagnostics.
import type { Complaint } from './complaint.ts'
import type { Diagnostic, Position } from './diagnostic.ts'

/** A half-open range of UTF-16 offsets. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

export interface ConfigSource {
  readonly file: string
  readonly text: string
  /** Offset of each line's first character. */
  readonly lineStarts: readonly number[]
}

/** Indexes a text. A byte order mark is cut off, so that columns are those an editor shows. */
export function makeSource(file: string, raw: string): ConfigSource {
  const text = raw.charCodeAt(0) === 0xfeff ? raw.slice(1) : raw
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lineStarts.push(at + 1)
  }
  return { file, text, lineStarts }
}

/** The number, counted from 0, of the line that holds an offset. */
export function lineIndexAt(source: ConfigSource, offset: number): number {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** The line's range without its line break. */
export function lineSpan(source: ConfigSource, lineIndex: number): TextRange {
  const start = source.lineStarts[lineIndex] ?? source.text.length
  const next = source.lineStarts[lineIndex + 1]
  let end = next === undefined ? source.text.length : next - 1
  if (end > start && source.text.charCodeAt(end - 1) === 0x0d) end--
  return { start, end }
}

/** Line and column, both from 1; a column is one code point. */
export function positionAt(source: ConfigSource, offset: number): Position {
  const lineIndex = lineIndexAt(source, offset)
  const start = source.lineStarts[lineIndex] ?? 0
  return { line: lineIndex + 1, column: countCodePoints(source.text, start, offset) + 1 }
}

/** A complaint and the span that its caret underlines; an empty span shows no line at all. */
export interface LocatedComplaint {
  readonly span: TextRange
  readonly complaint: Complaint
}

/** At most this many diagnostics of a file are reported. */
const MAX_DIAGNOSTICS = 50

/** Diagnostics in the order of their positions, cut to a number that a person can read. */
export function diagnose(
  source: ConfigSource,
  located: readonly LocatedComplaint[],
): readonly Diagnostic[] {
  const sorted = [...located].sort((a, b) => a.span.start - b.span.start)
  const shown = sorted.slice(0, MAX_DIAGNOSTICS).map((complaint) => diagnosticAt(source, complaint))
  const next = sorted[MAX_DIAGNOSTICS]
  if (next === undefined) return shown
  const left = sorted.length - MAX_DIAGNOSTICS
  const text = `${left} more ${left === 1 ? 'error follows' : 'errors follow'}`
  const complaint: Complaint = { code: 'E_TOO_MANY', text, hint: 'fix the errors above first' }
  return [...shown, diagnosticAt(source, { span: next.span, complaint })]
}

/** One complaint as a diagnostic; its caret ends with the span's first line. */
export function diagnosticAt(
  source: ConfigSource,
  { span, complaint }: LocatedComplaint,
): Diagnostic {
  const diagnostic: Diagnostic = {
    file: source.file,
    ...positionAt(source, span.start),
    code: complaint.code,
    text: complaint.text,
    hint: complaint.hint,
  }
  if (span.start === span.end) return diagnostic
  const line = lineSpan(source, lineIndexAt(source, span.start))
  const width = countCodePoints(source.text, span.start, Math.min(span.end, line.end))
  return {
    ...diagnostic,
    sourceLine: source.text.slice(line.start, line.end),
    width: Math.max(1, width),
  }
}

function countCodePoints(text: string, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) {
    const isSecondHalf = (text.charCodeAt(at) & 0xfc00) === 0xdc00 && at > start
    if (!isSecondHalf) count++
  }
  return count
}

// Tab, line feed and carriage return are the only control characters that text files hold.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/**
 * The one error of a text that is not worth parsing, or null.
 *
 * @param maxBytes compared with UTF-16 units, of which a text never has more than bytes of UTF-8
 */
export function refuseText(source: ConfigSource, maxBytes: number): Diagnostic | null {
  if (source.text.length > maxBytes) {
    const text = `the file is larger than ${maxBytes / 1024} KiB`
    const hint = 'this is probably not the file you meant'
    const span = { start: 0, end: 0 }
    return diagnosticAt(source, { span, complaint: { code: 'E_TOO_LARGE', text, hint } })
  }
  const control = source.text.search(CONTROL)
  if (control !== -1) return at(source, control, describeControl(source.text.charCodeAt(control)))
  // A decoder puts U+FFFD where the bytes were not UTF-8.
  const broken = source.text.indexOf('\ufffd')
  return broken === -1 ? null : at(source, broken, NOT_UTF8)
}

const NOT_UTF8: Complaint = {
  code: 'E_ENCODING',
  text: 'the file is not valid UTF-8 here',
  hint: 'save it as UTF-8',
}

function describeControl(charCode: number): Complaint {
  const name = charCode === 0 ? 'a NUL byte' : `the control character 0x${hex(charCode)}`
  return {
    code: 'E_BINARY',
    text: `${name} stands here: this is not a text file`,
    hint: 'write the file again, as plain text',
  }
}

function hex(charCode: number): string {
  return charCode.toString(16).padStart(2, '0')
}

function at(source: ConfigSource, offset: number, complaint: Complaint): Diagnostic {
  return diagnosticAt(source, { span: { start: offset, end: offset + 1 }, complaint })
}
