// One complaint about an input file, with its place and remedy; and as text: file:line:column, the line with a caret, a hint.

/** A position in a text, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Diagnostic extends Position {
  /** The file as the operator named it. */
  readonly file: string
  /** Stable upper-case code, such as E_UNKNOWN_KEY. */
  readonly code: string
  readonly text: string
  /** What to do about it, such as `did you mean "clusters"?` */
  readonly hint?: string
  /** The offending line, for the caret. */
  readonly sourceLine?: string
  /** How many columns the caret underlines. */
  readonly width?: number
}

/** The value or all complaints: never both. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export interface FormatOptions {
  /** Whether to use terminal colours. */
  readonly colour: boolean
}

/** Longer source lines are cut to a window around the caret. */
const MAX_LINE_WIDTH = 120
const BEFORE_CARET = 60

/** All diagnostics, a blank line between two of them, without a final line break. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: FormatOptions = { colour: false },
): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, options)).join('\n\n')
}

/** One diagnostic in up to four lines, without a final line break. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  { colour }: FormatOptions = { colour: false },
): string {
  const paint = colour ? COLOURED : PLAIN
  const { file, line, column, code, text } = diagnostic
  const place = paint.bold(printable(`${file}:${line}:${column}:`))
  const lines = [`${place} ${paint.error(`error[${code}]:`)} ${paint.bold(printable(text))}`]
  const gutter = String(line).padStart(4)
  const noGutter = ' '.repeat(gutter.length)
  if (diagnostic.sourceLine !== undefined && diagnostic.sourceLine.trim() !== '') {
    const { shown, pad, carets } = excerpt(diagnostic.sourceLine, column, diagnostic.width ?? 1)
    lines.push(`${paint.dim(`${gutter} |`)} ${shown}`)
    lines.push(`${paint.dim(`${noGutter} |`)} ${pad}${paint.error(carets)}`)
  }
  if (diagnostic.hint !== undefined) {
    lines.push(`${paint.dim(`${noGutter} =`)} ${paint.hint('hint:')} ${printable(diagnostic.hint)}`)
  }
  return lines.join('\n')
}

interface Excerpt {
  readonly shown: string
  /** What stands before the caret; tabs stay tabs so that the caret meets its character. */
  readonly pad: string
  readonly carets: string
}

function excerpt(sourceLine: string, column: number, width: number): Excerpt {
  const characters = [...printable(sourceLine)]
  const caret = Math.min(column - 1, characters.length)
  const isLong = characters.length > MAX_LINE_WIDTH
  const start = isLong ? Math.max(0, caret - BEFORE_CARET) : 0
  const end = isLong ? Math.min(characters.length, start + MAX_LINE_WIDTH) : characters.length
  const before = characters.slice(start, caret).map((char) => (char === '\t' ? '\t' : ' '))
  const ellipsis = start > 0 ? '…' : ''
  return {
    shown: `${ellipsis}${characters.slice(start, end).join('')}${end < characters.length ? '…' : ''}`,
    pad: ' '.repeat(ellipsis.length) + before.join(''),
    carets: '^'.repeat(Math.max(1, Math.min(width, end - caret))),
  }
}

// Control characters, and those that reorder text, must not reach a terminal from a file.
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu

function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}

interface Paint {
  readonly bold: (text: string) => string
  readonly error: (text: string) => string
  readonly hint: (text: string) => string
  readonly dim: (text: string) => string
}

const asIs = (text: string) => text
const PLAIN: Paint = { bold: asIs, error: asIs, hint: asIs, dim: asIs }

const sgr = (code: string) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const COLOURED: Paint = { bold: sgr('1'), error: sgr('1;31'), hint: sgr('36'), dim: sgr('2') }
