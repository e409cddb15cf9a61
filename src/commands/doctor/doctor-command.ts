// `holdfast doctor`: what is wrong on this host, how that is known, and what to type.

import { createClock } from '../../adapters/clock.ts'
import { createInspector } from '../../adapters/inspector.ts'
import { createTextDumper } from '../../adapters/keepalived-dump.ts'
import { createProber } from '../../adapters/prober.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { wrongUsage } from '../../cli/execute.ts'
import { DOCTOR_EXIT, EXIT } from '../../cli/exit-code.ts'
import { VERSION } from '../../cli/version.ts'
import { choose, explanation, listDocument, listView } from '../../doctor/catalogue.ts'
import { CHECKS } from '../../doctor/checks.ts'
import type { DoctorCheck } from '../../doctor/doctor-check.ts'
import type { Host } from '../../doctor/host.ts'
import { reportView, troublesView, unseenIn } from '../../doctor/report.ts'
import { exitCodeOf, isTold } from '../../doctor/results.ts'
import type { ViewOptions } from '../../doctor/view.ts'
import { KEEPALIVED_CONF } from '../../keepalived/process.ts'
import { isUtf8 } from '../../view/screen.ts'
import { COLOURED, PLAIN, toAscii, wantsColour } from '../../view/style.ts'
import { DOCTOR } from '../operating-definitions.ts'
import { writeBundle } from './doctor-bundle.ts'
import { createTeller, documentOf, examineHost, verboseEnd } from './doctor-report.ts'

/** Sentences of the manual are wrapped in a pipe as well. */
const DEFAULT_COLUMNS = 80

export async function run({ flags }: Arguments<typeof DOCTOR>, io: Io): Promise<number> {
  const [first, second] = EXCLUSIVE.find((pair) => pair.every((name) => isGiven(flags[name]))) ?? []
  if (first !== undefined)
    return wrongUsage(DOCTOR, `use only one of --${first} and --${second}`, false, io)
  const only = flags.explain === undefined ? flags.only : [flags.explain]
  const choice = choose(CHECKS, only, flags.skip)
  if (!choice.ok) return wrongUsage(DOCTOR, choice.error, false, io)
  const options = viewOptions()
  const out = (text: string) => io.out(isUtf8(process.env) ? text : toAscii(text))
  if (flags.explain !== undefined) {
    const columns = Number.isFinite(options.columns) ? options.columns : DEFAULT_COLUMNS
    out(choice.checks.map((check) => explanation(check, columns)).join('\n\n\n'))
    return EXIT.ok
  }
  if (flags.list) {
    if (flags.json) io.out(JSON.stringify(listDocument(choice.checks)))
    else out(listView(choice.checks, options.style, options.columns))
    return EXIT.ok
  }
  if (flags.bundle === '-' && process.stdout.isTTY === true)
    return wrongUsage(DOCTOR, '--bundle - needs a pipe or a file, not a terminal', false, io)
  try {
    const host = createHost(flags.config)
    if (flags.bundle !== undefined) return await writeBundle(choice.checks, host, flags.bundle, io)
    return await examine(choice.checks, host, flags, options, { ...io, out })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    io.err(`holdfast doctor: this host cannot be examined: ${why}`)
    return DOCTOR_EXIT.unknown
  }
}

/** What would be passed over in silence. */
const EXCLUSIVE = [
  ['list', 'explain'],
  ['list', 'bundle'],
  ['list', 'quiet'],
  ['explain', 'bundle'],
  ['explain', 'only'],
  ['explain', 'skip'],
  ['explain', 'quiet'],
  ['explain', 'json'],
  ['list', 'verbose'],
  ['explain', 'verbose'],
  ['bundle', 'verbose'],
  ['json', 'verbose'],
  ['quiet', 'verbose'],
  ['bundle', 'quiet'],
  ['bundle', 'json'],
] as const

function isGiven(value: boolean | string | readonly string[] | undefined): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
}

async function examine(
  checks: readonly DoctorCheck[],
  host: Host,
  { json, quiet, verbose }: Arguments<typeof DOCTOR>['flags'],
  options: ViewOptions,
  io: Io,
): Promise<number> {
  const tell = verbose ? createTeller(checks, options, (text) => io.out(text)) : undefined
  const examination = await examineHost(checks, host, tell)
  const { results, summary } = examination
  if (json) {
    const told = quiet ? results.filter(isTold) : results
    io.out(JSON.stringify(await documentOf(host, { ...examination, results: told })))
  } else if (quiet) {
    const text = troublesView(results, options)
    if (text !== '') io.out(text)
    const unseen = unseenIn(results)
    if (unseen > 0)
      io.err(`holdfast doctor: ${unseen} ${unseen === 1 ? 'check needs' : 'checks need'} root`)
  } else if (verbose) io.out(verboseEnd(examination, options))
  else io.out(reportView(examination, options))
  return exitCodeOf(summary)
}

/** A pipe has no width: nothing is wrapped for what greps. */
function viewOptions(): ViewOptions {
  const isTerminal = process.stdout.isTTY === true
  return {
    style: wantsColour(isTerminal, process.env) ? COLOURED : PLAIN,
    columns: isTerminal ? process.stdout.columns || DEFAULT_COLUMNS : Number.POSITIVE_INFINITY,
  }
}

/** Where Debian's package has it. */
const NAMED_CONF = '/etc/bind/named.conf'

/** Throws where /proc is not mounted, without which nothing can be looked at. */
export function createHost(configFile: string): Host {
  const clock = createClock()
  const prober = createProber({ clock })
  return {
    inspect: createInspector({ clock, prober, dump: createTextDumper(), env: process.env }),
    paths: { configFile, keepalivedConf: KEEPALIVED_CONF, namedConf: NAMED_CONF },
    version: VERSION,
  }
}
