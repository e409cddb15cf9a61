// `holdfast drain --backend`: takes a load balancer's real server out, and waits for its connections.
import {
  holdOrder,
  mayOverride,
  meanwhileText,
  type OrderFile,
  readOrderFile,
  readOverride,
} from '../../adapters/override-file.ts'
import type { Backend } from '../../balancer/backend.ts'
import { isInPool } from '../../balancer/pool.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { configFor } from '../../cli/config-for.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import type { Override } from '../../core/override.ts'
import { sameOrder } from '../../documents/override.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { untilLater } from '../../drain/merge.ts'
import { failed, note, ok } from '../../drain/step.ts'
import { type BackendWorld, createBackendWorld, namesOf, statusesOf } from './backend-world.ts'
import { DRAIN } from './drain-definitions.ts'
import { givenNow, readTime, wantedOrder } from './drain-options.ts'
import { createReport, onInterrupt, type Report } from './drain-report.ts'

type DrainFlags = Arguments<typeof DRAIN>['flags']

/** What is ordered of a real server, in the place of what was found. */
interface BackendOrder {
  readonly backend: Backend
  readonly found: OrderFile
  readonly override: Override
}

/** The daemon looks at its orders at once, or after three seconds where events do not tell it. */
const ORDER_LIMIT_MS = 10_000

/** @param name SERVICE.SERVER, or SERVER for that server in all services */
export async function drainBackend(flags: DrainFlags, name: string, io: Io): Promise<number> {
  if (flags.isolate || flags.instance !== undefined)
    return usageError(DRAIN, '--backend goes without --isolate and --instance', io)
  const config = configFor('drain', flags.config, io)
  if (typeof config === 'number') return config
  const made = createBackendWorld(config, name)
  if (!made.ok) return usageError(DRAIN, made.error, io)
  const world = made.value
  const limitMs =
    flags.timeout === undefined
      ? world.balancer.drainLimitMs
      : readTime('timeout', flags.timeout, '30s')
  const forMs = flags.for === undefined ? null : readTime('for', flags.for, '2h')
  for (const time of [limitMs, forMs])
    if (typeof time === 'string') return usageError(DRAIN, time, io)
  const report = createReport(world.clock, flags.json, io)
  const refusal = refusalOf(world, flags.force)
  if (refusal !== null) {
    report.tell(failed('refused', refusal))
    return EXIT.failed
  }
  const wanted = { mode: 'drained' as const, reason: flags.reason, forMs: forMs as number }
  const order = wantedOrder(wanted, await givenNow(world.clock, wanted.forMs))
  const orders = world.backends.map((backend): BackendOrder => {
    const found = readOrderFile(world.pathOf(backend))
    return { backend, found, override: untilLater(found.override, order) }
  })
  if (flags['dry-run']) {
    const texts = new Set(orders.map(({ override }) => overrideText(override)))
    report.tell(note('dry-run', `would be ${[...texts].join('; ')}; nothing was changed`))
    return EXIT.ok
  }
  // Before the order, because what ends on account of it was there at the beginning too.
  const atFirst = world.inKernel()?.active ?? null
  for (const [index, { backend, found, override }] of orders.entries()) {
    const written = await holdOrder(world.pathOf(backend), found).write(override)
    if (written.ok && override.untilWallMs !== order.untilWallMs)
      report.tell(
        note('longer', `${backend.name} was to be so for longer: ${overrideText(override)}`),
      )
    if (written.ok) continue
    const before = world.backends.slice(0, index)
    const stands = before.length === 0 ? '' : `; ${standsText(before)}`
    report.tell(failed('refused', `${written.error}${stands}`))
    return EXIT.failed
  }
  const cancellation = onInterrupt()
  const whyStopped = () => {
    const other = anotherOrder(world, orders)
    if (other !== null) return other
    return cancellation.isCancelled() ? `interrupted; ${standsText(world.backends)}` : null
  }
  const isDrained =
    (await untilOut(world, report, whyStopped)) &&
    (await untilQuiet(world, { limitMs: limitMs as number, atFirst }, report, whyStopped))
  cancellation.end()
  if (!isDrained) return EXIT.failed
  const took = durationText(report.tookMs)
  const are = world.backends.length === 1 ? 'is' : 'are'
  report.tell(ok('done', `${namesOf(world.backends)} ${are} drained after ${took}`))
  return EXIT.ok
}

