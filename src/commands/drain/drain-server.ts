// Drain and undrain of this server: a verified takeover, a return in steps.

import { readBounded } from '../../adapters/atomic-file.ts'
import { mayOverride, type OrderFile, readOrderFile } from '../../adapters/override-file.ts'
import { createProber } from '../../adapters/prober.ts'
import { createProgress } from '../../cli/progress.ts'
import type { Config } from '../../config/config.ts'
import { parseIp } from '../../config/values/ip.ts'
import { isAnswered } from '../../core/outcome.ts'
import type { Override } from '../../core/override.ts'
import { byRank } from '../../core/priority.ts'
import { durationText, isoTime, overrideText } from '../../documents/text.ts'
import type { DrainPlan, Proof } from '../../drain/drain-sequence.ts'
import { type DrainStep, note, ok, refused } from '../../drain/drain-step.ts'
import {
  clustersOf,
  otherBalancers,
  proofOfBalancer,
  questionsAt,
  type Successors,
  successorsIn,
} from '../../drain/peers.ts'
import type { UndrainPlan } from '../../drain/undrain-sequence.ts'
import { settleMs } from '../../keepalived/election.ts'
import { runDrain, runUndrain } from '../../runtime/maintenance.ts'
import { queryPeers } from '../../runtime/query-peers.ts'
import { warmCache } from '../../runtime/warming.ts'
import { createEnvironment, type DrainEnvironment } from './drain-environment.ts'
import type {
  Drainable,
  DrainOptions,
  PreparedDrain,
  StepReport,
  UndrainOptions,
} from './drainable.ts'
import { allInstances, drainHands, mergeWith, orderToLift, undrainHands } from './operator-order.ts'

const DRAIN_LIMIT_MS = 30_000
/** Of the file of names that a cache is warmed with. */
export const NAMES_LIMIT_BYTES = 16 * 1024 * 1024

const IN_SHADOW =
  'this server is in shadow mode: keepalived does not use its priorities, so nothing would move; if it does, remove "shadow" of [server]'

export function thisServer(config: Config): Drainable {
  const world = createEnvironment(config)
  return {
    clock: world.clock,
    drainLimitMs: DRAIN_LIMIT_MS,
    prepare: (wanted, options, report) => prepare(config, world, wanted, options, report),
    undrain: (options, report, isCancelled) => undrain(config, world, options, report, isCancelled),
  }
}

async function prepare(
  config: Config,
  world: DrainEnvironment,
  wanted: Override,
  { timeoutMs, force }: DrainOptions,
  report: StepReport,
): Promise<PreparedDrain | DrainStep> {
  if (config.server.shadow) return refused(IN_SHADOW)
  const { overridePath, clock, look } = world
  const found = readOrderFile(overridePath)
  const merged = mergeWith(found, wanted)
  if (merged.kind === 'refused') return refused(merged.why)
  const { override } = merged
  if (merged.kind === 'enough')
    return note('enough', `already ${overrideText(override)}; nothing to do`)
  const refusal = whyNotWritable(overridePath, found)
  if (refusal !== null) return refused(refusal)
  const instances = override.instances ?? allInstances(config)
  const successors = await askPeers(world, config, instances, report)
  if (!successors.ok) {
    const { why, details, remedy } = successors
    if (!force) return refused(why, { details, next: remedy })
    report.tell({ ...note('peers', `${why}; continuing (--force)`), details })
  }
  const plan: DrainPlan = {
    server: config.server.name,
    mode: override.mode,
    isIsolated: found.override?.mode === 'isolated',
    instances,
    orders: ordersByInstance(config, world),
    timeoutMs,
    settleMs: settleMs(config.election),
    forced: force,
    alone: !successors.ok,
  }
  let isProven = false
  return {
    orderText: overrideText(override),
    carryOut: (isCancelled) =>
      runDrain(plan, {
        ...drainHands(overridePath, found, override),
        ...{ clock, look, isCancelled },
        tell(step) {
          isProven ||= step.step === 'proven' && step.result === 'ok'
          report.tell(step)
        },
        prove: () => prove(world, config, instances),
      }),
    doneText: (took) => doneText(config, override, took, isProven),
  }
}

/** An order that cannot be read could not be put back, should the drain fail. */
function whyNotWritable(path: string, { override, text }: OrderFile): string | null {
  if (override !== null && text === null)
    return `${override.corrupt}; "holdfast undrain" removes it`
  const allowed = mayOverride(path)
  return allowed.ok ? null : allowed.error
}

