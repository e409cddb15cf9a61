// One row per scenario: as a line of a table for people, as a JSON line for the benchmark.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export interface ScenarioResult {
  readonly scenario: string
  readonly onLoopback: boolean
  readonly sent: number
  readonly lost: number
  readonly longestGapMs: number
  /** How often a service address changed its server: the most of any address. */
  readonly moves: number
  readonly noHolderMs: number
  readonly twoHoldersMs: number
  readonly holder: string
  readonly lostBy: Readonly<Record<string, number>>
  readonly byServer: Readonly<Record<string, number>>
  /** The client's own worst delay, by which the gap may be off. */
  readonly stallMs: number
  readonly tookMs: number
}

/** The environment variable that names the file to which results are appended. */
export const RESULTS_VARIABLE = 'HOLDFAST_LAB_RESULTS'

export function record(result: ScenarioResult): void {
  console.log(row(result))
  const path = process.env[RESULTS_VARIABLE]
  if (path !== undefined && path !== '') appendFileSync(path, `${JSON.stringify(result)}\n`)
}

type Column = readonly [title: string, width: number, cell: (result: ScenarioResult) => string]

const COLUMNS: readonly Column[] = [
  ['scenario', -34, (scenario) => scenario.scenario],
  ['onLoopback', -8, (scenario) => (scenario.onLoopback ? 'on' : 'off')],
  ['sent', 6, (scenario) => String(scenario.sent)],
  ['lost', 5, (scenario) => String(scenario.lost)],
  ['gap ms', 6, (scenario) => scenario.longestGapMs.toFixed(0)],
  ['moves', 5, (scenario) => String(scenario.moves)],
  ['none ms', 7, (scenario) => scenario.noHolderMs.toFixed(0)],
  ['two ms', 6, (scenario) => scenario.twoHoldersMs.toFixed(0)],
  ['holder', -6, (scenario) => scenario.holder],
]

export function heading(): string {
  return line(COLUMNS.map(([title]) => title))
}

export function row(result: ScenarioResult): string {
  return line(COLUMNS.map(([, , cell]) => cell(result)))
}

/** A negative width stands for text, which starts at the left. */
function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = COLUMNS[index]?.[1] ?? 0
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()
}

/** Prints what scenarios have appended to a file, as one table. */
export function printResults(path: string): void {
  if (!existsSync(path)) return
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  if (lines.length === 0) return
  const results = lines.map((line) => JSON.parse(line) as ScenarioResult)
  const key = (result: ScenarioResult) => `${result.scenario} ${result.onLoopback ? 1 : 0}`
  results.sort((a, b) => key(a).localeCompare(key(b)))
  console.log(heading())
  for (const result of results) console.log(row(result))
}
