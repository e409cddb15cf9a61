// The results of a simulation as CSV: one line for each scenario, error rate and policy.
import type { PolicyResult, SimulationDocument, Spread } from './simulation-document.ts'

type Cell = string | number | null

const SPREADS = [
  ['failovers_per_hour', (policy) => policy.failoversPerHour],
  ['bad_share', (policy) => policy.badShare],
  ['no_holder_share', (policy) => policy.noHolderShare],
  ['two_holders_share', (policy) => policy.twoHoldersShare],
  ['lost_share', (policy) => policy.lostShare],
] as const satisfies readonly (readonly [string, (result: PolicyResult) => Spread])[]

const HEAD = [
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
  return [HEAD, ...rows].map((row) => row.map(field).join(',')).join('\n')
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
