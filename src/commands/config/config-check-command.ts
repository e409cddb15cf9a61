// `holdfast config check`: every error of a configuration file at once, or what it means.

import { isatty } from 'node:tty'
import { type ConfigReading, readConfigFile } from '../../adapters/config-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { DEFAULT_CONFIG } from '../../cli/flags.ts'
import { formatDiagnostics } from '../../config/text/diagnostic.ts'
import { configSummary } from '../../view/config-summary.ts'
import { wantsColour } from '../../view/style.ts'
import type { CONFIG_CHECK } from '../setup-definitions.ts'

const STDERR = 2

/** Diagnostics go to stderr, the summary or the JSON document to stdout. */
export async function run(args: Arguments<typeof CONFIG_CHECK>, io: Io): Promise<number> {
  const file = args.operands[0] ?? DEFAULT_CONFIG
  const reading = readConfigFile(file)
  if (args.flags.json) io.out(asJson(file, reading))
  else sayPlainly(file, reading, io)
  return exitCodeOf(reading)
}

function sayPlainly(file: string, reading: ConfigReading, io: Io): void {
  switch (reading.kind) {
    case 'config':
      io.out(`${file} is valid: ${configSummary(reading.config)}`)
      break
    case 'refused': {
      const colour = wantsColour(isatty(STDERR), process.env)
      io.err(formatDiagnostics(reading.diagnostics, { colour }))
      break
    }
    case 'unreadable':
      io.err(`holdfast config check: ${reading.why}`)
      break
    default:
      reading satisfies never
  }
}

function asJson(file: string, reading: ConfigReading): string {
  return JSON.stringify({
    file,
    valid: reading.kind === 'config',
    summary: reading.kind === 'config' ? configSummary(reading.config) : null,
    error: reading.kind === 'unreadable' ? reading.why : null,
    diagnostics: reading.kind === 'refused' ? reading.diagnostics : [],
  })
}

function exitCodeOf(reading: ConfigReading): number {
  switch (reading.kind) {
    case 'config':
      return EXIT.ok
    case 'refused':
      return EXIT.usage
    case 'unreadable':
      return EXIT.failed
    default:
      return reading satisfies never
  }
}
