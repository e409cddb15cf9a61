// What the doctor can tell about its checks without looking at a host.

import type { Style } from '../view/style.ts'
import { type Column, table, wrapped } from '../view/text-table.ts'
import type { Check, Severity } from './doctor-check.ts'
import { aboutOf } from './manual.ts'

/** What a finding of each severity comes to, in a word for people. */
const NAMES: Readonly<Record<Severity, string>> = { fail: 'failure', warn: 'warning' }

const COLUMNS: readonly Column<Check>[] = [
  { title: 'CODE', text: ({ code }) => code },
  { title: 'CATEGORY', text: ({ category }) => category },
  { title: 'COUNTS AS', text: ({ severity }) => NAMES[severity] },
  { title: 'A SOUND HOST', text: ({ title }) => title },
]

/** A row a check. */
export function listView(checks: readonly Check[], style: Style, columns: number): string {
  return table(COLUMNS, checks, style, columns).join('\n')
}

/** The same for programs. */
export function listDocument(checks: readonly Check[]): object {
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
export function explanation(check: Check, columns: number): string {
  const { code, category, severity, title } = check
  return [
    `${code} (${category}, ${NAMES[severity]})`,
    ...[`${title}.`, ...aboutOf(check)].map((paragraph) => wrapped(paragraph, columns).join('\n')),
  ].join('\n\n')
}
