// The status as a person reads it: the state first, then why, instances, real servers, endpoints, timers and events.

import type { StatusDocument } from '../../documents/status-document.ts'
import type { Strips } from '../../documents/tally-document.ts'
import { type Canvas, drawLine, folded, type Line } from '../screen.ts'
import { footerLines, type InstanceAtKeepalived, toSecond } from './footer.ts'
import { gridLines, unusableLines } from './grid.ts'
import { headLines, sentenceLines } from './headline.ts'
import { type StatusCanvas, words } from './status-canvas.ts'
import { backendLines, endpointsIn, instanceLines } from './tables.ts'

export interface StatusViewOptions extends StatusCanvas {
  /** The last minutes of the endpoints; empty where they are not known. */
  readonly strips: Strips
  /** Who holds what is not held here, as far as it is known; null is another server. */
  readonly holders: ReadonlyMap<string, string | null>
  /** What keepalived says of its instances; empty where it says nothing. */
  readonly vrrp: readonly InstanceAtKeepalived[]
  /** It is drawn again and again: then the last events are below it. */
  readonly isWatched: boolean
  /** The lines that there is room for, or null where there is no end to them. */
  readonly rows: number | null
  /** Every endpoint in a row of its own, however many there are. */
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
    [...headLines(document, options), ...noteLines(document, options)],
    instanceLines(document, options.holders, options),
    backendLines(document.backends ?? [], options),
  ]
  const below = [
    unusableLines(document, options),
    footerLines(document, options.vrrp, options),
    eventLines(document, options),
  ]
  const others = [...above, ...below].filter((part) => part.length > 0)
  const lines = others.reduce((sum, part) => sum + part.length, 0)
  const isTight = rows !== null && rows - lines - others.length < MIN_GRID
  const left = rows === null ? null : rows - lines - (isTight ? 0 : others.length)
  const shown = { ...document, endpoints: endpointsIn(document, all) }
  const grid = gridLines(shown, strips, { rows: left, all, legend: options.isWatched }, options)
  const parts = [...above, grid, ...below].filter((part) => part.length > 0)
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

/** What the daemon complains of. */
function noteLines({ complaints }: StatusDocument, canvas: Canvas): Line[] {
  return complaints.flatMap((complaint) =>
    sentenceLines(`note: ${words(complaint)}`, canvas, 'doubtful'),
  )
}

/** What one is watching for. */
function eventLines({ events = [] }: StatusDocument, options: StatusViewOptions): Line[] {
  if (!options.isWatched) return []
  return events.slice(-MAX_EVENTS).flatMap(({ at, text }) => {
    const line = `${toSecond(words(at))}  ${words(text)}`
    return folded(options.signs.clean(line), options.columns, '', ' '.repeat(EVENT_AT)).map(
      (words): Line => [[words, 'faint']],
    )
  })
}

const MAX_EVENTS = 5
/** Behind a time of day in UTC and two spaces. */
const EVENT_AT = 22
