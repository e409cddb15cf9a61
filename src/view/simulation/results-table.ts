// The results of a simulation as tables for terminals of 80 columns, wherever the numbers let them, and as CSV.
import { formatDuration } from '../../config/values/duration.ts'
import { PLAIN, type Style } from '../style.ts'
import type {
  Delays,
  PointResult,
  PolicyResult,
  ScenarioResult,
  SimulationDocument,
  Spread,
} from './simulation-document.ts'

/** A column of figures: its title, and each policy's figure. */
interface Column {
  readonly title: string
  readonly figure: (result: PolicyResult, runs: number) => string
  /** A column that says nothing but 0 is left out. */
  readonly isOptional?: boolean
}

const COLUMNS: readonly Column[] = [
  { title: 'moves/h', figure: movesText },
  { title: 'bad%', figure: (policy) => percentText(policy.badShare.mean), isOptional: true },
  { title: 'none%', figure: (policy) => percentText(policy.noHolderShare.mean), isOptional: true },
  { title: 'two%', figure: (policy) => percentText(policy.twoHoldersShare.mean), isOptional: true },
  { title: 'lost%', figure: (policy) => percentText(policy.lostShare.mean), isOptional: true },
  { title: 'found', figure: (policy) => percentileText(policy.detection, policy.detection.p50Ms) },
  { title: 'p99', figure: (policy) => percentileText(policy.detection, policy.detection.p99Ms) },
  { title: 'back', figure: (policy) => percentileText(policy.return, policy.return.p50Ms) },
  { title: 'p99', figure: (policy) => percentileText(policy.return, policy.return.p99Ms) },
]

const CURVES: readonly (Column & { readonly explained: string })[] = [
  {
    title: 'moves/h',
    explained: 'address moves per hour',
    figure: (policy) => countText(policy.failoversPerHour.mean),
  },
  {
    title: 'bad%',
    explained: 'time on a bad server while a good one was there, %',
    figure: (policy) => percentText(policy.badShare.mean),
  },
  {
    title: 'none%',
    explained: 'time without a holder, %',
    figure: (policy) => percentText(policy.noHolderShare.mean),
  },
  {
    title: 'lost%',
    explained: 'queries lost, %',
    figure: (policy) => percentText(policy.lostShare.mean),
  },
]

const WIDTH = 80

const LEGEND = [
  'moves/h  address moves per hour; ± one standard deviation',
  'bad%     time on a server that loses half its queries while a good one was there',
  'none%    time without a holder; two%: two holders; lost%: client queries lost',
  'found    from a failure of the holder until a good server holds the address',
  'back     from the recovery of the best server until it holds the address again',
  'p99      99 of 100 took no longer than this; the column before it is the median',
  'never    did not happen in the simulated time; -: there was nothing to wait for',
]

/** All scenarios, one table each or several for a curve, and what the columns mean. */
export function simulationTables(document: SimulationDocument, style: Style = PLAIN): string {
  const { servers, hours, afterHours, runs, seed, vrrp } = document
  const afterMs = Math.round(afterHours * 3_600_000)
  const measured = afterMs === 0 ? '' : `, measured after ${formatDuration(afterMs)}`
  const head = `${servers} servers, ${runs} × ${hours} h${measured}, seed ${seed}, VRRPv${vrrp.version} adverts every ${vrrp.advertMs} ms`
  const tables = document.scenarios.map((scenario) => scenarioText(scenario, runs, style))
  const hasPlain = document.scenarios.some((scenario) => !isCurve(scenario))
  return [head, ...tables, ...(hasPlain ? [LEGEND.map(style.faint).join('\n')] : [])].join('\n\n')
}

function scenarioText(result: ScenarioResult, runs: number, style: Style): string {
  const title = `${style.strong(result.scenario)}: ${result.summary}`
  const tables = isCurve(result)
    ? curveTables(result, style)
    : result.points.map((point) => pointTable(point, runs, style))
  return [title, ...tables].join('\n')
}

function isCurve(result: ScenarioResult): boolean {
  return result.points.some((point) => point.ratePercent !== null)
}

function pointTable({ policies }: PointResult, runs: number, style: Style): string {
  const columns = COLUMNS.filter(
    (column) =>
      column.isOptional !== true || policies.some((policy) => column.figure(policy, runs) !== '0'),
  )
  const rows = policies.map((policy) => [
    policy.policy,
    ...columns.map((column) => column.figure(policy, runs)),
  ])
  return aligned([['policy', ...columns.map((column) => column.title)], ...rows], style)
}

