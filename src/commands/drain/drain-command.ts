// `holdfast drain` and `undrain`, of this server or of a load balancer's real servers.

import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import type { Config } from '../../config/config.ts'
import { durationText } from '../../documents/text.ts'
import { note, ok } from '../../drain/drain-step.ts'
import type { Result } from '../../ports.ts'
import { DRAIN, UNDRAIN } from '../operating-definitions.ts'
import { configFor } from './config-for.ts'
import { createReport, type Drainable, onInterrupt } from './drainable.ts'
import { givenNow, readInstances, readTime, readTimes, wantedOrder } from './operator-order.ts'

/** Drains, and reports success once that is verified. */
export async function run({ flags }: Arguments<typeof DRAIN>, io: Io): Promise<number> {
  const { backend, reason, force } = flags
  if (backend !== undefined && (flags.isolate || flags.instance !== undefined))
    return usageError(DRAIN, '--backend cannot be combined with --isolate or --instance', io)
  const config = configFor('drain', flags.config, io)
  if (typeof config === 'number') return config
  const found = await drainableOf(config, backend)
  if (!found.ok) return usageError(DRAIN, found.error, io)
  const { clock, drainLimitMs, prepare } = found.value
  const times = readTimes(flags, drainLimitMs)
  if (typeof times === 'string') return usageError(DRAIN, times, io)
  const { timeoutMs, forMs } = times
  const instances = readInstances(flags.instance, config)
  if (!instances.ok) return usageError(DRAIN, instances.error, io)
  const report = createReport(clock, flags.json, io)
  const mode = flags.isolate ? 'isolated' : 'drained'
  const given = await givenNow(clock, forMs)
  const wanted = wantedOrder({ mode, reason, forMs, instances: instances.value }, given)
  const prepared = await prepare(wanted, { timeoutMs, force }, report)
  if ('result' in prepared) {
    report.tell(prepared)
    return prepared.result === 'failed' ? EXIT.failed : EXIT.ok
  }
  if (flags['dry-run']) {
    report.tell(note('dry-run', `dry run: would be ${prepared.orderText}; nothing changed`))
    return EXIT.ok
  }
  const cancellation = onInterrupt()
  const isDrained = await prepared.carryOut(cancellation.isCancelled)
  cancellation.end()
  if (!isDrained) return EXIT.failed
  report.tell(ok('done', prepared.doneText(durationText(report.tookMs))))
  return EXIT.ok
}

/** Ends a drain; each step may be interrupted safely. */
export async function undrain({ flags }: Arguments<typeof UNDRAIN>, io: Io): Promise<number> {
  const { 'no-wait': noWait, id } = flags
  const keepFailbackDelay = flags['keep-failback-delay']
  if (flags.backend !== undefined && keepFailbackDelay)
    return usageError(UNDRAIN, '--backend cannot be combined with --keep-failback-delay', io)
  const timeoutMs = readTime('timeout', flags.timeout, '2m')
  if (typeof timeoutMs === 'string') return usageError(UNDRAIN, timeoutMs, io)
  const config = configFor('undrain', flags.config, io)
  if (typeof config === 'number') return config
  const found = await drainableOf(config, flags.backend)
  if (!found.ok) return usageError(UNDRAIN, found.error, io)
  const report = createReport(found.value.clock, flags.json, io)
  const { isCancelled, end } = onInterrupt()
  const options = { timeoutMs, noWait, keepFailbackDelay, id }
  const isBack = await found.value.undrain(options, report, isCancelled)
  end()
  return isBack ? EXIT.ok : EXIT.failed
}

/** This server, or the real servers that a name means. */
async function drainableOf(
  config: Config,
  backend: string | undefined,
): Promise<Result<Drainable>> {
  if (backend !== undefined)
    return (await import('./drain-backend.ts')).realServers(config, backend)
  return { ok: true, value: (await import('./drain-server.ts')).thisServer(config) }
}
