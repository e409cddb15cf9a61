// Drain and undrain of a load balancer's real servers.

import {
  holdOrder,
  mayOverride,
  type OrderHold,
  readOrderFile,
  readOverride,
} from '../../adapters/override-file.ts'
import { isInPool } from '../../balancer/pool.ts'
import type { Backend } from '../../config/balancer-backends.ts'
import type { Config } from '../../config/config.ts'
import type { Override } from '../../core/override.ts'
import { durationText, overrideText } from '../../documents/text.ts'
import { type DrainStep, failed, note, ok, refused } from '../../drain/drain-step.ts'
import { untilLater } from '../../drain/merge.ts'
import type { Result } from '../../ports.ts'
import { type BackendWorld, createBackendWorld, namesOf } from './backend-world.ts'
import type {
  Drainable,
  DrainOptions,
  PreparedDrain,
  StepReport,
  UndrainOptions,
} from './drainable.ts'
import { orderToLift } from './operator-order.ts'

/** What is ordered of a real server, in the place of what was found. */
interface BackendOrder {
  readonly backend: Backend
  readonly override: Override
  readonly hold: OrderHold
}

/** The daemon looks at its orders at once, or after three seconds where events do not tell it. */
const ORDER_LIMIT_MS = 10_000

/** @param name SERVICE.SERVER, or SERVER for that server in all services */
export function realServers(config: Config, name: string): Result<Drainable> {
  const made = createBackendWorld(config, name)
  if (!made.ok) return made
  const world = made.value
  const value: Drainable = {
    clock: world.clock,
    drainLimitMs: world.balancer.drainTimeoutMs,
    prepare: async (wanted, options, report) => prepare(world, wanted, options, report),
    undrain: (options, report, isCancelled) => undrain(world, options, report, isCancelled),
  }
  return { ok: true, value }
}

function prepare(
  world: BackendWorld,
  wanted: Override,
  { timeoutMs, force }: DrainOptions,
  report: StepReport,
): PreparedDrain | DrainStep {
  const refusal = refusalOf(world, force)
  if (refusal !== null) return refusal
  const { backends } = world
  const orders = backends.map((backend): BackendOrder => {
    const path = world.pathOf(backend)
    const found = readOrderFile(path)
    const override = untilLater(found.override, wanted)
    return { backend, override, hold: holdOrder(path, found) }
  })
  return {
    orderText: [...new Set(orders.map(({ override }) => overrideText(override)))].join('; '),
    async carryOut(isCancelled) {
      // Before the order, because what ends on account of it was there at the beginning too.
      const atFirst = world.inKernel()?.active ?? null
      const trouble = await give(orders, wanted, report)
      if (trouble !== null) {
        report.tell(failed('refused', trouble))
        return false
      }
      const whyStopped = () =>
        anotherOrder(orders) ?? (isCancelled() ? `interrupted; ${standsText(backends)}` : null)
      return (
        (await untilOut(world, report, whyStopped)) &&
        (await untilQuiet(world, { limitMs: timeoutMs, atFirst }, report, whyStopped))
      )
    },
    doneText(took) {
      const be = backends.length === 1 ? 'is' : 'are'
      return `${namesOf(backends)} ${be} drained (${took}). Undo: ${undoText(backends)}`
    },
  }
}

/** Why nothing should be changed, or null. */
function refusalOf(world: BackendWorld, force: boolean): DrainStep | null {
  const statuses = world.statuses()
  if (statuses === null) return refused('daemon not running: the drain would have no effect')
  for (const backend of world.backends) {
    const allowed = mayOverride(world.pathOf(backend))
    if (!allowed.ok) return refused(allowed.error)
    const left = statuses.filter(
      (status) =>
        status.service === backend.service.name &&
        status.backend !== backend.name &&
        isInPool(status),
    ).length
    if (force || left >= backend.service.quorum) continue
    const { name, servers, quorum } = backend.service
    const would = `service ${name} would have ${left} of ${servers.length} real servers left`
    return refused(`${would} (quorum ${quorum})`, { next: 'Override: --force' })
  }
  return null
}

