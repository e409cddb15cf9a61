// Service lost in the lab when named is killed, freezes, or loses a TCP socket.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseHoldfast } from '../../../test/lab/holdfast.ts'
import { RESULTS_VARIABLE, type ScenarioResult } from '../../../test/lab/results.ts'
import { type BenchContext, type Figure, seconds } from '../figure.ts'
import { median } from '../statistics.ts'

interface Row {
  readonly scenario: string
  readonly onLoopback: boolean
  readonly what: string
  readonly reference: string
  readonly goalMs: number
}

const ROWS: readonly Row[] = [
  ...[true, false].map((onLoopback) => ({
    scenario: 'named killed',
    onLoopback: onLoopback,
    what: 'named killed → answered again',
    reference: '2015 scripts, measured earlier: 2.7 s',
    goalMs: 500,
  })),
  ...[true, false].map((onLoopback) => ({
    scenario: 'named frozen 20 s',
    onLoopback: onLoopback,
    what: 'named frozen → answered again',
    reference: '2015 scripts, measured earlier: 3.7 s',
    goalMs: 1200,
  })),
  {
    scenario: 'TCP socket lost on arrival',
    onLoopback: false,
    what: 'lost TCP socket → answered again',
    reference: '2015 scripts, measured earlier: never',
    goalMs: 2000,
  },
]

/** The files of these scenarios in test/lab/scenarios. */
const FILES = ['named-killed', 'named-frozen.test', 'socket-lost']

export async function measureLab(context: BenchContext): Promise<readonly Figure[]> {
  const file = context.labResults ?? join(context.workDir, 'lab.jsonl')
  const kind = context.labResults === null ? await runLab(context, file) : 'unknown'
  const results = readResults(file)
  return ROWS.map((row) => figure(row, results, kind))
}

/** Runs the lab's scenarios; returns what the servers ran, built or source. */
async function runLab(context: BenchContext, file: string): Promise<string> {
  const rounds = context.quick ? 1 : 3
  const lab = join(import.meta.dir, '../../lab')
  for (let round = 1; round <= rounds; round++) {
    context.say(`lab: round ${round} of ${rounds}`)
    // One at a time: labs that run beside each other would measure each other.
    for (const name of FILES) await runFile([lab, name], file)
  }
  return chooseHoldfast()
}

async function runFile(command: readonly string[], file: string): Promise<void> {
  const child = Bun.spawn(['setpriv', '--pdeathsig', 'TERM', '--', ...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, [RESULTS_VARIABLE]: file },
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`the lab ended with ${code}:\n${err}${out}`)
}

function readResults(file: string): ScenarioResult[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ScenarioResult)
}

function figure(row: Row, results: readonly ScenarioResult[], kind: string): Figure {
  const runs = results.filter(
    (result) => result.scenario === row.scenario && result.onLoopback === row.onLoopback,
  )
  if (runs.length === 0) throw new Error(`the lab has no row of ${row.scenario}`)
  const gapsMs = runs.map((run) => run.longestGapMs)
  const measuredMs = median(gapsMs)
  const worstMs = Math.max(...gapsMs)
  const lost = median(runs.map((run) => run.lost))
  const sent = median(runs.map((run) => run.sent))
  const often = runs.length === 1 ? '' : `, at worst ${seconds(worstMs)} of ${runs.length}`
  return {
    what: `${row.what}, loopback service addresses ${row.onLoopback ? 'on' : 'off'}`,
    reference: row.reference,
    goal: `≤ ${seconds(row.goalMs)}`,
    measured: `${seconds(measuredMs)}${often}; ${lost} of ${sent} queries lost`,
    met: measuredMs <= row.goalMs,
    ...(kind === 'source' ? { note: 'The servers ran holdfast from its source.' } : {}),
    data: { measuredMs, worstMs, lost, sent, runs: runs.length },
  }
}
