// The grid of the status view: what each address came to by each transport, now and in the last minutes.
import type { StatusDocument } from '../../documents/status-document.ts'
import {
  STRIP_STEP_MS,
  STRIP_STEPS,
  type StripMark,
  type Strips,
} from '../../documents/tally-document.ts'
import { durationText } from '../../documents/text.ts'
import { type Canvas, cell, folded, type Line, type Span, type Tone, widthOf } from '../screen.ts'
import {
  condensed,
  type Grid,
  gridOf,
  type Row,
  type RowGroup,
  type Spot,
  stepsPerMark,
  summedUp,
} from './rows.ts'

/** The sign that an address is held, and a space. */
const INDENT = 2
const GAP = 2
/** Narrower ones show nothing. */
const MIN_STRIP = 6

interface Layout {
  readonly label: number
  readonly text: number
  /** 0 where there is no room for strips, or nothing to show in them. */
  readonly strip: number
  /** An address, and below it what it came to. */
  readonly isStacked: boolean
}

const MARK_TONE: Readonly<Record<StripMark, Tone>> = {
  ' ': 'plain',
  '.': 'good',
  '~': 'doubtful',
  v: 'faint',
  x: 'bad',
}

const LEGEND: readonly (readonly [StripMark, string])[] = [
  ['.', 'ok'],
  ['~', 'ok after retry'],
  ['v', 'address gone'],
  ['x', 'failed'],
]

export function gridLines(
  document: StatusDocument,
  strips: Strips,
  room: Omit<Room, 'rowHeight'>,
  canvas: Canvas,
): Line[] {
  const grid = gridOf(document, strips)
  if (grid.groups.length === 0) return []
  const layout = layoutOf(grid, canvas)
  const above = layout.isStacked ? [] : [titles(grid, layout)]
  const legend = layout.strip > 0 && (room.legend || hasMarks(grid)) ? [legendLine(canvas)] : []
  const rows = room.rows === null ? null : room.rows - above.length - legend.length
  const choice = choose(grid.groups, { ...room, rows, rowHeight: layout.isStacked ? 2 : 1 })
  const body = choice.groups.flatMap((group) => groupLines(group, grid, layout, canvas))
  return [...above, ...body, ...leftLines(choice), ...legend]
}

/** Something else than that all is well. */
function hasMarks({ groups }: Grid): boolean {
  const spots = groups.flatMap(({ rows }) => rows.flatMap((row) => row.spots))
  return spots.some((spot) => spot !== null && /[^ .]/.test(spot.strip))
}

function layoutOf({ transports, groups }: Grid, { columns, signs }: Canvas): Layout {
  const rows = groups.flatMap((group) => group.rows)
  const spots = rows.flatMap((row) => row.spots).filter((spot) => spot !== null)
  const label = Math.max(0, ...rows.map((row) => widthOf(signs.clean(row.label))))
  const text = Math.max(0, ...spots.map((spot) => widthOf(signs.clean(spot.text))))
  const rest = columns - INDENT - label - transports.length * (GAP + text)
  if (rest < 0) return { label, text, strip: 0, isStacked: true }
  const hasStrips = spots.some((spot) => spot.strip !== '')
  const each = Math.min(STRIP_STEPS, Math.floor(rest / transports.length) - 1)
  if (!hasStrips || each < MIN_STRIP) return { label, text, strip: 0, isStacked: false }
  // Marks that stand for as many steps each leave some room over.
  const strip = Math.ceil(STRIP_STEPS / stepsPerMark(each))
  return { label, text, strip, isStacked: false }
}

function titles({ transports }: Grid, layout: Layout): Line {
  const wide = layout.text + (layout.strip > 0 ? layout.strip + 1 : 0)
  const heads = transports.map((transport) => cell(transport.toUpperCase(), wide + GAP, 'faint'))
  return [cell('ADDRESS', INDENT + layout.label + GAP, 'faint'), ...heads]
}

function groupLines(group: ShownGroup, grid: Grid, layout: Layout, canvas: Canvas): Line[] {
  const { all, troubled } = group.sizes
  const count = `${all} ${all === 1 ? 'address' : 'addresses'}`
  const head: Line = [
    [group.interface, 'strong'],
    [`  ${count}`, 'faint'],
    ...(troubled === 0 ? [] : [[', ', 'faint'] as Span, [`${troubled} failing`, 'bad'] as Span]),
  ]
  return [head, ...group.rows.flatMap((row) => rowLines(row, grid, layout, canvas))]
}

/** As in the table of instances. */
function signOf({ isHeld, isService }: Row, { signs }: Canvas): Span {
  if (isHeld) return [`${signs.holds} `, 'good']
  return isService ? [`${signs.holdsNot} `, 'faint'] : ['  ']
}

function rowLines(row: Row, { transports }: Grid, layout: Layout, canvas: Canvas): Line[] {
  const sign = signOf(row, canvas)
  const label = canvas.signs.clean(row.label)
  if (layout.isStacked) {
    const spots = row.spots.flatMap((spot, at): Span[] =>
      spot === null ? [] : [['  '], [`${transports[at]} `, 'faint'], [spot.text, spot.tone]],
    )
    return [
      [sign, [label]],
      [['  '], ...spots],
    ]
  }
  const spots = row.spots.flatMap((spot) => spotSpans(spot, layout, canvas))
  return [[sign, cell(label, layout.label), ...spots]]
}

