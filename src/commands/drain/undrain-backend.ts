// `holdfast undrain --backend`: lets a load balancer's real server back in, its weight in quarters.
import { holdOrder, mayOverride, readOverride } from '../../adapters/override-file.ts'
import { isInPool } from '../../balancer/pool.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { failed, note, ok } from '../../drain/drain-step.ts'
import { UNDRAIN } from '../operating-definitions.ts'
import { type BackendWorld, createBackendWorld, namesOf, statusesOf } from './backend-world.ts'
import { otherOrder, readTime } from './drain-options.ts'
import { createReport, onInterrupt } from './drain-report.ts'

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
  const before: string[] = []
  for (const backend of world.backends) {
    const why = await lift(world.pathOf(backend), flags.order)
    if (why === null) {
      before.push(backend.name)
      continue
    }
    const lifted = before.length === 0 ? '' : `; no order about ${before.join(' and ')} is left`
    report.tell(failed('refused', `${backend.name}: ${why}${lifted}`))
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
      statuses.every((status) => status.override === null && isInPool(status))
    )
  }
  const since = () => orderSince(world)
  const isStopped = () => cancellation.isCancelled() || since() !== null
  const isBack = await world.until(isIn, timeoutMs, isStopped)
  cancellation.end()
  const another = since()
  if (another !== null) {
    report.tell(note('order', `there is another one since: ${another}`))
    return EXIT.ok
  }
  if (!isBack) {
    const isDaemonThere = world.statuses() !== null
    const [reason] = isDaemonThere
      ? now().flatMap((backendStatus) => backendStatus.reasons)
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

/** Lifts the order that stands there now, if it is the one that is meant; else says why not. */
async function lift(path: string, id: string | undefined): Promise<string | null> {
  const override = readOverride(path)
  const other = otherOrder(override, id)
  if (other !== null) return other
  const allowed = mayOverride(path)
  const lifted = allowed.ok ? await holdOrder(path, { override }).putBack(null) : allowed
  return lifted.ok ? null : lifted.error
}

/** An order that was given after these were lifted, or null. */
function orderSince(world: BackendWorld): string | null {
  for (const backend of world.backends) {
    const found = readOverride(world.pathOf(backend))
    if (found !== null) return `${backend.name} is ${overrideText(found)}`
  }
  return null
}

function limit({ balancer }: { readonly balancer: { readonly slowStartMs: number } }): string {
  return durationText(balancer.slowStartMs)
}
