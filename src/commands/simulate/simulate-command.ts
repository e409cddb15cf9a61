// `holdfast simulate`: the daemon's own core and its rivals in a simulated world, on the operator's config.
import { basename } from 'node:path'
import { readBounded, writeAtomic } from '../../adapters/atomic-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { createProgress } from '../../cli/progress.ts'
import { formatDiagnostics } from '../../config/text/diagnostic.ts'
import { suggest } from '../../config/text/suggest.ts'
import {
  documentOf,
  type Experiment,
  type PolicyEntry,
  tasksOf,
} from '../../simulate/experiment.ts'
import { RIVALS } from '../../simulate/rivals.ts'
import { parseScenario } from '../../simulate/scenario-file.ts'
import { findScenario, SCENARIOS } from '../../simulate/scenarios.ts'
import { type Study, serversNamed } from '../../simulate/study.ts'
import { drawTimeline } from '../../simulate/timeline.ts'
import { simulationChart } from '../../view/simulation/picture.ts'
import { simulationCsv, simulationTables } from '../../view/simulation/results-table.ts'
import type { SimulationDocument } from '../../view/simulation/simulation-document.ts'
import { COLOURED, PLAIN, wantsColour } from '../../view/style.ts'
import { wrapped } from '../../view/text-table.ts'
import type { SIMULATE } from '../setup-definitions.ts'
import {
  HOLDFAST,
  readConfigs,
  readOptions,
  type SimulatedConfigs,
  type SimulateOptions,
} from './simulate-options.ts'
import { replay } from './simulate-replay.ts'
import { isWorker, runTasks, work } from './simulate-worker.ts'

const SCENARIO_LIMIT_BYTES = 1024 * 1024

/** Simulates, replays or lists. Resolves to the exit code. */
export async function run(args: Arguments<typeof SIMULATE>, io: Io): Promise<number> {
  if (isWorker()) return await work(io)
  const { flags } = args
  if (flags.list) return list(io)
  const options = readOptions(args)
  if (!options.ok) return complain(io, options.error, EXIT.usage)
  if (flags.replay !== undefined)
    return replay({ file: flags.replay, set: flags.set, json: flags.json }, io)
  const configs = readConfigs(flags.config, flags.set)
  if (!configs.ok) return complain(io, configs.complaint, configs.code)
  const studies = readStudies(args.operands, options.value.servers)
  if (!studies.ok) return complain(io, studies.complaint, studies.code)
  io.err(`holdfast simulate: holdfast uses ${configs.value.by}`)
  return await simulate(
    experimentOf(options.value, configs.value, flags.set, studies.value),
    options.value,
    args,
    io,
  )
}

async function simulate(
  experiment: Experiment,
  { jobs }: SimulateOptions,
  { flags }: Arguments<typeof SIMULATE>,
  io: Io,
): Promise<number> {
  const tasks = tasksOf(experiment)
  const serverHours = tasks.length * experiment.hours * experiment.servers
  const progress = createProgress(`simulating ${Math.round(serverHours)} server-hours`, {
    isTerminal: process.stderr.isTTY === true,
    nowMs: () => performance.now(),
  })
  const measured = await runTasks(tasks, jobs, progress.at)
  progress.end()
  if (!measured.ok) return complain(io, measured.error, EXIT.failed)
  const document = documentOf(experiment, measured.value)
  io.out(printed(document, flags))
  return flags.svg === undefined ? EXIT.ok : draw(flags.svg, experiment, document, io)
}

function printed(document: SimulationDocument, flags: Arguments<typeof SIMULATE>['flags']): string {
  if (flags.json) return JSON.stringify(document)
  if (flags.csv) return simulationCsv(document)
  const style = wantsColour(process.stdout.isTTY === true, process.env) ? COLOURED : PLAIN
  return simulationTables(document, style)
}

