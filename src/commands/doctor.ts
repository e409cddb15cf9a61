// `holdfast doctor`: what is wrong on this host, how that is known, and what to type.
import { hostname } from 'node:os'
import { explanation, listDocument, listView } from '../doctor/catalogue.ts'
import type { Check } from '../doctor/check.ts'
import { CHECKS } from '../doctor/checks.ts'
import { choose } from '../doctor/choose.ts'
import { configFact } from '../doctor/facts/config.ts'
import type { Host } from '../doctor/host.ts'
import type { Result } from '../doctor/results.ts'
import { startChecks } from '../doctor/runner.ts'
import { exitCodeOf, type Summary, summaryOf } from '../doctor/summary.ts'
import { categoryView, summaryView, type ViewOptions } from '../doctor/view.ts'
import { isUtf8, toAscii } from '../render/ascii.ts'
import { COLOURED, PLAIN, wantsColour } from '../render/style.ts'
import type { Arguments, Io } from './command.ts'
import { DOCTOR } from './doctor-definition.ts'
import { createHost } from './doctor-host.ts'
import { startWaiting } from './doctor-waiting.ts'
import { wrongUsage } from './execute.ts'
import { DOCTOR_EXIT, EXIT } from './exit-code.ts'

type DoctorFlags = Arguments<typeof DOCTOR>['flags']

const DEFAULT_COLUMNS = 80

export async function run({ flags }: Arguments<typeof DOCTOR>, io: Io): Promise<number> {
  const exclusive = (['list', 'explain', 'bundle'] as const).filter((it) => flags[it])
  if (exclusive.length > 1) {
    const error = `--${exclusive[0]} and --${exclusive[1]} exclude each other`
    return wrongUsage(DOCTOR, error, false, io)
  }
  const only = flags.explain === undefined ? flags.only : [flags.explain]
  const choice = choose(CHECKS, only, flags.skip)
  if (!choice.ok) return wrongUsage(DOCTOR, choice.error, false, io)
  const options = viewOptions(flags.quiet)
  const out = (text: string) => io.out(isUtf8(process.env) ? text : toAscii(text))
  if (flags.explain !== undefined) {
    out(choice.checks.map((it) => explanation(it, options.columns)).join('\n\n\n'))
    return EXIT.ok
  }
  if (flags.list) {
    if (flags.json) io.out(JSON.stringify(listDocument(choice.checks)))
    else out(listView(choice.checks, options.style, options.columns))
    return EXIT.ok
  }
  try {
    return await examine(choice.checks, createHost(flags.config), flags, options, { ...io, out })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    io.err(`holdfast doctor: this host cannot be looked at: ${why}`)
    return DOCTOR_EXIT.unknown
  }
}

async function examine(
  checks: readonly Check[],
  host: Host,
  flags: DoctorFlags,
  options: ViewOptions,
  io: Io,
): Promise<number> {
  const { clock } = host.inspect
  const startMs = clock.nowMs()
  const teller = flags.json ? null : createTeller(options, (text) => io.out(text))
  const run = startChecks(checks, host, {
    onResult(result) {
      waiting.clear()
      teller?.tell(result)
    },
  })
  const waiting = startWaiting(run.running)
  const results = await run.results
  waiting.end()
  teller?.end()
  const summary = summaryOf(results)
  if (flags.json) io.out(JSON.stringify(await documentOf(host, results, summary)))
  else if (!flags.quiet)
    io.out(`\n${summaryView(results, summary, clock.nowMs() - startMs, options)}`)
  return exitCodeOf(summary)
}

/** Tells a category as soon as all of it is known. */
function createTeller(options: ViewOptions, out: (text: string) => void) {
  let gathered: Result[] = []
  let isFirst = true
  const end = () => {
    const [first] = gathered
    const text = first === undefined ? '' : categoryView(first.category, gathered, options)
    gathered = []
    if (text === '') return
    out(isFirst ? text : `\n${text}`)
    isFirst = false
  }
  return {
    tell(result: Result) {
      if (gathered[0] !== undefined && gathered[0].category !== result.category) end()
      gathered.push(result)
    },
    end,
  }
}

/** What --json prints. */
async function documentOf(
  host: Host,
  results: readonly Result[],
  summary: Summary,
): Promise<object> {
  const reading = await configFact(host)
  return {
    format: 1,
    version: host.version,
    server: reading.kind === 'config' ? reading.config.server.name : null,
    host: hostname(),
    ran_at: new Date(host.inspect.clock.wallMs()).toISOString(),
    results,
    summary,
  }
}

function viewOptions(quiet: boolean): ViewOptions {
  const isTerminal = process.stdout.isTTY === true
  return {
    style: wantsColour(isTerminal, process.env) ? COLOURED : PLAIN,
    columns: (isTerminal ? process.stdout.columns : 0) || DEFAULT_COLUMNS,
    quiet,
  }
}
