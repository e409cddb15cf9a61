// `holdfast drain`: takes this server out, or a load balancer's real server, and says done once it is out.
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import { durationText } from '../../documents/text.ts'
import { note, ok } from '../../drain/drain-step.ts'
import { DRAIN } from '../operating-definitions.ts'
import { createReport, onInterrupt } from './drainable.ts'
import { givenNow, readInstances, readTimes, wantedOrder } from './operator-order.ts'

export async function run({ flags }: Arguments<typeof DRAIN>, io: Io): Promise<number> {
  const { backend, reason, force } = flags
  if (backend !== undefined && (flags.isolate || flags.instance !== undefined))
    return usageError(DRAIN, '--backend goes without --isolate and --instance', io)
  const config = configFor('drain', flags.config, io)
  if (typeof config === 'number') return config
  const found =
    backend === undefined
      ? (await import('./drain-server.ts')).thisServer(config)
      : (await import('./drain-backend.ts')).realServers(config, backend)
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
    report.tell(note('dry-run', `would be ${prepared.orderText}; nothing was changed`))
    return EXIT.ok
  }
  const cancellation = onInterrupt()
  const isDrained = await prepared.carryOut(cancellation.isCancelled)
  cancellation.end()
  if (!isDrained) return EXIT.failed
  report.tell(ok('done', prepared.doneText(durationText(report.tookMs))))
  return EXIT.ok
}
