// The instances of the status view: this server's rank, what it is worth, and what it holds.

import type { InstanceStatus } from '../../documents/status.ts'
import { priorityText } from '../../documents/text.ts'
import type { Line, Span } from '../screen/line.ts'
import { STANDING_TONE } from '../standing-tone.ts'
import { columnLines, isNarrow } from './columns.ts'
import { type Look, words } from './look.ts'

const TITLES = ['INSTANCE', 'RANK', 'STANDING', 'PRIORITY', 'HOLDS']
const SHORT_TITLES = TITLES.with(3, 'PRIO')

/** @param holders who holds what is not held here, as far as it is known; null is another server */
export function instanceLines(
  instances: readonly InstanceStatus[],
  holders: ReadonlyMap<string, string | null>,
  look: Look,
): Line[] {
  const titles = { cells: isNarrow(look) ? SHORT_TITLES : TITLES, text: 'ADDRESSES' }
  const rows = instances.map((instance) => ({
    cells: cellsOf(instance, holders, look),
    text: instance.addresses.join(' '),
  }))
  return columnLines(titles, rows, look)
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
