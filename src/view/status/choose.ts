// Which rows of the grid are shown one by one, and which are summed up, where there is not room for all.
import { type Group, type Row, summedUp } from './rows.ts'

export interface Room {
  /** Rows for the grid; null where there is no end to them. */
  readonly rows: number | null
  /** How many lines a row takes up. */
  readonly rowHeight: number
  /** The operator asked for every target. */
  readonly all: boolean
}

/** Without a limit this many sound addresses of an interface are still shown one by one. */
const MAX_SOUND = 12

export interface ShownGroup {
  readonly interface: string
  readonly rows: readonly Row[]
  readonly sizes: { readonly all: number; readonly troubled: number }
}

export interface Choice {
  readonly groups: readonly ShownGroup[]
  /** Rows that are neither shown nor summed up. */
  readonly left: number
}

/**
 * Addresses in trouble and those that are held here come first; the sound ones of an interface are
 * one row where they are many, or where there is too little room.
 */
export function choose(groups: readonly Group[], room: Room): Choice {
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

function mayFold({ rows }: Group, all: boolean): boolean {
  return !all && rows.filter(isQuiet).length > MAX_SOUND
}

function isQuiet(row: Row): boolean {
  return !row.isTroubled && !row.isHeld
}

/** One quiet row says more than its sum. */
function foldedSize({ rows }: Group): number {
  const quiet = rows.filter(isQuiet).length
  return rows.length - quiet + Math.min(1, quiet)
}

function shown(group: Group, isFolded: boolean): ShownGroup {
  const { rows } = group
  const quiet = rows.filter(isQuiet)
  const sizes = { all: rows.length, troubled: rows.filter((row) => row.isTroubled).length }
  const kept =
    isFolded && quiet.length > 1 ? [...rows.filter((row) => !isQuiet(row)), summedUp(quiet)] : rows
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
