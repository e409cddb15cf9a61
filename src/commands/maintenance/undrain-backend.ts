// `holdfast undrain --backend`: lets a load balancer's real server back in, its weight in quarters.
import { mayOverride, removeOverride } from '../../adapters/override-file.ts'
import { isInPool } from '../../balance/pool.ts'
import { failed, note, ok } from '../../drain/step.ts'
import { durationText } from '../../render/text.ts'
import type { Arguments, Io } from '../frame/command.ts'
import { configFor } from '../frame/config-for.ts'
import { EXIT } from '../frame/exit-code.ts'
import { usageError } from '../frame/usage.ts'
import { createBackendWorld, namesOf, statusesOf } from './backend-world.ts'
import { UNDRAIN } from './maintenance-definitions.ts'
import { createReport, onInterrupt } from './maintenance-report.ts'
import { readTime } from './maintenance-wish.ts'

/** @param name SERVICE.SERVER, or SERVER for that server in all services */
export async function undrainBackend(
  flags: Arguments<typeof UNDRAIN>['flags'],
  name: string,
  io: Io,
): Promise<number> {
  const timeoutMs = readTime('timeout', flags.timeout, '2m')
  if (typeof timeoutMs === 'string') return usageError(UNDRAIN, timeoutMs, io)
  const config = configFor('undrain', flags.config, io)
  if (typeof config === 'number') return config
  const made = createBackendWorld(config, name)
  if (!made.ok) return usageError(UNDRAIN, made.error, io)
  const world = made.value
  const report = createReport(world.clock, flags.json, io)
  for (const backend of world.backends) {
    const path = world.pathOf(backend)
    const allowed = mayOverride(path)
    const lifted = allowed.ok ? removeOverride(path) : allowed
    if (lifted.ok) continue
    report.tell(failed('refused', lifted.error))
    return EXIT.failed
  }
  report.tell(ok('order', `no order about ${namesOf(world.backends)} is left`))
  if (flags.now) return EXIT.ok
  const cancellation = onInterrupt()
  const now = () => statusesOf(world.backends, world.statuses())
  const isIn = () => {
    const statuses = now()
    return (
      statuses.length === world.backends.length &&
      statuses.every((it) => it.override === null && isInPool(it))
    )
  }
  const isBack = await world.until(isIn, timeoutMs, cancellation.isCancelled)
  cancellation.end()
  if (!isBack) {
    const isDaemonThere = world.statuses() !== null
    const [reason] = isDaemonThere
      ? now().flatMap((it) => it.reasons)
      : ['the daemon does not run here']
    const why = reason === undefined ? '' : `: ${reason}`
    const after = durationText(report.tookMs)
    report.tell(failed('weight', `still not in the pool after ${after}${why}`))
    const next = isDaemonThere ? 'it answers' : 'the daemon runs and has found that it answers'
    report.tell(note('weight', `it comes back by itself as soon as ${next}`))
    return EXIT.failed
  }
  for (const { backend, weight, configured_weight: full } of now()) {
    const rest = weight === full ? '' : ` of ${full}; it grows to that within ${limit(world)}`
    report.tell(ok('weight', `${backend} weighs ${weight}${rest}`))
  }
  return EXIT.ok
}

function limit({ balancer }: { readonly balancer: { readonly slowStartMs: number } }): string {
  return durationText(balancer.slowStartMs)
}
