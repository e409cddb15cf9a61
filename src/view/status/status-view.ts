// The status as a person reads it: verdict first, then why, the clocks, instances, real servers, and the grid of targets.

import type { StatusDocument } from '../../documents/status-document.ts'
import type { Strips } from '../../documents/tally-document.ts'
import { drawLine, type Line } from '../screen/line.ts'
import { gridLines, unusableLines } from './grid.ts'
import { clockLines, headLines, noteLines, upstreamLines } from './head.ts'
import type { Look } from './look.ts'
import { backendLines, instanceLines, targetsIn } from './tables.ts'

export interface StatusViewOptions extends Look {
  /** The last minutes of the targets; empty where they are not known. */
  readonly strips: Strips
  /** Who holds what is not held here, as far as it is known; null is another server. */
  readonly holders: ReadonlyMap<string, string | null>
  /** The lines that there is room for, or null where there is no end to them. */
  readonly rows: number | null
  /** Every target in a row of its own, however many there are. */
  readonly all: boolean
}

/** Below this a grid is not worth the blank lines that it costs. */
const MIN_GRID = 6

/**
 * The whole view, lines without a final newline; none is wider than the terminal, and there are no
 * more of them than it has room for. Throws when the document's details are not what they should be.
 */
export function statusView(document: StatusDocument, options: StatusViewOptions): string {
  const { rows, strips, all } = options
  const above = [
    headLines(document, options),
    noteLines(document, options),
    [...clockLines(document, options), ...upstreamLines(document, options)],
    instanceLines(document.instances, options.holders, options),
    backendLines(document.backends ?? [], options),
  ]
  const below = unusableLines(document, options)
  const others = [...above, below].filter((part) => part.length > 0)
  const lines = others.reduce((sum, part) => sum + part.length, 0)
  const isTight = rows !== null && rows - lines - others.length < MIN_GRID
  const left = rows === null ? null : rows - lines - (isTight ? 0 : others.length)
  const shown = { ...document, targets: targetsIn(document, all) }
  const grid = gridLines(shown, strips, { rows: left, all }, options)
  const parts = [...above, grid, below].filter((part) => part.length > 0)
  const drawn = parts
    .map((part) => part.map((line: Line) => drawLine(line, options)))
    .flatMap((part, at) => (isTight || at === 0 ? part : ['', ...part]))
  return cutTo(drawn, options).join('\n')
}

function cutTo(lines: readonly string[], { rows, columns, signs, style }: StatusViewOptions) {
  if (rows === null || lines.length <= rows) return lines
  const kept = lines.slice(0, Math.max(0, rows - 1))
  const more: Line = [[`${lines.length - kept.length} more lines`, 'faint']]
  return [...kept, drawLine(more, { columns, signs, style })].slice(0, rows)
}
