// A load balancer's real servers in the status view: what each weighs, what it is worth, and why.
import { isLastResort } from '../../balancer/pool.ts'
import type { BackendStatus, StatusDocument, TargetStatus } from '../../documents/status.ts'
import { alike, overrideText } from '../../documents/text.ts'
import type { Line } from '../screen/line.ts'
import { STANDING_TONE } from '../standing-tone.ts'
import { type ColumnRow, columnLines } from './columns.ts'
import { type Look, number, words } from './look.ts'

const TITLES = { cells: ['BACKEND', 'WEIGHT', 'STANDING', 'TARGETS'], text: 'WHY' }

const LAST_RESORT = 'the last resort: nobody else is left'

/** No lines without backends. */
export function backendLines(backends: readonly BackendStatus[], look: Look): Line[] {
  const isSound = ({ standing }: BackendStatus) => standing === 'healthy'
  // Trouble comes first, as among targets: it must not be below the end of a screen.
  const sorted = backends.toSorted((a, b) => Number(isSound(a)) - Number(isSound(b)))
  return columnLines(TITLES, sorted.map(rowOf), look)
}

/**
 * The targets of which a grid tells. A balancer's own ones are its virtual addresses, and what they
 * are asked is told already; those of its real servers are shown when all is asked for.
 */
export function targetsIn(document: StatusDocument, all: boolean): readonly TargetStatus[] {
  const { backends = [], targets } = document
  if (backends.length === 0) return targets
  return all
    ? backends.flatMap((it) => it.targets.map((target) => ({ ...target, interface: it.backend })))
    : []
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