/** Why nothing should be changed, or null. */
function refusalOf(world: BackendWorld, force: boolean): string | null {
  const statuses = world.statuses()
  if (statuses === null) return 'the daemon does not run here, so nobody would act on the order'
  for (const backend of world.backends) {
    const allowed = mayOverride(world.pathOf(backend))
    if (!allowed.ok) return allowed.error
    const left = statuses.filter(
      (it) => it.service === backend.service.name && it.backend !== backend.name && isInPool(it),
    ).length
    if (force || left >= backend.service.quorum) continue
    const { name, servers, quorum } = backend.service
    const would = `service ${name} would have ${left} of ${servers.length} real servers left`
    return `${would}, ${quorum} needed; --force goes on all the same`
  }
  return null
}

/** What has come in the place of this order on one of the real servers, or null. */
function anotherOrder(world: BackendWorld, orders: readonly BackendOrder[]): string | null {
  for (const { backend, override } of orders) {
    const found = readOverride(world.pathOf(backend))
    if (!sameOrder(found, override)) return `${backend.name}: ${meanwhileText(found, override)}`
  }
  return null
}

async function untilOut(
  world: BackendWorld,
  report: Report,
  whyStopped: () => string | null,
): Promise<boolean> {
  const isOrdered = () => {
    const now = statusesOf(world.backends, world.statuses())
    return now.length === world.backends.length && now.every(({ weight }) => weight === 0)
  }
  // The daemon's word is what it wrote; whether queries are still sent there only the kernel knows.
  const isOut = () => isOrdered() && (world.inKernel()?.weight ?? 0) === 0
  if (await world.until(isOut, ORDER_LIMIT_MS, () => whyStopped() !== null)) {
    const weigh = world.backends.length === 1 ? 'weighs' : 'weigh'
    report.tell(ok('weight', `${namesOf(world.backends)} ${weigh} 0: nothing new is sent there`))
    return true
  }
  const late = isOrdered()
    ? 'keepalived does not follow the weights, so queries are still sent there (holdfast doctor)'
    : 'the daemon does not follow the order'
  const why = whyStopped() ?? `${late}; ${standsText(world.backends)}`
  report.tell(failed('weight', why))
  return false
}

/** What is still open goes on: IPVS ends no connection because its real server weighs nothing. */
async function untilQuiet(
  world: BackendWorld,
  { limitMs, atFirst }: { readonly limitMs: number; readonly atFirst: number | null },
  report: Report,
  whyStopped: () => string | null,
): Promise<boolean> {
  if (atFirst === null) {
    report.tell(note('connections', 'the kernel here has no IPVS table, so none are waited for'))
    return true
  }
  let left = atFirst
  const isQuiet = () => {
    left = world.inKernel()?.active ?? 0
    return left === 0
  }
  const count = () => `${left} ${left === 1 ? 'connection' : 'connections'}`
  if (await world.until(isQuiet, limitMs, () => whyStopped() !== null)) {
    report.tell(ok('connections', `none are active, of ${atFirst} at the beginning`))
    return true
  }
  const stopped = whyStopped()
  if (stopped !== null) {
    report.tell(failed('connections', `with ${count()} still active: ${stopped}`))
    return false
  }
  const limit = durationText(limitMs)
  report.tell(note('connections', `${count()} still active after ${limit}: they may go on`))
  return true
}

function standsText(backends: readonly Backend[]): string {
  const undrain = backends.map(({ name }) => `holdfast undrain --backend ${name}`).join('; ')
  return `the order stands until "${undrain}"`
}
