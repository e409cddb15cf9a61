// Tables and wrapped sentences for terminals: plain text that is cut nowhere.
import { type Style, visible } from './style.ts'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  readonly paint?: (row: Row, style: Style) => (text: string) => string
}

const GAP = 2

/**
 * Columns as wide as their widest cell, the last one wrapped at `width`; no lines without rows.
 * Padding comes before paint, which has no width.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
  width: number,
): string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => columns.map((column) => visible(column.text(row))))
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const offset = widths.slice(0, -1).reduce((sum, value) => sum + value + GAP, 0)
  const padded = (text: string, at: number) => text.padEnd((widths[at] ?? 0) + GAP)
  const line = (texts: readonly string[], paint: (text: string, at: number) => string) => {
    const head = texts.slice(0, -1).map((text, at) => paint(padded(text, at), at))
    const [first = '', ...more] = wrapped(texts.at(-1) ?? '', width - offset)
    const last = texts.length - 1
    return [
      `${head.join('')}${paint(first, last)}`.trimEnd(),
      ...more.map((text) => `${' '.repeat(offset)}${paint(text, last)}`),
    ]
  }
  const titles = line(
    columns.map((column) => column.title),
    (text) => text,
  )
  return [
    ...titles.map(style.faint),
    ...rows.flatMap((row, index) =>
      line(cells[index] ?? [], (text, at) => columns[at]?.paint?.(row, style)(text) ?? text),
    ),
  ]
}

/** Breaks a text between words; a word longer than the width stays whole. Later lines hang by two. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = indent
  let fresh = true
  for (const word of text.split(' ')) {
    if (!fresh && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent === '' ? '' : `${indent}  `
      fresh = true
    }
    line += fresh ? word : ` ${word}`
    fresh = false
  }
  return [...lines, line]
}
