// A load balancer's real servers in the status view: what each weighs, what it is worth, and why.
import { isLastResort } from '../../balance/pool.ts'
import type { Line } from '../screen/line.ts'
import { STANDING_TONE } from '../standing-tone.ts'
import type { BackendStatus } from '../status-document.ts'
import { alike, overrideText } from '../text.ts'
import { type ColumnRow, columnLines } from './columns.ts'
import { type Look, number, words } from './look.ts'

const TITLES = { cells: ['BACKEND', 'WEIGHT', 'STANDING', 'TARGETS'], text: 'WHY' }

const LAST_RESORT = 'the last resort: nobody else is left'

/** No lines without backends. */
export function backendLines(backends: readonly BackendStatus[], look: Look): Line[] {
  return columnLines(TITLES, backends.map(rowOf), look)
}

function rowOf(backend: BackendStatus): ColumnRow {
  const { weight, configured_weight: full, standing, targets_ok: answer, targets } = backend
  const tone = STANDING_TONE[standing] ?? 'doubtful'
  const isWell = number(answer) === targets.length
  return {
    cells: [
      [words(backend.backend), weight === 0 ? 'plain' : 'strong'],
      [weightText(weight, full), weight === full ? 'plain' : tone],
      [words(standing), tone],
      [`${answer} of ${targets.length}`, isWell ? 'plain' : 'doubtful'],
    ],
    text: whyText(backend),
  }
}

/** "100", or "25 of 100" on the way there; a dash before the first verdict. */
function weightText(weight: number | null, full: number): string {
  if (weight === null) return '-'
  return weight === full ? String(number(weight)) : `${number(weight)} of ${number(full)}`
}

function whyText(backend: BackendStatus): string {
  const { override, reasons } = backend
  const last = isLastResort(backend) ? [LAST_RESORT] : []
  const ordered = override === null ? [] : [overrideText(override)]
  return [...ordered, ...last, ...alike(reasons.map(words))].join('; ')
}