/** Two pictures: the results in `file`, and the first policy's first run beside it. */
function draw(file: string, experiment: Experiment, document: SimulationDocument, io: Io): number {
  const beside = file.replace(/(\.[^./]*)?$/, '-timeline$1')
  const pictures = [
    [file, simulationChart(document)],
    [beside, drawTimeline(experiment)],
  ] as const
  for (const [path, text] of pictures) {
    const written = writeAtomic(path, text, { mode: 0o644, durable: false })
    if (!written.ok) return complain(io, written.error, EXIT.failed)
    io.err(`holdfast simulate: drew ${path}`)
  }
  return EXIT.ok
}

function experimentOf(
  options: SimulateOptions,
  { config, changed }: SimulatedConfigs,
  set: string | undefined,
  studies: readonly Study[],
): Experiment {
  const { servers, hours, afterHours, runs, seed, vrrp, policies: named } = options
  const policies: PolicyEntry[] = [
    { kind: 'holdfast', name: HOLDFAST, source: 'this program', config },
    ...RIVALS.map(({ name, source }) => ({ kind: 'rival' as const, name, source, config })),
  ].filter(({ name }) => named === null || named.includes(name)) as PolicyEntry[]
  if (changed !== null) {
    const source = `this program with ${set}`
    policies.splice(1, 0, { kind: 'holdfast', name: 'with --set', source, config: changed })
  }
  return { studies, policies, servers, hours, afterHours, runs, seed, vrrp }
}

type StudiesReading =
  | { readonly ok: true; readonly value: readonly Study[] }
  | { readonly ok: false; readonly complaint: string; readonly code: number }

function readStudies(words: readonly string[], servers: number): StudiesReading {
  const studies: Study[] = []
  for (const word of words.length === 0 ? ['curve'] : words) {
    const reading = readStudy(word)
    if (!reading.ok) return reading
    for (const study of reading.value) {
      const needed = serversNamed(study)
      if (needed > servers) {
        const complaint = `scenario ${study.name} needs server ${needed}, but there are ${servers}; see --servers`
        return { ok: false, complaint, code: EXIT.usage }
      }
      if (studies.some(({ name }) => name === study.name))
        return { ok: false, complaint: `scenario ${study.name} is given twice`, code: EXIT.usage }
      studies.push(study)
    }
  }
  return { ok: true, value: studies }
}

/** A built-in name, or a file: a word with a slash or a dot. */
function readStudy(word: string): StudiesReading {
  const builtIn = findScenario(word)
  if (builtIn !== null) return { ok: true, value: [builtIn] }
  if (!/[/.]/.test(word)) {
    const guess = suggest(
      word,
      SCENARIOS.map(({ name }) => name),
    )
    const hint = guess === null ? 'see --list, or name a TOML file' : `did you mean "${guess}"?`
    return { ok: false, complaint: `unknown scenario "${word}"; ${hint}`, code: EXIT.usage }
  }
  const read = readBounded(word, SCENARIO_LIMIT_BYTES)
  if (!read.ok) return { ok: false, complaint: read.error, code: EXIT.failed }
  const parsed = parseScenario(read.value, basename(word).replace(/\.toml$/, ''), word)
  if (parsed.ok) return { ok: true, value: [parsed.value] }
  return { ok: false, complaint: formatDiagnostics(parsed.diagnostics), code: EXIT.usage }
}

function list(io: Io): number {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  io.out('scenarios:')
  for (const { name, summary } of SCENARIOS) io.out(`  ${name.padEnd(width)}  ${summary}`)
  io.out('\npolicies, and where each is documented:')
  io.out('  holdfast\n      this program')
  for (const { name, source } of RIVALS)
    io.out([`  ${name}`, ...wrapped(source, 80, '      ')].join('\n'))
  return EXIT.ok
}

/** Diagnostics say where they are from themselves. */
function complain(io: Io, text: string, code: number): number {
  io.err(/: error\[/.test(text) ? text : `holdfast simulate: ${text}`)
  return code
}
