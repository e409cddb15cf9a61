// Lines for a terminal: texts in tones, which know their width before they are painted.
import type { Style } from '../style.ts'
import type { Signs } from './signs.ts'
import { padTo, splitAt, widthOf } from './width.ts'

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
