// The manual of `holdfast doctor`: a head that is written by hand, and a section for every check.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from '../../src/doctor/checks.ts'
import {
  CATEGORIES,
  type Category,
  type Check,
  type Severity,
} from '../../src/doctor/doctor-check.ts'

const HEAD = join(import.meta.dir, 'doctor.md.in')

const ABOUT_CATEGORY: Readonly<Record<Category, string>> = {
  holdfast: 'Configuration, program, unit, folders, and the daemon itself.',
  keepalived: 'Its configuration as it is written, rendered and in force, and what it does.',
  vrrp: 'What is to be seen on the wire: adverts, other masters, strangers.',
  bind: 'The DNS server: its sockets, its answers, its configuration.',
  network: 'Interfaces, addresses, settings of the kernel, and firewalls.',
  balancer:
    'Load balancers: IPVS, the weights of the real servers, and what direct routing rests on. Elsewhere all of these are skipped.',
}

const WEIGHTS: Readonly<Record<Severity, string>> = { fail: 'failure', warn: 'warning' }

/** docs/doctor.md as it has to be. */
export function doctorPage(): string {
  return `${[
    readFileSync(HEAD, 'utf8').trimEnd(),
    '## All checks',
    ...CATEGORIES.map((category) => tableOf(category)),
    ...CATEGORIES.flatMap((category) => [
      `## ${category}`,
      ABOUT_CATEGORY[category],
      ...checksOf(category).map((check) => sectionOf(check)),
    ]),
  ].join('\n\n')}\n`
}

function checksOf(category: Category): readonly Check[] {
  return CHECKS.filter((check) => check.category === category)
}

function tableOf(category: Category): string {
  const rows = checksOf(category).map(
    ({ code, title, severity }) =>
      `| [${code}](#${code.toLowerCase()}) | ${inTable(title)} | ${WEIGHTS[severity]} |`,
  )
  return [`| ${category} | a sound host | counts as |`, '|---|---|---|', ...rows].join('\n')
}

/** The heading is the code alone, so that its anchor stays when the words change. */
function sectionOf({ code, title, severity, about }: Check): string {
  const head = `**${escaped(title)}.** Counts as a ${WEIGHTS[severity]}.`
  return [`### ${code}`, head, ...about.map(escaped)].join('\n\n')
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
