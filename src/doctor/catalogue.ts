// What can be told of checks without looking at a host: which of them are meant, a list, and what there is to say of each.
import { suggest } from '../config/text/suggest.ts'
import type { Style } from '../view/style.ts'
import { type Column, table, wrapped } from '../view/text-table.ts'
import { CATEGORIES, type DoctorCheck, type Severity } from './doctor-check.ts'
import { aboutOf } from './manual.ts'

type Choice =
  | { readonly ok: true; readonly checks: readonly DoctorCheck[] }
  | { readonly ok: false; readonly error: string }

/**
 * @param only codes and categories, in any case; all checks when it is empty
 * @param skip codes and categories to leave out of those
 */
export function choose(
  checks: readonly DoctorCheck[],
  only: readonly string[],
  skip: readonly string[],
): Choice {
  const known = [...checks.map(({ code }) => code), ...CATEGORIES]
  const unknown = [...only, ...skip].find((word) => !known.some((name) => isSame(name, word)))
  if (unknown !== undefined) {
    const guess = suggest(unknown, known)
    const advice = guess === null ? 'see "holdfast doctor --list"' : `did you mean ${guess}?`
    return { ok: false, error: `unknown check "${unknown}"; ${advice}` }
  }
  const isNamed = ({ code, category }: DoctorCheck, words: readonly string[]) =>
    words.some((word) => isSame(code, word) || isSame(category, word))
  const chosen = checks.filter(
    (check) => (only.length === 0 || isNamed(check, only)) && !isNamed(check, skip),
  )
  return chosen.length > 0
    ? { ok: true, checks: chosen }
    : { ok: false, error: 'no check is left after --only and --skip' }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** What a finding of each severity comes to, in a word for people. */
const NAMES: Readonly<Record<Severity, string>> = { fail: 'failure', warn: 'warning' }

const COLUMNS: readonly Column<DoctorCheck>[] = [
  { title: 'CODE', text: ({ code }) => code },
  { title: 'CATEGORY', text: ({ category }) => category },
  { title: 'SEVERITY', text: ({ severity }) => NAMES[severity] },
  { title: 'CHECK', text: ({ title }) => title },
]

/** A row a check. */
export function listView(checks: readonly DoctorCheck[], style: Style, columns: number): string {
  return table(COLUMNS, checks, style, columns).join('\n')
}

/** The same for programs. */
export function listDocument(checks: readonly DoctorCheck[]): object {
  return {
    format: 1,
    checks: checks.map(({ code, category, severity, title }) => ({
      code,
      category,
      severity,
      title,
    })),
  }
}

/** The manual's section on a check, as plain text. */
export function explanation(check: DoctorCheck, columns: number): string {
  const { code, category, severity, title } = check
  return [
    `${code} (${category}, ${NAMES[severity]})`,
    ...[`${title}.`, ...aboutOf(check)].map((paragraph) => wrapped(paragraph, columns).join('\n')),
  ].join('\n\n')
}
