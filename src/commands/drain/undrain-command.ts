// `holdfast undrain`: comes back step by step, each of them safe to be interrupted at.
import { readBounded } from '../../adapters/atomic-file.ts'
import { mayOverride, readOverride } from '../../adapters/override-file.ts'
import { createProber } from '../../adapters/prober.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { createProgress } from '../../cli/progress.ts'
import { usageError } from '../../cli/usage.ts'
import type { Config } from '../../config/config.ts'
import { durationText } from '../../documents/text.ts'
import { failed, ok } from '../../drain/drain-step.ts'
import type { UndrainPlan } from '../../drain/undrain-sequence.ts'
import { settleMs } from '../../keepalived/election.ts'
import { runUndrain } from '../../runtime/maintenance.ts'
import { warmCache } from '../../runtime/warming.ts'
import { UNDRAIN } from '../operating-definitions.ts'
import { createEnvironment } from './drain-environment.ts'
import { otherOrder, readTime } from './drain-options.ts'
import { createReport, onInterrupt } from './drain-report.ts'
import { undrainHands } from './order-hands.ts'

/** Of the file of names that a cache is warmed with. */
export const NAMES_LIMIT_BYTES = 16 * 1024 * 1024

export async function run({ flags }: Arguments<typeof UNDRAIN>, io: Io): Promise<number> {
  if (flags.backend !== undefined) {
    const { undrainBackend } = await import('./undrain-backend.ts')
    return undrainBackend(flags, flags.backend, io)
  }
  const timeoutMs = readTime('timeout', flags.timeout, '2m')
  if (typeof timeoutMs === 'string') return usageError(UNDRAIN, timeoutMs, io)
  const config = configFor('undrain', flags.config, io)
  if (typeof config === 'number') return config
  const world = createEnvironment(config)
  const { clock, overridePath } = world
  const report = createReport(clock, flags.json, io)
  const allowed = mayOverride(overridePath)
  if (!allowed.ok) {
    report.tell(failed('refused', allowed.error))
    return EXIT.failed
  }
  const override = readOverride(overridePath)
  const other = otherOrder(override, flags.order)
  if (other !== null) {
    report.tell(failed('refused', other))
    return EXIT.failed
  }
  const cancellation = onInterrupt()
  let isBack = false
  const done = await runUndrain(undrainPlan(config, timeoutMs, flags.now), {
    clock,
    look: world.look,
    tell(step) {
      isBack ||= step.step === 'lifted' && step.result === 'ok'
      report.tell(step)
    },
    isCancelled: cancellation.isCancelled,
    ...undrainHands(overridePath, override),
    warm() {
      const isTerminal = process.stderr.isTTY === true
      const progress = createProgress('warming the cache', { isTerminal, nowMs: clock.nowMs })
      const readNames = async (path: string) => readBounded(path, NAMES_LIMIT_BYTES)
      const ports = { clock, prober: createProber({ clock }), readNames }
      const onProgress = (count: number, of: number) => progress.at(count / of)
      const { isCancelled } = cancellation
      return warmCache(config.warm, ports, { onProgress, isCancelled }).finally(progress.end)
    },
  })
  cancellation.end()
  if (!done) return EXIT.failed
  if (isBack)
    report.tell(
      ok('done', `${config.server.name} is in service after ${durationText(report.tookMs)}`),
    )
  return EXIT.ok
}

/** @param timeoutMs infinite for a return that nobody waits for */
export function undrainPlan(config: Config, timeoutMs: number, now: boolean): UndrainPlan {
  return {
    server: config.server.name,
    instances: config.pools.flatMap((pool) => pool.instances.map((instance) => instance.name)),
    rise: config.flap.rise,
    settleMs: settleMs(config.election),
    timeoutMs,
    now,
    warm: config.warm.namesFile !== null,
  }
}
