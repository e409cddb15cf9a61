// The report as an operator reads it: a line per category, then what is wrong, then one line that sums up. Pure.
import { durationText } from '../documents/text.ts'
import { type Style, visible } from '../view/style.ts'
import { wrapped } from '../view/text-table.ts'
import { CATEGORIES, type Category } from './doctor-check.ts'
import {
  type CheckOutcome,
  type CheckResult,
  type Examination,
  isTold,
  summaryOf,
} from './results.ts'
import { counted, troubleLines, type ViewOptions } from './view.ts'

type Kind = CheckOutcome['kind']
type Counts = Readonly<Record<Kind, number>>

/** The worst first: a category is as severe as the worst of its results. */
const BY_SEVERITY: readonly Kind[] = ['fail', 'crash', 'warn', 'ok', 'skip']
/** "FAIL  keepalived  ": where the counts of a category begin. */
const NAME_WIDTH = Math.max(...CATEGORIES.map((category) => category.length))
const COUNTS_AT = 6 + NAME_WIDTH + 2
const MIN_WIDTH = 20

/** Of the reasons for which checks of a category were skipped; -v has the rest. */
const MAX_REASONS = 4

/** How a check says that only root could have looked. */
const NEEDS_ROOT = /\bneeds root\b/
/** How a check says that another one explains it. */
const BECAUSE = /^because of (H\d{3}(?:, H\d{3})*)(?:: |$)/

/** All of it; categories without any result have no line. */
export function reportView(examination: Examination, options: ViewOptions): string {
  const { results } = examination
  const parts = [
    categoryLines(results, options),
    ...troublesOf(results).map((result) => troubleLines(result, options)),
    closingLines(examination, options),
  ]
  return parts.map((lines) => lines.join('\n')).join('\n\n')
}

/** Failures, warnings and crashes alone; '' where there are none. */
export function troublesView(results: readonly CheckResult[], options: ViewOptions): string {
  return troublesOf(results)
    .map((result) => troubleLines(result, options).join('\n'))
    .join('\n\n')
}

function troublesOf(results: readonly CheckResult[]): readonly CheckResult[] {
  const weight = ({ outcome }: CheckResult) => BY_SEVERITY.indexOf(outcome.kind)
  return results.filter(isTold).toSorted((a, b) => weight(a) - weight(b))
}

/** How many checks only root could have looked at. */
export function unseenIn(results: readonly CheckResult[]): number {
  return results.filter(({ outcome }) => outcome.kind === 'skip' && NEEDS_ROOT.test(outcome.why))
    .length
}

function categoryLines(results: readonly CheckResult[], options: ViewOptions): string[] {
  const rows = CATEGORIES.map((category) => ({
    category,
    own: results.filter((result) => result.category === category),
  })).filter(({ own }) => own.length > 0)
  const cells = rows.map(({ own }) => countCells(summaryOf(own)))
  // A column that is empty in every row would only be a gap.
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return rows.flatMap(({ category, own }, at) => {
    const counts = (cells[at] ?? [])
      .map((cell, column) => cell.padStart(widths[column] ?? 0))
      .filter((_, column) => widths[column] !== 0)
      .join('  ')
    return categoryLine(category, own, counts, results, options)
  })
}

function countCells({ ok, fail, warn, crash }: Counts): readonly string[] {
  return [
    ok > 0 ? `${ok} ok` : '',
    fail > 0 ? `${fail} failed` : '',
    warn > 0 ? counted(warn, 'warning') : '',
    crash > 0 ? `${crash} crashed` : '',
  ]
}

function categoryLine(
  category: Category,
  own: readonly CheckResult[],
  counts: string,
  all: readonly CheckResult[],
  { style, columns }: ViewOptions,
): string[] {
  const summary = summaryOf(own)
  const [word, paint] = headOf(BY_SEVERITY.find((kind) => summary[kind] > 0) ?? 'skip', style)
  const skipped = summary.skip > 0 ? `${summary.skip} skipped: ${skipsOf(own, all)}` : ''
  // The padding of the counts is no place to break a line at.
  const head = summary.skip === own.length ? '' : `${counts}  `
  const width = Math.max(MIN_WIDTH, columns - COUNTS_AT)
  const [first = '', ...more] = wrapped(`${head.replaceAll(' ', '\u00a0')}${skipped}`, width)
  return [
    `${paint(word.padEnd(6))}${style.strong(category.padEnd(NAME_WIDTH + 2))}${first}`,
    ...more.map((line) => `${' '.repeat(COUNTS_AT)}${line}`),
  ].map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
}

function headOf(kind: Kind, style: Style): [word: string, paint: (text: string) => string] {
  switch (kind) {
    case 'fail':
      return ['FAIL', style.bad]
    case 'crash':
      return ['CRASH', style.doubtful]
    case 'warn':
      return ['WARN', style.doubtful]
    case 'ok':
      return ['ok', style.good]
    case 'skip':
      return ['skip', style.faint]
    default:
      return kind satisfies never
  }
}

/** Why checks were skipped: each reason once, the most frequent first, with its count where there are several. */
function skipsOf(own: readonly CheckResult[], all: readonly CheckResult[]): string {
  const counts = new Map<string, number>()
  for (const { outcome } of own) {
    if (outcome.kind !== 'skip') continue
    const reason = reasonOf(outcome.why, all)
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, MAX_REASONS)
  const left = sorted.slice(MAX_REASONS).reduce((sum, [, count]) => sum + count, 0)
  return [...shown, ...(left > 0 ? [['other reasons', left] as const] : [])]
    .map(([reason, count]) => (sorted.length === 1 ? reason : `${reason} (${count})`))
    .join('; ')
}

/** A cause that the report names below needs no more than its code here. */
function reasonOf(why: string, all: readonly CheckResult[]): string {
  if (NEEDS_ROOT.test(why)) return 'needs root'
  const [, codes] = BECAUSE.exec(why) ?? []
  const isShown = all.some((result) => isTold(result) && codes?.includes(result.code) === true)
  return visible(codes !== undefined && isShown ? `because of ${codes}` : why)
}

/** How many of what, and how to see more. */
export function closingLines(
  { results, summary, tookMs }: Examination,
  { style, columns }: ViewOptions,
  isVerbose = false,
): string[] {
  const unseen = unseenIn(results)
  const root = unseen > 0 ? ` (${unseen} ${unseen === 1 ? 'needs' : 'need'} root)` : ''
  const counts = [
    summary.fail > 0 ? style.bad(counted(summary.fail, 'failure')) : '',
    summary.warn > 0 ? style.doubtful(counted(summary.warn, 'warning')) : '',
    summary.crash > 0 ? style.doubtful(`${summary.crash} crashed`) : '',
    style.good(`${summary.ok} ok`),
    summary.skip > 0 ? `${summary.skip} skipped${root}` : '',
  ]
  const first = results.find(({ outcome: { kind } }) => kind === 'fail' || kind === 'warn')
  const more = [
    ...(isVerbose ? [] : ['-v']),
    ...(first === undefined ? [] : [`--explain ${first.code}`]),
  ]
  const text = [
    `${counts.filter((count) => count !== '').join(', ')} in ${durationText(tookMs)}.`,
    ...(more.length > 0 ? [`More: holdfast doctor ${more.join(', ')}`] : []),
  ]
  return wrapped(text.join(' '), columns)
}
