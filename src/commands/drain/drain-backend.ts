// `holdfast drain --backend`: takes a load balancer's real server out, and waits for its connections.
import {
  holdOrder,
  mayOverride,
  type OrderHold,
  readOrderFile,
} from '../../adapters/override-file.ts'
import { isInPool } from '../../balancer/pool.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import type { Backend } from '../../config/balancer-backends.ts'
import type { Override } from '../../core/override.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { failed, note, ok } from '../../drain/drain-step.ts'
import { untilLater } from '../../drain/merge.ts'
import { DRAIN } from '../operating-definitions.ts'
import { type BackendWorld, createBackendWorld, namesOf, statusesOf } from './backend-world.ts'
import { givenNow, readTimes, wantedOrder } from './drain-options.ts'
import { createReport, onInterrupt, type Report } from './drain-report.ts'

type DrainFlags = Arguments<typeof DRAIN>['flags']

/** What is ordered of a real server, in the place of what was found. */
interface BackendOrder {
  readonly backend: Backend
  readonly override: Override
  readonly hold: OrderHold
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
  const times = readTimes(flags, world.balancer.drainLimitMs)
  if (typeof times === 'string') return usageError(DRAIN, times, io)
  const report = createReport(world.clock, flags.json, io)
  const refusal = refusalOf(world, flags.force)
  if (refusal !== null) {
    report.tell(failed('refused', refusal))
    return EXIT.failed
  }
  const { timeoutMs: limitMs, forMs } = times
  const given = await givenNow(world.clock, forMs)
  const order = wantedOrder({ mode: 'drained', reason: flags.reason, forMs }, given)
  const orders = world.backends.map((backend): BackendOrder => {
    const path = world.pathOf(backend)
    const found = readOrderFile(path)
    const override = untilLater(found.override, order)
    return { backend, override, hold: holdOrder(path, found) }
  })
  if (flags['dry-run']) {
    const texts = new Set(orders.map(({ override }) => overrideText(override)))
    report.tell(note('dry-run', `would be ${[...texts].join('; ')}; nothing was changed`))
    return EXIT.ok
  }
  // Before the order, because what ends on account of it was there at the beginning too.
  const atFirst = world.inKernel()?.active ?? null
  const refused = await give(orders, order, report)
  if (refused !== null) {
    report.tell(failed('refused', refused))
    return EXIT.failed
  }
  const cancellation = onInterrupt()
  const whyStopped = () => {
    const other = anotherOrder(orders)
    if (other !== null) return other
    return cancellation.isCancelled() ? `interrupted; ${standsText(world.backends)}` : null
  }
  const isDrained =
    (await untilOut(world, report, whyStopped)) &&
    (await untilQuiet(world, { limitMs, atFirst }, report, whyStopped))
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
      (status) =>
        status.service === backend.service.name &&
        status.backend !== backend.name &&
        isInPool(status),
    ).length
    if (force || left >= backend.service.quorum) continue
    const { name, servers, quorum } = backend.service
    const would = `service ${name} would have ${left} of ${servers.length} real servers left`
    return `${would}, ${quorum} needed; --force goes on all the same`
  }
  return null
}

/** Leaves the orders; resolves to why one of them could not be left, or null. */
async function give(
  orders: readonly BackendOrder[],
  wanted: Override,
  report: Report,
): Promise<string | null> {
  for (const [index, { backend, override, hold }] of orders.entries()) {
    const written = await hold.write(override)
    if (!written.ok) {
      const before = orders.slice(0, index).map((order) => order.backend)
      return `${written.error}${before.length === 0 ? '' : `; ${standsText(before)}`}`
    }
    if (override.untilWallMs === wanted.untilWallMs) continue
    const text = `${backend.name} was to be so for longer: ${overrideText(override)}`
    report.tell(note('longer', text))
  }
  return null
}

/** What has come in the place of this order on one of the real servers, or null. */
function anotherOrder(orders: readonly BackendOrder[]): string | null {
  for (const { backend, hold } of orders) {
    const other = hold.meanwhile()
    if (other !== null) return `${backend.name}: ${other}`
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
