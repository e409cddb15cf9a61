// The results as a person reads them: troubles before all, a line for everything else. Pure.
import { durationText } from '../documents/text.ts'
import { type Style, visible } from '../view/style.ts'
import { wrapped } from '../view/text-table.ts'
import type { Category, Severity } from './doctor-check.ts'
import { type Examination, isTold, type Result } from './results.ts'

export interface ViewOptions {
  readonly style: Style
  /** The width to wrap sentences at; commands are never broken. */
  readonly columns: number
  /** Troubles alone. */
  readonly quiet: boolean
}

type Outcome = Result['outcome']
type Row = Pick<Result, 'code' | 'title'> & { readonly outcome: Outcome }

/** "  FAIL  H204  ": what stands before the words. */
const INDENT = 14
const MAX_EVIDENCE = 12
/** How a check says that only root could have looked. */
const NEEDS_ROOT = /\bneeds root\b/

/** A category's part of the view, or '' when there is nothing to show of it. */
export function categoryView(
  category: Category,
  results: readonly Result[],
  options: ViewOptions,
): string {
  const shown = options.quiet ? results.filter(isTold) : results
  if (shown.length === 0) return ''
  const lines = joined(shown).flatMap((row) => linesOf(row, options))
  return [options.style.strong(category), ...lines].join('\n')
}

/** What all of it comes to: the troubles once more, how many of what, and what to do to see more. */
export function summaryView(
  { results, summary, tookMs }: Examination,
  { style, columns }: ViewOptions,
): string {
  const counts = [
    summary.fail > 0 ? style.bad(counted(summary.fail, 'failure')) : '',
    summary.warn > 0 ? style.doubtful(counted(summary.warn, 'warning')) : '',
    summary.crash > 0 ? style.doubtful(`${summary.crash} could not be completed`) : '',
    style.good(`${summary.ok} ok`),
    summary.skip > 0 ? `${summary.skip} skipped` : '',
  ]
  const troubles = results.flatMap((result) => troubleLines(result, style, columns))
  const lines = [...troubles, ...(troubles.length > 0 ? [''] : [])]
  lines.push(`${counts.filter((count) => count !== '').join(', ')}; took ${durationText(tookMs)}`)
  const unseen = unseenIn(results)
  if (unseen > 0)
    lines.push(...wrapped(`Run it with sudo to see ${unseen} more.`, columns).map(style.doubtful))
  const first = results.find(({ outcome: { kind } }) => kind === 'fail' || kind === 'warn')
  if (first !== undefined)
    lines.push(style.faint(`"holdfast doctor --explain ${first.code}" says more of ${first.code}.`))
  return lines.join('\n')
}

/** How many checks only root could have looked at. */
export function unseenIn(results: readonly Result[]): number {
  return results.filter(({ outcome }) => outcome.kind === 'skip' && NEEDS_ROOT.test(outcome.why))
    .length
}

/** Among so many lines the troubles have long left the screen when the last one is printed. */
function troubleLines({ code, outcome }: Result, style: Style, columns: number): string[] {
  if (outcome.kind !== 'fail' && outcome.kind !== 'warn') return []
  const [word, paint] = weightOf(outcome.kind, style)
  const [first = '', ...more] = wrapped(visible(outcome.what), Math.max(20, columns - INDENT))
  return [
    `  ${paint(word)} ${code}  ${first}`,
    ...more.map((line) => `${' '.repeat(INDENT)}${line}`),
  ]
}

function weightOf(kind: Severity, style: Style): [word: string, paint: (text: string) => string] {
  return kind === 'fail' ? ['FAIL ', style.bad] : ['WARN ', style.doubtful]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Checks that were skipped for the same reason share a line. */
function joined(results: readonly Result[]): readonly Row[] {
  const rows: Row[] = []
  for (const result of results) {
    const { outcome } = result
    const at = rows.findIndex(
      (candidate) =>
        candidate.outcome.kind === 'skip' &&
        outcome.kind === 'skip' &&
        candidate.outcome.why === outcome.why,
    )
    const row = rows[at]
    if (row === undefined) rows.push(result)
    else rows[at] = { ...row, code: `${row.code} ${result.code}` }
  }
  return rows
}

function linesOf({ code, title, outcome }: Row, { style, columns }: ViewOptions): string[] {
  const width = Math.max(20, columns - INDENT)
  switch (outcome.kind) {
    case 'ok': {
      const both = visible(outcome.seen.trim() === '' ? title : `${title}: ${outcome.seen}`)
      const text = both.length <= width ? both : cut(visible(title), width)
      return headed(style.good('ok   '), code, [text], style.faint)
    }
    case 'skip': {
      const [first = '', ...more] = code.split(' ')
      const also = more.length === 0 ? '' : ` (also ${more.join(', ')})`
      const texts = wrapped(`${visible(outcome.why)}${also}`, width)
      return headed(style.faint('skip '), first, texts, style.faint)
    }
    case 'crash':
      return headed(
        style.doubtful('CRASH'),
        code,
        wrapped(visible(`${title}: not known, for the check broke down: ${outcome.why}`), width),
        (text) => text,
      )
    case 'warn':
    case 'fail': {
      const [word, paint] = weightOf(outcome.kind, style)
      return [
        ...headed(paint(word), code, wrapped(visible(outcome.what), width), style.strong),
        ...evidenceLines(outcome.evidence, width).map((evidenceLine) => style.faint(evidenceLine)),
        ...remedyLines(outcome.remedy, width),
      ]
    }
    default:
      return outcome satisfies never
  }
}

/** What is well needs no second line. */
function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`
}

function headed(
  word: string,
  code: string,
  texts: readonly string[],
  paint: (text: string) => string,
): string[] {
  const [first = '', ...more] = texts
  return [
    `  ${word} ${paint(`${code}  ${first}`)}`,
    ...more.map((line) => `${' '.repeat(INDENT)}${paint(line)}`),
  ]
}

function evidenceLines(evidence: readonly string[], width: number): string[] {
  const lines = evidence.flatMap((text) => text.split('\n'))
  const shown = lines.slice(0, MAX_EVIDENCE)
  const left = lines.length - shown.length
  const more = left > 0 ? [`and ${counted(left, 'more line')}, which --json shows`] : []
  return [...shown, ...more]
    .flatMap((line) => wrapped(visible(line), width - 2))
    .map((line) => `${' '.repeat(INDENT)}| ${line}`)
}

/** What is typed stands in a line of its own, whole; a sentence, which ends as one, is wrapped. */
function remedyLines(remedy: readonly string[], width: number): string[] {
  return remedy
    .flatMap((text) => text.split('\n'))
    .flatMap((line) =>
      /^[A-Z].*[.!?)]$/.test(line) ? wrapped(visible(line), width - 5) : [visible(line)],
    )
    .map((line, at) => `${' '.repeat(INDENT)}${at === 0 ? 'fix: ' : '     '}${line}`)
}