/** @param isProven another server holds the addresses and answers */
function doneText(config: Config, override: Override, took: string, isProven: boolean): string {
  const { mode, untilWallMs, instances } = override
  const what = instances === undefined ? '' : ` in ${instances.join(', ')}`
  const until = untilWallMs === null ? '' : ` until ${isoTime(untilWallMs)}`
  // A server that is drained in part still serves, and so does one that nobody took over from.
  const isSafe = instances === undefined && (isProven || mode === 'isolated')
  const safe = isSafe ? ' Safe to reboot.' : ''
  return `${config.server.name} is ${mode}${what}${until} (${took}).${safe} Undo: holdfast undrain`
}

async function askPeers(
  world: DrainEnvironment,
  config: Config,
  instances: readonly string[],
  report: StepReport,
): Promise<Successors> {
  if (config.balancer !== null) return otherBalancers(config, world.orders(), instances)
  const successors = successorsIn(await world.peers(), clustersOf(config, instances))
  if (successors.ok)
    report.tell(ok('peers', `candidates: ${successors.servers.join(', ')} (healthy)`))
  return successors
}

/** A healthy peer on its own address; where the service addresses are not local, they as well. */
async function prove(
  world: DrainEnvironment,
  config: Config,
  instances: readonly string[],
): Promise<Proof> {
  if (config.balancer !== null) return proofOfBalancer((await world.look()).election)
  const successors = successorsIn(await world.peers(), clustersOf(config, instances))
  if (!successors.ok) return { ok: false, why: successors.why }
  const answering = `answering: ${successors.servers.join(', ')}`
  if (config.addresses.serviceAddressesOnLoopback) return { ok: true, text: answering }
  const addresses = config.clusters
    .flatMap((cluster) => cluster.instances)
    .filter((instance) => instances.includes(instance.name))
    .flatMap((instance) =>
      instance.addresses.map((address) => ({ address, family: parseIp(address)?.family ?? 4 })),
    )
  const { clock, remote: prober } = world
  const answers = await queryPeers(questionsAt(config, addresses), { clock, prober })
  const bad = answers.find((answer) => !isAnswered(answer.outcome))
  if (bad !== undefined)
    return {
      ok: false,
      why: `the service address does not answer: ${bad.transport}/${bad.address} ${bad.outcome}`,
    }
  return { ok: true, text: `${answering}, and the service addresses` }
}

function ordersByInstance(config: Config, world: DrainEnvironment): Map<string, readonly string[]> {
  const orders = world.orders()
  return new Map(
    config.clusters.flatMap((cluster) => {
      const order = orders.get(cluster.name) ?? []
      return cluster.instances.map(
        ({ name, reverseOrder }) => [name, byRank(order, reverseOrder)] as const,
      )
    }),
  )
}

async function undrain(
  config: Config,
  world: DrainEnvironment,
  { id, ...options }: UndrainOptions,
  report: StepReport,
  isCancelled: () => boolean,
): Promise<boolean> {
  const { clock, overridePath, look } = world
  const found = orderToLift(overridePath, id)
  if (!found.ok) {
    report.tell(refused(found.error))
    return false
  }
  let isBack = false
  const done = await runUndrain(undrainPlan(config, options), {
    ...undrainHands(overridePath, found.value),
    ...{ clock, look, isCancelled },
    tell(step) {
      isBack ||= step.step === 'lifted' && step.result === 'ok'
      report.tell(step)
    },
    warm() {
      const isTerminal = process.stderr.isTTY === true
      const progress = createProgress('warming the cache', { isTerminal, nowMs: clock.nowMs })
      const readNames = async (path: string) => readBounded(path, NAMES_LIMIT_BYTES)
      const ports = { clock, prober: createProber({ clock }), readNames }
      const onProgress = (count: number, of: number) => progress.at(count / of)
      return warmCache(config.cacheWarming, ports, { onProgress, isCancelled }).finally(
        progress.end,
      )
    },
  })
  const took = durationText(report.tookMs)
  if (done && isBack) report.tell(ok('done', `${config.server.name} is back in service (${took}).`))
  return done
}

/** @param timeoutMs infinite for a return that nobody waits for */
export function undrainPlan(
  config: Config,
  { timeoutMs, noWait, keepFailbackDelay }: Omit<UndrainOptions, 'id'>,
): UndrainPlan {
  return {
    server: config.server.name,
    instances: allInstances(config),
    rise: config.flap.rise,
    settleMs: settleMs(config.election),
    timeoutMs,
    noWait,
    keepFailbackDelay,
    warm: config.cacheWarming.namesFile !== null,
  }
}
