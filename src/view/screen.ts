// What a terminal shows: signs, texts cut or folded to its columns, and lines of them in tones.

import type { StateWord } from '../core/server-state.ts'
import type { StripMark } from '../documents/tally-document.ts'
import { type Style, toAscii, visible } from './style.ts'

/**
 * Characters that terminals draw two columns wide: East Asian wide and fullwidth ones (Unicode
 * Standard Annex #11), and pictographs that are drawn as pictures.
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{16fe0}-\u{18fff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\u20e3|\p{Emoji_Presentation}/u

/**
 * Marks that are drawn over the character before them. Some ask for a picture, which may
 * need a column more.
 */
const OVERLAID = /^(?![\ufe0f\u20e3])[\p{Mn}\p{Me}]$/u

const isPlain = (text: string) => /^[\u0020-\u007e]*$/.test(text)

/** The columns of a text without control characters. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (OVERLAID.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** As much of the beginning of a text as fits; the rest of it is the second part. */
export function splitAt(text: string, width: number): readonly [head: string, rest: string] {
  if (isPlain(text)) return [text.slice(0, width), text.slice(width)]
  let used = 0
  let at = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    at += character.length
  }
  return [text.slice(0, at), text.slice(at)]
}

/** A text with spaces after it, up to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/**
 * Breaks a text between words, and a word that is wider than a line within it.
 *
 * @param hang what the lines after the first begin with
 */
export function folded(text: string, width: number, first = '', hang = first): string[] {
  const lines: string[] = []
  let line = first
  let isFresh = true
  const next = () => {
    lines.push(line)
    line = hang
    isFresh = true
  }
  for (const word of text.split(' ')) {
    let rest = word
    if (!isFresh && widthOf(line) + 1 + widthOf(rest) > width) next()
    if (!isFresh) line += ' '
    while (widthOf(line) + widthOf(rest) > width) {
      const [head, tail] = splitAt(rest, width - widthOf(line))
      // Where not even one character fits, it is the cut at the end that must see to it.
      if (head === '') break
      line += head
      rest = tail
      next()
    }
    line += rest
    isFresh = false
  }
  return [...lines, line]
}

export interface Signs {
  /** A text as this terminal can show it, without anything that would steer it. */
  readonly clean: (text: string) => string
  /** Where a line goes on beyond the terminal. */
  readonly cut: string
  readonly holds: string
  readonly holdsNot: string
  readonly marks: Readonly<Record<StripMark, string>>
}

/** For files, pipes and terminals that say nothing of UTF-8 and may show it as rubbish. */
export const ASCII: Signs = {
  clean: (text) => toAscii(visible(text)),
  cut: '>',
  holds: '*',
  holdsNot: '-',
  marks: { ' ': ' ', '.': '.', '~': '~', v: 'v', x: 'X' },
}

/** ASCII of our own, but names and sentences as they are: for pipes of a UTF-8 locale. */
export const PIPED: Signs = { ...ASCII, clean: visible }

export const BLOCKS: Signs = {
  clean: visible,
  cut: '…',
  holds: '●',
  holdsNot: '○',
  marks: { ' ': ' ', '.': '▁', '~': '▄', v: '·', x: '█' },
}

/** Whether the locale is one of UTF-8 (POSIX: the first of these that is set and not empty counts). */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

export function signsFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Signs {
  if (!isUtf8(env)) return ASCII
  return isTerminal && env.TERM !== 'dumb' ? BLOCKS : PIPED
}

export type Tone = keyof Style | 'plain'
export type Span = readonly [text: string, tone?: Tone]
export type Line = readonly Span[]

/** What is drawn on. */
export interface Canvas {
  readonly columns: number
  readonly style: Style
  readonly signs: Signs
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, [text]) => sum + widthOf(text), 0)
}

/** A line as text: control characters made visible, cut where the terminal ends, nothing after it. */
export function drawLine(line: Line, { columns, style, signs }: Canvas): string {
  const spans = trimmed(line.map(([text, tone]): Span => [signs.clean(text), tone ?? 'plain']))
  const isCut = lineWidth(spans) > columns
  let room = isCut ? columns - 1 : columns
  let drawn = ''
  for (const [text, tone = 'plain'] of spans) {
    const [head] = splitAt(text, room)
    room -= widthOf(head)
    drawn += tone === 'plain' || head === '' ? head : style[tone](head)
    if (head !== text) break
  }
  return isCut && columns > 0 ? drawn + signs.cut : drawn
}

/** Without the spaces at its end, so that what is copied or piped has none. */
function trimmed(spans: readonly Span[]): Span[] {
  const kept = [...spans]
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const text = last[0].trimEnd()
    if (text !== '') return [...kept, [text, last[1] ?? 'plain']]
  }
  return kept
}

/** A column's part of a line. */
export function cell(text: string, width: number, tone?: Tone): Span {
  return tone === undefined ? [padTo(text, width)] : [padTo(text, width), tone]
}

/** Puts pieces beside each other, and on further lines where they do not fit. */
export function flowed(pieces: readonly Line[], columns: number, gap = 3): Line[] {
  const lines: Span[][] = []
  let line: Span[] = []
  for (const piece of pieces) {
    if (line.length > 0 && lineWidth(line) + gap + lineWidth(piece) > columns) {
      lines.push(line)
      line = []
    }
    if (line.length > 0) line.push([' '.repeat(gap)])
    line.push(...piece)
  }
  return line.length > 0 ? [...lines, line] : lines
}

export const STATE_TONE: Readonly<Record<StateWord, Tone>> = {
  serving: 'good',
  starting: 'doubtful',
  probation: 'doubtful',
  degraded: 'doubtful',
  drained: 'doubtful',
  failed: 'bad',
  isolated: 'bad',
}
