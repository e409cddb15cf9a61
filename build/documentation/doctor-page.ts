// The manual of `holdfast doctor`: a head that is written by hand, and a section for every check.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from '../../src/doctor/checks.ts'
import {
  CATEGORIES,
  type Category,
  type DoctorCheck,
  type Severity,
} from '../../src/doctor/doctor-check.ts'
import { manualPage } from '../../src/doctor/manual.ts'

const HEAD = join(import.meta.dir, 'doctor.md.in')

const WEIGHTS: Readonly<Record<Severity, string>> = { fail: 'failure', warn: 'warning' }

/** docs/reference/doctor.md as it has to be. */
export function doctorPage(): string {
  return `${[
    readFileSync(HEAD, 'utf8').trimEnd(),
    '## All checks',
    ...CATEGORIES.map((category) => tableOf(category)),
    ...CATEGORIES.flatMap((category) => {
      const { about, sections } = manualPage(category)
      return [
        `## ${category}`,
        about,
        ...checksOf(category).map((check) => sectionOf(check, sections.get(check.code) ?? '')),
      ]
    }),
  ].join('\n\n')}\n`
}

function checksOf(category: Category): readonly DoctorCheck[] {
  return CHECKS.filter((check) => check.category === category)
}

function tableOf(category: Category): string {
  const rows = checksOf(category).map(
    ({ code, title, severity }) =>
      `| [${code}](#${code.toLowerCase()}) | ${inTable(title)} | ${WEIGHTS[severity]} |`,
  )
  return [`| ${category} | what must be true | severity |`, '|---|---|---|', ...rows].join('\n')
}

/** The heading is the code alone, so that its anchor stays when the words change. */
function sectionOf({ code, title, severity }: DoctorCheck, text: string): string {
  const head = `**${escaped(title)}.** Severity: ${WEIGHTS[severity]}.`
  return [`### ${code}`, head, text].join('\n\n')
}

function inTable(text: string): string {
  return escaped(text).replaceAll('|', '\\|')
}

/** Plain text as Markdown; what stands in backticks is code there as well. */
function escaped(text: string): string {
  const parts = text.split(/(`[^`]*`)/)
  return parts
    .map((part, at) => (at % 2 === 1 ? part : part.replace(/[\\<>*[\]]/g, '\\$&')))
    .join('')
}