/** Leaves the orders; resolves to why one of them could not be left, or null. */
async function give(
  orders: readonly BackendOrder[],
  wanted: Override,
  report: StepReport,
): Promise<string | null> {
  for (const [index, { backend, override, hold }] of orders.entries()) {
    const written = await hold.write(override)
    if (!written.ok) {
      const before = orders.slice(0, index).map((order) => order.backend)
      return `${written.error}${before.length === 0 ? '' : `; ${standsText(before)}`}`
    }
    if (override.untilWallMs === wanted.untilWallMs) continue
    const text = `${backend.name}: an earlier drain lasts longer: ${overrideText(override)}`
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
  report: StepReport,
  whyStopped: () => string | null,
): Promise<boolean> {
  const isOrdered = () => {
    const now = world.own()
    return now.length === world.backends.length && now.every(({ weight }) => weight === 0)
  }
  // The daemon's word is what it wrote; whether queries are still sent there only the kernel knows.
  const isOut = () => isOrdered() && (world.inKernel()?.weight ?? 0) === 0
  if (await world.until(isOut, ORDER_LIMIT_MS, () => whyStopped() !== null)) {
    report.tell(ok('weight', `${namesOf(world.backends)}: weight 0, no new connections`))
    return true
  }
  const late = isOrdered()
    ? 'keepalived has not applied weight 0: queries are still sent there. See: holdfast doctor'
    : 'the daemon has not applied the drain'
  const why = whyStopped() ?? `${late}; ${standsText(world.backends)}`
  report.tell(failed('weight', why))
  return false
}

/** What is still open goes on: IPVS ends no connection because its real server weighs nothing. */
async function untilQuiet(
  world: BackendWorld,
  { limitMs, atFirst }: { readonly limitMs: number; readonly atFirst: number | null },
  report: StepReport,
  whyStopped: () => string | null,
): Promise<boolean> {
  if (atFirst === null) {
    report.tell(note('connections', 'no IPVS table on this host: connections not checked'))
    return true
  }
  let left = atFirst
  const isQuiet = () => {
    left = world.inKernel()?.active ?? 0
    return left === 0
  }
  const count = () => `${left} active ${left === 1 ? 'connection' : 'connections'}`
  if (await world.until(isQuiet, limitMs, () => whyStopped() !== null)) {
    report.tell(ok('connections', `0 active connections (${atFirst} at the start)`))
    return true
  }
  const stopped = whyStopped()
  if (stopped !== null) {
    report.tell(failed('connections', `${count()} left: ${stopped}`))
    return false
  }
  const limit = durationText(limitMs)
  report.tell(note('connections', `${count()} after ${limit}: they may continue`))
  return true
}

function standsText(backends: readonly Backend[]): string {
  return `still drained. Undo: ${undoText(backends)}`
}

function undoText(backends: readonly Backend[]): string {
  return backends.map(({ name }) => `holdfast undrain --backend ${name}`).join('; ')
}

async function undrain(
  world: BackendWorld,
  { timeoutMs, noWait, id }: UndrainOptions,
  report: StepReport,
  isCancelled: () => boolean,
): Promise<boolean> {
  const { backends, own } = world
  const trouble = await liftAll(world, id)
  if (trouble !== null) {
    report.tell(failed('refused', trouble))
    return false
  }
  report.tell(ok('order', `drain ended: ${namesOf(backends)}`))
  if (noWait) return true
  const isIn = () => {
    const statuses = own()
    return (
      statuses.length === backends.length &&
      statuses.every((status) => status.override === null && isInPool(status))
    )
  }
  const isStopped = () => isCancelled() || orderSince(world) !== null
  const isBack = await world.until(isIn, timeoutMs, isStopped)
  const another = orderSince(world)
  if (another !== null) {
    report.tell(note('order', `drained again: ${another}`))
    return true
  }
  if (!isBack) {
    const isDaemonThere = world.statuses() !== null
    const [reason] = isDaemonThere
      ? own().flatMap(({ reasons }) => reasons)
      : ['daemon not running']
    const why = reason === undefined ? '' : `: ${reason}`
    const after = durationText(report.tookMs)
    report.tell(failed('weight', `still not in the pool after ${after}${why}`))
    const next = isDaemonThere ? 'its checks pass' : 'the daemon runs and its checks pass'
    report.tell(note('weight', `it returns automatically when ${next}`))
    return false
  }
  const within = durationText(world.balancer.slowStartMs)
  for (const { backend, weight, configured_weight: full } of own()) {
    const rest = weight === full ? '' : ` of ${full}, rising within ${within} (slow start)`
    report.tell(ok('weight', `${backend}: weight ${weight}${rest}`))
  }
  return true
}

/** Lifts the orders that stand there now, if they are what is meant; resolves to why not, or null. */
async function liftAll(world: BackendWorld, id: string | undefined): Promise<string | null> {
  const before: string[] = []
  for (const backend of world.backends) {
    const path = world.pathOf(backend)
    const found = orderToLift(path, id)
    const lifted = found.ok ? await holdOrder(path, { override: found.value }).putBack(null) : found
    if (!lifted.ok) {
      const rest = before.length === 0 ? '' : `; drain ended: ${before.join(', ')}`
      return `${backend.name}: ${lifted.error}${rest}`
    }
    before.push(backend.name)
  }
  return null
}

/** An order that was given after these were lifted, or null. */
function orderSince(world: BackendWorld): string | null {
  for (const backend of world.backends) {
    const found = readOverride(world.pathOf(backend))
    if (found !== null) return `${backend.name} is ${overrideText(found)}`
  }
  return null
}