/** One table a measure, the error rates across; measures that are 0 throughout are left out. */
function curveTables(result: ScenarioResult, style: Style): string[] {
  const policies = result.points[0]?.policies.map((policy) => policy.policy) ?? []
  const tables: string[] = []
  for (const [index, { explained, figure }] of CURVES.entries()) {
    const rows = policies.map((policy, row) => [
      policy,
      ...result.points.map((point) => figure(point.policies[row] as PolicyResult, 1)),
    ])
    const isZero = rows.every((row) => row.slice(1).every((cell) => cell === '0'))
    if (isZero && index > 0) continue
    const head = [explained, ...result.points.map((point) => `${point.ratePercent}%`)]
    tables.push(curveTable(head, rows, style))
  }
  return tables
}

/** The explanation is a line of its own: it is longer than any policy's name. */
function curveTable(head: readonly string[], rows: readonly string[][], style: Style): string {
  const [explained = '', ...rates] = head
  return `${explained}\n${aligned([['error rate', ...rates], ...rows], style)}`
}

function movesText({ failoversPerHour }: PolicyResult, runs: number): string {
  const { mean, deviation } = failoversPerHour
  return runs < 2 || deviation === 0
    ? countText(mean)
    : `${countText(mean)} ±${countText(deviation)}`
}

/** The first column to the left, the others to the right; the first row is the titles. */
function aligned(rows: readonly (readonly string[])[], style: Style): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  )
  const total = widths.reduce((sum, width) => sum + width, 0)
  const gap = total + 2 * (widths.length - 1) > WIDTH ? ' ' : '  '
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join(gap),
  )
  return lines.map((line, index) => (index === 0 ? style.faint(line) : line)).join('\n')
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** "0", "0.03", "1.25", "19.1", "238": three digits at most. */
export function countText(value: number): string {
  if (value === 0) return '0'
  if (value < 0.005) return '<.01'
  if (value < 10) return value.toFixed(2)
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}

/** A share from 0 to 1 in percent, without the sign: "0", "0.004", "1.2", "60". */
export function percentText(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0'
  if (percent < 0.001) return '<.001'
  if (percent < 0.1) return percent.toFixed(3)
  return percent < 10 ? percent.toFixed(2) : percent.toFixed(1)
}

/** "85ms", "0.31s", "12s", "3.5m", "2.1h". */
function delayText(ms: number): string {
  if (ms < 100) return `${ms.toFixed(0)}ms`
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)}s`
  if (ms < 2 * MINUTE) return `${(ms / SECOND).toFixed(0)}s`
  if (ms < 2 * HOUR) return `${(ms / MINUTE).toFixed(1)}m`
  return `${(ms / HOUR).toFixed(1)}h`
}

/** "-" where there was nothing to wait for, "never" where it did not come. */
export function percentileText({ count }: Delays, ms: number | null): string {
  if (count === 0) return '-'
  return ms === null ? 'never' : delayText(ms)
}

type Cell = string | number | null

const SPREADS = [
  ['failovers_per_hour', (policy) => policy.failoversPerHour],
  ['bad_share', (policy) => policy.badShare],
  ['no_holder_share', (policy) => policy.noHolderShare],
  ['two_holders_share', (policy) => policy.twoHoldersShare],
  ['lost_share', (policy) => policy.lostShare],
] as const satisfies readonly (readonly [string, (result: PolicyResult) => Spread])[]

const CSV_HEAD = [
  'scenario',
  'rate_percent',
  'policy',
  'runs',
  ...SPREADS.flatMap(([name]) => [name, `${name}_deviation`, `${name}_least`, `${name}_most`]),
  ...['detection', 'return'].flatMap((name) => [
    `${name}_count`,
    `${name}_p50_ms`,
    `${name}_p99_ms`,
  ]),
  'undetected',
  'ridden_out',
  'unreturned',
]

/** RFC 4180, with line feeds alone. An empty field is a percentile that never came, or no curve. */
export function simulationCsv(document: SimulationDocument): string {
  const rows = document.scenarios.flatMap(({ scenario, points }) =>
    points.flatMap(({ ratePercent, policies }) =>
      policies.map((policy) => [
        scenario,
        ratePercent,
        policy.policy,
        document.runs,
        ...figuresOf(policy),
      ]),
    ),
  )
  return [CSV_HEAD, ...rows].map((row) => row.map(field).join(',')).join('\n')
}

function figuresOf(result: PolicyResult): Cell[] {
  const spreads = SPREADS.flatMap(([, pick]) => {
    const { mean, deviation, least, most } = pick(result)
    return [mean, deviation, least, most]
  })
  const delays = [result.detection, result.return].flatMap(({ count, p50Ms, p99Ms }) => [
    count,
    p50Ms,
    p99Ms,
  ])
  return [...spreads, ...delays, result.undetected, result.riddenOut, result.unreturned]
}

function field(cell: Cell): string {
  if (cell === null) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
