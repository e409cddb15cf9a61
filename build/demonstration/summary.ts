// The table at the end: each event, who had the address after it, and what it cost. Pure.
import type { ClientReport } from '../../test/lab/client-report.ts'

/** Something that was done to the servers, and what came of it. */
export interface Happening {
  /** Wall-clock milliseconds. */
  readonly atMs: number
  readonly title: string
  /** Who held the address when the next thing happened. */
  readonly holder: string
}

export interface Cost {
  readonly lost: number
  /** The longest time from a lost query to the next answered one of the same stream. */
  readonly gapMs: number
}

/** A query may be on its way when something happens, and is lost by it all the same. */
const BEFORE_MS = 50

/** What each happening cost: what was lost from then until the next one. */
export function costsOf(
  happenings: readonly { readonly atMs: number }[],
  report: Pick<ClientReport, 'outages'>,
): Cost[] {
  return happenings.map(({ atMs }, index) => {
    const untilMs = happenings[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
    const within = report.outages.filter(
      (outage) => outage.fromMs >= atMs - BEFORE_MS && outage.fromMs < untilMs - BEFORE_MS,
    )
    return {
      lost: within.reduce((sum, outage) => sum + outage.lost, 0),
      gapMs: within.reduce((longest, outage) => Math.max(longest, outage.toMs - outage.fromMs), 0),
    }
  })
}

/** Lines of at most 80 columns. */
export function summaryLines(happenings: readonly Happening[], report: ClientReport): string[] {
  const costs = costsOf(happenings, report)
  const rows = happenings.map(({ title, holder }, index) => {
    const { lost, gapMs } = costs[index] ?? { lost: 0, gapMs: 0 }
    return [String(index + 1), title, holder, String(lost), gapMs.toFixed(0)]
  })
  const share = report.sent === 0 ? 0 : (100 * report.answered) / report.sent
  return [
    row(['', 'event', 'then held by', 'lost queries', 'gap ms']),
    row(['', '-'.repeat(36), '-'.repeat(12), '-'.repeat(12), '-'.repeat(6)]),
    ...rows.map(row),
    '',
    `${report.sent} queries were sent, ${report.answered} answered (${share.toFixed(2)} %), ${report.lost} lost.`,
    'A gap is the longest time from a lost query to the next answer of its kind',
    '(UDP or TCP, IPv4 or IPv6).',
  ]
}

const WIDTHS = [-1, -36, -12, 12, 6]

/** A negative width stands for text, which starts at the left. */
function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = WIDTHS[index] ?? 0
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()
}
