// Rows with columns and, where there is room, a text beside them; else the text comes below its row.
import { cell, type Line, type Span } from '../screen/line.ts'
import { folded, widthOf } from '../screen/width.ts'
import type { Look } from './look.ts'

export interface ColumnRow {
  readonly cells: readonly Span[]
  /** As long as it likes; empty for none. */
  readonly text: string
}

export interface ColumnTitles {
  readonly cells: readonly string[]
  readonly text: string
}

/** Between columns; on a narrow terminal they move together. */
const GAP = 2
const NARROW = 60
/** With less than this beside the columns, the texts come below. */
const MIN_BESIDE = 24
const INDENT = '  '

/** Whether a terminal is so narrow that titles had better be short. */
export function isNarrow({ columns }: Pick<Look, 'columns'>): boolean {
  return columns < NARROW
}

/** No lines without rows. */
export function columnLines(titles: ColumnTitles, rows: readonly ColumnRow[], look: Look): Line[] {
  return rows.length === 0 ? [] : blocksOf(titles, rows, look).flat()
}

/** The lines of the titles, and those of each row. */
function blocksOf(titles: ColumnTitles, rows: readonly ColumnRow[], look: Look): Line[][] {
  const { columns, signs } = look
  const gap = isNarrow(look) ? 1 : GAP
  const widths = titles.cells.map((title, at) =>
    Math.max(title.length, ...rows.map(({ cells }) => widthOf(signs.clean(cells[at]?.[0] ?? '')))),
  )
  const offset = widths.reduce((sum, width) => sum + width + gap, 0)
  if (offset - gap > columns && widths.length > 1) return stackedBlocks(titles, rows, look)
  const isBeside = columns - offset >= MIN_BESIDE
  const padded = (text: string, at: number, tone: Span[1]) =>
    cell(text, (widths[at] ?? 0) + gap, tone)
  const head = titles.cells.map((title, at) => padded(title, at, 'faint'))
  const hasText = isBeside && rows.some(({ text }) => text !== '')
  const blocks = rows.map((row): Line[] => {
    const cells = row.cells.map(([text, tone], at) => padded(signs.clean(text), at, tone))
    const text = signs.clean(row.text)
    if (text === '') return [cells]
    if (!isBeside)
      return [cells, ...folded(text, columns, INDENT).map((line): Line => [[line, 'faint']])]
    const [first = '', ...more] = folded(text, columns - offset)
    return [
      [...cells, [first] as Span],
      ...more.map((line): Line => [[' '.repeat(offset)], [line]]),
    ]
  })
  return [[hasText ? [...head, [titles.text, 'faint']] : head], ...blocks]
}

/** What is too long to stand beside the rest has a line of its own. */
function stackedBlocks(titles: ColumnTitles, rows: readonly ColumnRow[], look: Look): Line[][] {
  const [title = '', ...others] = titles.cells
  const rest = rows.map(({ cells, text }) => ({ cells: cells.slice(1), text }))
  const columns = look.columns - INDENT.length
  const below = blocksOf({ ...titles, cells: others }, rest, { ...look, columns })
  const names: Span[] = [[title, 'faint'], ...rows.map(({ cells }): Span => cells[0] ?? [''])]
  return below.map((block, at) => [
    [[look.signs.clean(names[at]?.[0] ?? ''), names[at]?.[1] ?? 'plain']],
    ...block.map((line): Line => [[INDENT], ...line]),
  ])
}
