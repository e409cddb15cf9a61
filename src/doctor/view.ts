// Every result as an operator reads it: a line for what is well or skipped, a block for what is not. Pure.
import { type Style, visible } from '../view/style.ts'
import { wrapped } from '../view/text-table.ts'
import type { Category, Severity } from './doctor-check.ts'
import type { CheckOutcome, CheckResult } from './results.ts'

export interface ViewOptions {
  readonly style: Style
  /** The width to wrap sentences at, Infinity for a pipe; commands are never broken. */
  readonly columns: number
}

type Row = Pick<CheckResult, 'code' | 'title'> & { readonly outcome: CheckOutcome }

/** "FAIL  H204  ": what comes before the words. */
const HEAD_WIDTH = 12
const INDENT = '  '
const MIN_WIDTH = 20
const MAX_EVIDENCE = 12

/** All results of a category, below its name. */
export function categoryView(
  category: Category,
  results: readonly CheckResult[],
  options: ViewOptions,
): string {
  const narrower = { ...options, columns: options.columns - INDENT.length }
  const lines = joined(results).flatMap((row) => linesOf(row, narrower))
  return [options.style.strong(category), ...lines.map((line) => `${INDENT}${line}`)].join('\n')
}

/** The troubles once more, since among so many lines they have long left the screen; '' without any. */
export function repeatedTroubles(results: readonly CheckResult[], options: ViewOptions): string {
  const width = widthOf({ ...options, columns: options.columns - INDENT.length })
  const lines = results.flatMap(({ code, outcome }) =>
    outcome.kind === 'fail' || outcome.kind === 'warn'
      ? headed(...weightOf(outcome.kind, options.style), code, texts(outcome.what, width))
      : [],
  )
  return lines.map((line) => `${INDENT}${line}`).join('\n')
}

/** What was found, how that is known, and what to type. */
export function troubleLines(row: Row, options: ViewOptions): string[] {
  return linesOf(row, options)
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function widthOf({ columns }: ViewOptions): number {
  return Math.max(MIN_WIDTH, columns - HEAD_WIDTH)
}

type Paint = (text: string) => string
const plain: Paint = (text) => text

function weightOf(kind: Severity, style: Style): [word: string, paint: Paint] {
  return kind === 'fail' ? ['FAIL', style.bad] : ['WARN', style.doubtful]
}

/** Checks that were skipped for the same reason share a line. */
function joined(results: readonly CheckResult[]): readonly Row[] {
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

function linesOf({ code, title, outcome }: Row, options: ViewOptions): string[] {
  const { style } = options
  const width = widthOf(options)
  switch (outcome.kind) {
    case 'ok': {
      const text = outcome.seen.trim() === '' ? title : `${title}: ${outcome.seen}`
      return headed('ok', style.good, code, texts(text, width), style.faint)
    }
    case 'skip': {
      const [first = '', ...more] = code.split(' ')
      const others = more.length === 0 ? '' : ` (the same for ${more.join(', ')})`
      return headed(
        'skip',
        style.faint,
        first,
        texts(`${outcome.why}${others}`, width),
        style.faint,
      )
    }
    case 'crash':
      return headed(
        ...(['CRASH', style.doubtful, code] as const),
        texts(`${title}: unknown, because the check crashed: ${outcome.why}`, width),
      )
    case 'warn':
    case 'fail': {
      const head = weightOf(outcome.kind, style)
      return [
        ...headed(...head, code, texts(outcome.what, width), style.strong),
        ...evidenceLines(outcome.evidence, width).map((line) => style.faint(line)),
        ...remedyLines(outcome.remedy, width),
      ]
    }
    default:
      return outcome satisfies never
  }
}

function texts(text: string, width: number): readonly string[] {
  return wrapped(visible(text), width)
}

function headed(
  word: string,
  paintWord: Paint,
  code: string,
  [first = '', ...more]: readonly string[],
  paint: Paint = plain,
): string[] {
  return [
    `${paintWord(word.padEnd(5))} ${paint(`${code}  ${first}`)}`,
    ...more.map((line) => `${' '.repeat(HEAD_WIDTH)}${paint(line)}`),
  ]
}

function evidenceLines(evidence: readonly string[], width: number): string[] {
  const lines = evidence.flatMap((text) => text.split('\n'))
  const shown = lines.slice(0, MAX_EVIDENCE)
  const left = lines.length - shown.length
  const more = left > 0 ? [`${counted(left, 'more line')} with --json`] : []
  return [...shown, ...more]
    .flatMap((line) => texts(line, width - 2))
    .map((line) => `${' '.repeat(HEAD_WIDTH)}| ${line}`)
}

const PROSE = '# '

/** A command has a line of its own, whole; prose is a comment of the shell, and nothing in it gets out of that. */
function remedyLines(remedy: readonly string[], width: number): string[] {
  return remedy
    .flatMap((text) =>
      text.startsWith(PROSE)
        ? texts(text.slice(PROSE.length), width - 5 - PROSE.length).map((part) => `${PROSE}${part}`)
        : text.split('\n').map(visible),
    )
    .map((line, at) => `${' '.repeat(HEAD_WIDTH)}${at === 0 ? 'fix: ' : '     '}${line}`)
}
