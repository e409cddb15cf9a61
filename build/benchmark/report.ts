// The report: a table for a terminal, a JSON document, and the page in docs/.
import type { Figure } from './figure.ts'
import type { Machine } from './machine.ts'

export interface Report {
  readonly date: string
  readonly command: string
  readonly holdfast: string
  readonly quick: boolean
  readonly machine: Machine
  /** The most that others used before a part, as a share of one core. */
  readonly othersShare: number
  readonly figures: readonly Figure[]
  /** Parts without figures, each with the reason. */
  readonly failures: readonly string[]
}

/** Above this share of a core, others have been felt. */
const BUSY_SHARE = 0.1

const HEADINGS = ['what', 'reference', 'goal', 'measured', 'met']

export function toText(report: Report): string {
  const rows = [HEADINGS, ...report.figures.map(cells)]
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  )
  const lines = rows.map((row) => row.map((cell, at) => pad(cell, widths[at] ?? 0)).join('  '))
  return [
    ...lines.map((line) => line.trimEnd()),
    ...report.failures.map((failure) => `failed: ${failure}`),
    '',
    ...facts(report).map(([name, value]) => `${name}: ${value}`),
    ...caveats(report),
  ].join('\n')
}

/** The line of the page from which on a new run leaves it as it is. */
const KEPT = '<!-- not of build/bench: kept by --write -->'

/** What an earlier page has from the kept line on, to follow a new one; empty if it has no such line. */
export function keptOf(page: string): string {
  const at = page.indexOf(`\n${KEPT}\n`)
  return at === -1 ? '' : page.slice(at)
}

export function toMarkdown(report: Report): string {
  const row = (values: readonly string[]) => `| ${values.join(' | ')} |`
  const notes = report.figures.flatMap((figure) =>
    figure.note === undefined ? [] : [`- ${figure.what}: ${figure.note}`],
  )
  return `# Benchmarks

The last run of \`build/bench\`, which builds what it measures and writes this page. References are
measured in the same run, beside the product, unless they say otherwise; a goal that is missed
stands here as missed.

${row(HEADINGS)}
${row(HEADINGS.map(() => '---'))}
${report.figures.map((figure) => row(cells(figure))).join('\n')}

${[...notes, ...report.failures.map((failure) => `- Not measured: ${failure}`)].join('\n')}

## How

- Wall times are medians of runs that alternate with those of the reference, so that what disturbs
  one disturbs the other. CPU is user and system time together, children included.
- Memory is what is resident, the pages of the executable among them. How many of those count
  depends on how the file came into the page cache, hence the two rows for \`check\`.
- named is Debian's, on the loopback addresses of a network namespace; the lab has three servers
  with named and keepalived in namespaces, and a client that counts unanswered queries.
- What measures and what is measured share the machine's ${report.machine.cores} cores: the lab, with three servers
  and a client, and large check cycles, with named, would be faster on more.

## This run

${facts(report)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}
${caveats(report)
  .map((caveat) => `\n**${caveat}**\n`)
  .join('')}`
}

function cells(figure: Figure): string[] {
  const met = figure.met === null ? '–' : figure.met ? 'yes' : 'NO'
  return [figure.what, figure.reference, figure.goal, figure.measured, met]
}

function facts({ machine, ...report }: Report): [string, string][] {
  return [
    ['date', report.date],
    ['command', `\`${report.command}\``],
    ['holdfast', report.holdfast],
    ['machine', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB`],
    ['system', `${machine.system}, kernel ${machine.kernel}`],
    ['versions', `Bun ${machine.bun}, named ${machine.named}, keepalived ${machine.keepalived}`],
    [
      'load',
      `${machine.loadBefore.toFixed(2)} before the run; other programs used at most ` +
        `${(report.othersShare * 100).toFixed(0)} % of one core just before a part`,
    ],
  ]
}

function caveats(report: Report): string[] {
  const busy =
    'Other programs were running beside this: the figures may be worse than on a quiet machine.'
  const quick = 'A quick run with few samples: a first look, no measurement.'
  return [...(report.othersShare > BUSY_SHARE ? [busy] : []), ...(report.quick ? [quick] : [])]
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}
