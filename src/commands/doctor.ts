// `holdfast doctor`: what is wrong on this host, how that is known, and what to type.
import { hostname } from 'node:os'
import { CHECKS } from '../doctor/checks.ts'
import { choose } from '../doctor/choose.ts'
import { startChecks } from '../doctor/runner.ts'
import { exitCodeOf, summaryOf } from '../doctor/summary.ts'
import type { Arguments, Io } from './command.ts'
import { readConfigFile } from './config-file.ts'
import { DOCTOR } from './doctor-definition.ts'
import { createHost } from './doctor-host.ts'
import { wrongUsage } from './execute.ts'

type DoctorArguments = Arguments<typeof DOCTOR>

export async function run({ flags }: DoctorArguments, io: Io): Promise<number> {
  const choice = choose(CHECKS, flags.only, flags.skip)
  if (!choice.ok) return wrongUsage(DOCTOR, choice.error, false, io)
  const host = createHost(flags.config)
  const results = await startChecks(choice.checks, host).results
  const summary = summaryOf(results)
  const reading = readConfigFile(flags.config)
  const head = {
    format: 1,
    version: host.version,
    server: reading.kind === 'config' ? reading.config.server.name : null,
    host: hostname(),
    ran_at: new Date(host.inspect.clock.wallMs()).toISOString(),
  }
  io.out(JSON.stringify({ ...head, results, summary }, null, flags.json ? 0 : 2))
  return exitCodeOf(summary)
}
