// The instances of the status view: this server's rank, what it is worth, and what it holds.
import { cell, type Line, type Span } from '../screen/line.ts'
import { folded, widthOf } from '../screen/width.ts'
import { STANDING_TONE } from '../standing-tone.ts'
import type { InstanceStatus } from '../status-document.ts'
import { priorityText } from '../text.ts'
import { type Look, words } from './look.ts'

const TITLES = ['INSTANCE', 'RANK', 'STANDING', 'PRIORITY', 'HOLDS']
const SHORT_TITLES = TITLES.with(3, 'PRIO')
/** Between columns; on a narrow terminal they move together. */
const GAP = 2
const NARROW = 60
/** With less than this beside the table, the addresses come below. */
const LEAST_BESIDE = 24

/** @param holders who holds what is not held here, as far as it is known; null is another server */
export function instanceLines(
  instances: readonly InstanceStatus[],
  holders: ReadonlyMap<string, string | null>,
  look: Look,
): Line[] {
  if (instances.length === 0) return []
  const { columns, signs } = look
  const gap = columns < NARROW ? 1 : GAP
  const names = columns < NARROW ? SHORT_TITLES : TITLES
  const rows = instances.map((instance) => cellsOf(instance, holders, look))
  const widths = names.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(signs.clean(row[column]?.[0] ?? '')))),
  )
  const offset = widths.reduce((sum, width) => sum + width + gap, 0)
  const isBeside = columns - offset >= LEAST_BESIDE
  const titles = names.map((title, column) => cell(title, (widths[column] ?? 0) + gap, 'faint'))
  return [
    isBeside ? [...titles, ['ADDRESSES', 'faint']] : titles,
    ...instances.flatMap((instance, at) => {
      const head = (rows[at] ?? []).map(([text, tone], column) =>
        cell(signs.clean(text), (widths[column] ?? 0) + gap, tone),
      )
      const addresses = signs.clean(instance.addresses.join(' '))
      if (addresses === '') return [head]
      if (!isBeside)
        return [head, ...folded(addresses, columns, '  ').map((line): Line => [[line, 'faint']])]
      const [first = '', ...more] = folded(addresses, columns - offset)
      return [
        [...head, [first] as Span],
        ...more.map((line): Line => [[' '.repeat(offset)], [line]]),
      ]
    }),
  ]
}

function cellsOf(
  instance: InstanceStatus,
  holders: ReadonlyMap<string, string | null>,
  { signs }: Look,
): Span[] {
  const { name, rank, of, standing, priority, holding } = instance
  return [
    [words(name), holding ? 'strong' : 'plain'],
    [rank === null ? 'unlisted' : `${rank} of ${of}`],
    [standing, STANDING_TONE[standing] ?? 'doubtful'],
    [priorityText(priority)],
    holding
      ? [`${signs.holds} yes`, 'good']
      : [`${signs.holdsNot} ${elsewhere(name, holders)}`, 'faint'],
  ]
}

function elsewhere(name: string, holders: ReadonlyMap<string, string | null>): string {
  const holder = holders.get(name)
  return holder === undefined ? 'no' : `no, ${holder ?? 'another'}`
}
