// The tables of the status view: instances, and real servers; rows with columns, and a text beside or below them.

import { isFailOpen } from '../../balancer/pool.ts'
import { isServerState, type StateWord, stateWord } from '../../core/server-state.ts'
import type {
  BackendStatus,
  EndpointStatus,
  InstanceStatus,
  StatusDocument,
} from '../../documents/status-document.ts'
import { alike, overrideText, priorityText } from '../../documents/text.ts'
import { type Canvas, cell, folded, type Line, type Span, STATE_TONE, widthOf } from '../screen.ts'
import { number, words } from './status-canvas.ts'

interface ColumnRow {
  readonly cells: readonly Span[]
  /** As long as it likes; empty for none. */
  readonly text: string
}

interface ColumnTitles {
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
function isNarrow({ columns }: Pick<Canvas, 'columns'>): boolean {
  return columns < NARROW
}

/** No lines without rows. */
function columnLines(titles: ColumnTitles, rows: readonly ColumnRow[], canvas: Canvas): Line[] {
  return rows.length === 0 ? [] : blocksOf(titles, rows, canvas).flat()
}

/** The lines of the titles, and those of each row. */
function blocksOf(titles: ColumnTitles, rows: readonly ColumnRow[], canvas: Canvas): Line[][] {
  const { columns, signs } = canvas
  const gap = isNarrow(canvas) ? 1 : GAP
  const widths = titles.cells.map((title, at) =>
    Math.max(title.length, ...rows.map(({ cells }) => widthOf(signs.clean(cells[at]?.[0] ?? '')))),
  )
  const offset = widths.reduce((sum, width) => sum + width + gap, 0)
  if (offset - gap > columns && widths.length > 1) return stackedBlocks(titles, rows, canvas)
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
function stackedBlocks(titles: ColumnTitles, rows: readonly ColumnRow[], canvas: Canvas): Line[][] {
  const [title = '', ...others] = titles.cells
  const rest = rows.map(({ cells, text }) => ({ cells: cells.slice(1), text }))
  const columns = canvas.columns - INDENT.length
  const below = blocksOf({ ...titles, cells: others }, rest, { ...canvas, columns })
  const names: Span[] = [[title, 'faint'], ...rows.map(({ cells }): Span => cells[0] ?? [''])]
  return below.map((block, at) => [
    [[canvas.signs.clean(names[at]?.[0] ?? ''), names[at]?.[1] ?? 'plain']],
    ...block.map((line): Line => [[INDENT], ...line]),
  ])
}

const BACKEND_TITLES = { cells: ['REAL SERVER', 'STATE', 'WEIGHT', 'CHECKS'], text: 'WHY' }

const FAIL_OPEN = 'fail-open: all real servers have failed'

/** No lines without backends. */
export function backendLines(backends: readonly BackendStatus[], canvas: Canvas): Line[] {
  const isSound = ({ state: serverState }: BackendStatus) => serverState === 'healthy'
  // Trouble comes first, as among endpoints: it must not be below the end of a screen.
  const sorted = backends.toSorted((a, b) => Number(isSound(a)) - Number(isSound(b)))
  return columnLines(BACKEND_TITLES, sorted.map(rowOf), canvas)
}

/**
 * The endpoints that a grid shows. A balancer's own ones are its virtual addresses, and what they
 * are asked is shown already; those of its real servers are shown when all is asked for.
 */
export function endpointsIn(document: StatusDocument, all: boolean): readonly EndpointStatus[] {
  const { backends = [], endpoints } = document
  if (backends.length === 0) return endpoints
  return all
    ? backends.flatMap((backend) =>
        backend.endpoints.map((endpoint) => ({ ...endpoint, interface: backend.backend })),
      )
    : []
}

function rowOf(backend: BackendStatus): ColumnRow {
  const { weight, configured_weight: full, endpoints_ok: answer, endpoints } = backend
  const state = stateOfRow(backend.state)
  const tone = STATE_TONE[state]
  const isWell = number(answer) === endpoints.length
  return {
    cells: [
      [words(backend.backend), weight === 0 ? 'plain' : 'strong'],
      [state, tone],
      [weightText(weight, full), weight === full ? 'plain' : tone],
      [`${answer}/${endpoints.length} ok`, isWell ? 'plain' : 'doubtful'],
    ],
    text: whyText(backend),
  }
}

/** "100", or "25 of 100" on the way there; a dash before the first result. */
function weightText(weight: number | null, full: number): string {
  if (weight === null) return '-'
  return weight === full ? String(number(weight)) : `${number(weight)} of ${number(full)}`
}

function whyText(backend: BackendStatus): string {
  const { override, reasons } = backend
  const last = isFailOpen(backend) ? [FAIL_OPEN] : []
  const ordered = override === null ? [] : [overrideText(override)]
  return [...ordered, ...last, ...alike(reasons.map(words))].join('; ')
}

const INSTANCE_TITLES = ['INSTANCE', 'STATE', 'PRIO', 'RANK', 'HOLDER']

/** @param holders who holds what is not held here, as far as it is known; null is another server */
export function instanceLines(
  { server, instances }: Pick<StatusDocument, 'server' | 'instances'>,
  holders: ReadonlyMap<string, string | null>,
  canvas: Canvas,
): Line[] {
  const titles = { cells: INSTANCE_TITLES, text: 'ADDRESSES' }
  const rows = instances.map((instance) => ({
    cells: cellsOf(
      instance,
      instance.holding ? words(server) : elsewhere(instance, holders),
      canvas,
    ),
    text: instance.addresses.join(' '),
  }))
  return columnLines(titles, rows, canvas)
}

function cellsOf(instance: InstanceStatus, holder: string, { signs }: Canvas): Span[] {
  const { name, rank, of, priority, holding } = instance
  const state = stateOfRow(instance.state)
  return [
    [words(name), holding ? 'strong' : 'plain'],
    [state, STATE_TONE[state]],
    [priorityText(priority)],
    [rank === null ? 'unlisted' : `${rank}/${of}`],
    holding ? [`${signs.holds} ${holder}`, 'good'] : [`${signs.holdsNot} ${holder}`, 'faint'],
  ]
}

function elsewhere({ name }: InstanceStatus, holders: ReadonlyMap<string, string | null>): string {
  const holder = holders.get(name)
  return holder === undefined ? 'not here' : (holder ?? 'another server')
}

function stateOfRow(state: unknown): StateWord {
  if (!isServerState(state)) throw new TypeError(`${String(state)} is no state`)
  return stateWord(state, false)
}
