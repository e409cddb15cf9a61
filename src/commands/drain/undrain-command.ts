// `holdfast undrain`: puts this server back, or a load balancer's real server; safe to be interrupted at each step.
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import { UNDRAIN } from '../operating-definitions.ts'
import { createReport, onInterrupt } from './drainable.ts'
import { readTime } from './operator-order.ts'

export async function run({ flags }: Arguments<typeof UNDRAIN>, io: Io): Promise<number> {
  const { backend, now, order } = flags
  const timeoutMs = readTime('timeout', flags.timeout, '2m')
  if (typeof timeoutMs === 'string') return usageError(UNDRAIN, timeoutMs, io)
  const config = configFor('undrain', flags.config, io)
  if (typeof config === 'number') return config
  const found =
    backend === undefined
      ? (await import('./drain-server.ts')).thisServer(config)
      : (await import('./drain-backend.ts')).realServers(config, backend)
  if (!found.ok) return usageError(UNDRAIN, found.error, io)
  const report = createReport(found.value.clock, flags.json, io)
  const { isCancelled, end } = onInterrupt()
  const isBack = await found.value.undrain({ timeoutMs, now, order }, report, isCancelled)
  end()
  return isBack ? EXIT.ok : EXIT.failed
}