function spotSpans(spot: Spot | null, { text, strip }: Layout, { signs }: Canvas): Span[] {
  const gap: Span = [' '.repeat(GAP)]
  const marks = strip === 0 ? [] : [[' '] as Span, ...stripSpans(spot?.strip ?? '', strip, signs)]
  if (spot === null) return [gap, cell('-', text, 'faint'), ...marks]
  return [gap, cell(signs.clean(spot.text), text, spot.tone), ...marks]
}

/** Marks of a kind that follow on each other are one span, which keeps what is drawn short. */
function stripSpans(strip: string, width: number, { marks }: Canvas['signs']): Span[] {
  const condensedMarks = condensed(strip, width)
  const blank = ' '.repeat(Math.max(0, width - condensedMarks.length))
  const spans: [string, Tone][] = [[blank, 'plain']]
  for (const mark of condensedMarks) {
    const last = spans.at(-1)
    if (last !== undefined && last[1] === MARK_TONE[mark]) last[0] += marks[mark]
    else spans.push([marks[mark], MARK_TONE[mark]])
  }
  return spans
}

function legendLine({ signs }: Canvas): Line {
  const lasts = durationText(STRIP_STEPS * STRIP_STEP_MS)
  return [
    [`last ${lasts}:`, 'faint'],
    ...LEGEND.flatMap(([mark, words]): Span[] => [
      [` ${signs.marks[mark]}`, MARK_TONE[mark]],
      [` ${words}`, 'faint'],
    ]),
  ]
}

function leftLines({ left }: Choice): Line[] {
  return left === 0 ? [] : [[[`${left} more ${left === 1 ? 'row' : 'rows'}`, 'faint']]]
}

/** Addresses at which nothing can be bound; only a service address is probed anyway. */
export function unusableLines({ addresses }: StatusDocument, { columns, signs }: Canvas): Line[] {
  return addresses
    .filter((address) => address.state !== 'ready')
    .map(({ address, interface: name, state, probed }) => {
      return `address ${address} on ${name} is ${state}${probed ? '' : ': not probed'}`
    })
    .flatMap((sentence) => folded(signs.clean(sentence), columns, '', '  '))
    .map((line) => [[line, 'doubtful']])
}

export interface Room {
  /** Rows for the grid; null where there is no end to them. */
  readonly rows: number | null
  /** How many lines a row takes up. */
  readonly rowHeight: number
  /** The operator asked for every endpoint. */
  readonly all: boolean
  /** What the marks mean is said whatever they are. */
  readonly legend: boolean
}

/** Without a limit this many healthy addresses of an interface are still shown one by one. */
const MAX_HEALTHY = 12

interface ShownGroup {
  readonly interface: string
  readonly rows: readonly Row[]
  readonly sizes: { readonly all: number; readonly troubled: number }
}

interface Choice {
  readonly groups: readonly ShownGroup[]
  /** Rows that are neither shown nor summed up. */
  readonly left: number
}

/**
 * Service addresses and those in trouble come first; the healthy ones of an interface are
 * one row where they are many, or where there is too little room.
 */
function choose(groups: readonly RowGroup[], room: Room): Choice {
  if (room.rows === null)
    return { groups: groups.map((group) => shown(group, mayFold(group, room.all))), left: 0 }
  const budget = room.rows
  const height = (rows: number) => 1 + rows * room.rowHeight
  let used = groups.reduce((sum, group) => sum + height(foldedSize(group)), 0)
  // What is folded at least is unfolded again as far as that fits.
  const choices = groups.map((group) => {
    const extra = (group.rows.length - foldedSize(group)) * room.rowHeight
    const fits = used + extra <= budget
    if (fits) used += extra
    return shown(group, !fits)
  })
  return cut(choices, budget, room.rowHeight)
}

function mayFold({ rows }: RowGroup, all: boolean): boolean {
  return !all && rows.filter(isUnremarkable).length > MAX_HEALTHY
}

function isUnremarkable(row: Row): boolean {
  return !row.isTroubled && !row.isService
}

/** One unremarkable row says more than its sum. */
function foldedSize({ rows }: RowGroup): number {
  const unremarkable = rows.filter(isUnremarkable).length
  return rows.length - unremarkable + Math.min(1, unremarkable)
}

function shown(group: RowGroup, isFolded: boolean): ShownGroup {
  const { rows } = group
  const unremarkable = rows.filter(isUnremarkable)
  const sizes = { all: rows.length, troubled: rows.filter((row) => row.isTroubled).length }
  const kept =
    isFolded && unremarkable.length > 1
      ? [...rows.filter((row) => !isUnremarkable(row)), summedUp(unremarkable)]
      : rows
  return { interface: group.interface, rows: kept, sizes }
}

/** Cuts what does not fit from the end, but for a line that says so. */
function cut(groups: readonly ShownGroup[], budget: number, rowHeight: number): Choice {
  const needed = groups.reduce((sum, { rows }) => sum + 1 + rows.length * rowHeight, 0)
  if (needed <= budget) return { groups, left: 0 }
  let room = budget - 1
  let left = 0
  const kept: ShownGroup[] = []
  for (const group of groups) {
    const fitting = Math.max(0, Math.floor((room - 1) / rowHeight))
    const rows = group.rows.slice(0, fitting)
    left += group.rows.length - rows.length
    if (rows.length === 0) continue
    kept.push({ ...group, rows })
    room -= 1 + rows.length * rowHeight
  }
  return { groups: kept, left }
}
