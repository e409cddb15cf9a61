// What must hold after every step of every simulated core, whatever the world does. Pure.

import { endpointName } from '../../../src/core/check.ts'
import type { CoreConfig } from '../../../src/core/core-config.ts'
import type { Phase } from '../../../src/core/damper.ts'
import type { LogEffect, StatusEffect } from '../../../src/core/effect.ts'
import type { Event } from '../../../src/core/event.ts'
import type { PublishedPriority } from '../../../src/core/priority.ts'
import type { ServerState } from '../../../src/core/server-state.ts'
import type { State } from '../../../src/core/state.ts'
import type { Step } from '../../../src/core/step.ts'
import { evidenceMs, fallGapMs, freshnessMs, sleepMs } from './bounds.ts'

/** Takes note of a broken rule; the sentence says what is wrong, and with whom. */
export type Report = (rule: StepRule, sentence: string) => void

export type StepRule =
  | 'tier'
  | 'equal-states'
  | 'first-cycle'
  | 'fresh-too-long'
  | 'stale-while-alive'
  | 'unproven'
  | 'oversleeps'
  | 'in-flight'
  | 'backoff-cut-short'
  | 'decay-in-backoff-hold'
  | 'falls-too-often'

/** Checks the steps of one server, one daemon's life after another. */
export interface StepWatch {
  step(event: Event, result: Step, nowMs: number): void
}

/** The greatest priority that each state may have; a healthy server's rank decides its own. */
const MOST: Readonly<Record<ServerState, number>> = {
  isolated: 0,
  failed: 10,
  drained: 30,
  degraded: 50,
  probation: 55,
  healthy: 250,
}

/** Timers are exact here, but sums of fractions are not. */
const ROUNDING_MS = 0.001

interface Watched {
  readonly server: string
  readonly seen: Map<ServerState, PublishedPriority>
  readonly report: Report
}

/** What is known of one daemon from its start to its death. */
interface Life extends Watched {
  readonly state: State
  config: CoreConfig
  askedAll: boolean
  validUntilMs: number
  /** When the core asked to be woken after the last step. */
  wakeAtMs: number
  /** When each required endpoint last gave a conclusive answer, or was first seen. */
  readonly heardMs: Map<string, number>
  /** How old that may be, by the most patient of the configs so far. */
  evidenceMs: number
  phase: Phase
  backoffMs: number
  /** When the wait after the last failure has passed. */
  waitsUntilMs: number
  backoffHoldUntilMs: number
  fellMs: number
  /** Queries under way that an earlier config allowed. */
  leftOver: number
  endpoints: number
}

/**
 * @param seen the first priority that was published for each state below healthy, shared by all
 *   servers of one world
 */
export function createStepWatch(
  server: string,
  seen: Map<ServerState, PublishedPriority>,
  report: Report,
): StepWatch {
  let life: Life | null = null

  function step(event: Event, result: Step, nowMs: number): void {
    const { state } = result
    if (life === null || life.state !== state) life = newLife({ server, seen, report }, state)
    // What a config demands is owed from its coming on; what was known before stays known.
    if (life.config !== state.config) {
      forgetTimes(life, state.config)
      life.leftOver = state.upstreamQueries
      life.askedAll ||= state.damper.known
    }
    const isStale = nowMs > life.validUntilMs + ROUNDING_MS
    // One that was not woken in time could do nothing, but it must know.
    if (isStale && nowMs > life.wakeAtMs + ROUNDING_MS) {
      if (state.health !== 'failed')
        report('unproven', `${server} is ${state.health} right after it woke too late`)
    } else if (isStale) {
      const overdueMs = Math.round(nowMs - life.validUntilMs)
      report('stale-while-alive', `the status of ${server} was stale for ${overdueMs} ms`)
    }
    for (const effect of result.effects) {
      if (effect.kind === 'status') checkFreshness(life, effect, nowMs)
      else if (effect.kind === 'log') takeLog(life, effect, nowMs)
    }
    checkDamper(life, nowMs)
    checkSleep(life, result, nowMs)
    life.askedAll ||= wasAllAsked(state)
    if (result.effects.length > 0 || event.kind !== 'tick') checkPriorities(life)
    life.endpoints = state.required.checks.length
    life.wakeAtMs = result.wakeAtMs
  }

  return { step }
}

function checkPriorities(life: Life): void {
  const { state } = life
  for (const cluster of state.config.clusters) {
    const order = state.orders.get(cluster.name) ?? []
    const isListed = order.includes(state.config.server.name)
    for (const { name } of cluster.instances) {
      const serverState = serverStateFor(name, state, isListed)
      const priority = state.published.get(name) ?? 'lowest'
      checkPriority(life, name, serverState, priority)
    }
  }
}

function checkPriority(
  life: Life,
  instance: string,
  serverState: ServerState,
  priority: PublishedPriority,
): void {
  const value = typeof priority === 'number' ? priority : 0
  if (value > MOST[serverState] || (serverState === 'isolated') !== (priority === 'fault'))
    life.report(
      'tier',
      `${life.server} publishes ${priority} for ${instance} although it is ${serverState}`,
    )
  if (value > MOST.failed && !life.askedAll) {
    const what = `publishes ${value} for ${instance} before everything was asked once`
    life.report('first-cycle', `${life.server} ${what}`)
  }
  if (serverState === 'healthy' || priority === 'lowest') return
  const first = life.seen.get(serverState)
  if (first === undefined) life.seen.set(serverState, priority)
  else if (first !== priority) {
    const difference = `${priority} for ${instance}, and another ${first}`
    life.report('equal-states', `${life.server}, ${serverState}, publishes ${difference}`)
  }
}

function checkFreshness(life: Life, { validUntilMs }: StatusEffect, nowMs: number): void {
  const { config } = life.state
  const mostMs = freshnessMs(config)
  checkEvidence(life, nowMs, validUntilMs)
  const freshMs = validUntilMs - nowMs
  if (freshMs > mostMs + ROUNDING_MS) {
    const figures = `${Math.round(freshMs)} ms, ${Math.round(mostMs)} ms are the most`
    life.report('fresh-too-long', `the status of ${life.server} is fresh for ${figures}`)
  }
  life.validUntilMs = life.state.stopped ? Number.POSITIVE_INFINITY : validUntilMs
}

/** What a status that lets the server serve rests on, by what the core has shown of its checks. */
function checkEvidence(life: Life, nowMs: number, validUntilMs: number): void {
  const { state, heardMs } = life
  life.evidenceMs = Math.max(life.evidenceMs, evidenceMs(state.config))
  const here = new Set(state.required.checks.map(({ endpoint }) => endpointName(endpoint)))
  for (const name of heardMs.keys()) if (!here.has(name)) heardMs.delete(name)
  for (const { endpoint, atMs, address } of state.required.checks) {
    const name = endpointName(endpoint)
    const before = heardMs.get(name) ?? Math.max(nowMs, address.graceEndsMs)
    heardMs.set(name, Math.max(before, atMs ?? before))
  }
  if (state.health === 'failed') return
  for (const [name, atMs] of heardMs) {
    if (validUntilMs <= atMs + life.evidenceMs + ROUNDING_MS) continue
    const agoMs = Math.round(validUntilMs - atMs)
    life.report(
      'unproven',
      `${life.server} is ${state.health} until ${agoMs} ms after ${name} last answered`,
    )
  }
}

function takeLog(life: Life, { entry }: LogEffect, nowMs: number): void {
  if (entry.kind === 'address-removed') life.backoffHoldUntilMs = nowMs + entry.backoffHoldMs
  if (entry.kind === 'cycle-failed' && entry.backoffMs > 0)
    life.waitsUntilMs = nowMs + entry.backoffMs
  // The first endpoints that a server has are asked at once.
  if (entry.kind === 'address-added' && life.endpoints === 0)
    life.waitsUntilMs = Number.NEGATIVE_INFINITY
}

function checkDamper(life: Life, nowMs: number): void {
  const { phase, backoffMs, known } = life.state.damper
  const { flap, timing } = life.config
  if (backoffMs < life.backoffMs && nowMs < life.backoffHoldUntilMs)
    life.report('decay-in-backoff-hold', `${life.server} waits ${backoffMs} ms, less than before`)
  if (phase !== 'down' && life.phase === 'down' && nowMs < life.waitsUntilMs - ROUNDING_MS) {
    const earlyMs = Math.round(life.waitsUntilMs - nowMs)
    life.report(
      'backoff-cut-short',
      `${life.server} serves ${earlyMs} ms before its backoff has passed`,
    )
  }
  // A drained server's falls move no address, and are forgiven when it comes back.
  if (life.state.override !== null) life.fellMs = Number.NEGATIVE_INFINITY
  else if (phase === 'down' && life.phase !== 'down' && known) {
    const gapMs = fallGapMs(flap, timing.checkIntervalMs)
    if (nowMs - life.fellMs < gapMs - ROUNDING_MS) {
      const agoMs = Math.round(nowMs - life.fellMs)
      life.report(
        'falls-too-often',
        `${life.server} falls ${agoMs} ms after it fell; ${gapMs} ms are due`,
      )
    }
    life.fellMs = nowMs
  }
  life.phase = phase
  life.backoffMs = backoffMs
}

function checkSleep(life: Life, { state, wakeAtMs }: Step, nowMs: number): void {
  const { upstreamQueries } = state
  const { size } = state.queries
  const { maxConcurrentQueries } = state.config.timing
  life.leftOver = Math.min(life.leftOver, upstreamQueries)
  if (upstreamQueries > Math.max(maxConcurrentQueries, life.leftOver)) {
    const figures = `${upstreamQueries} queries under way, ${maxConcurrentQueries} are the most`
    life.report('in-flight', `${life.server} has ${figures} for upstream groups`)
  }
  if (state.stopped || size > 0 || state.addresses.length === 0) return
  const ceilingMs = sleepMs(state.config)
  if (wakeAtMs - nowMs > ceilingMs + ROUNDING_MS) {
    const figures = `${Math.round(wakeAtMs - nowMs)} ms, ${ceilingMs} ms are the most`
    life.report('oversleeps', `${life.server} sleeps for ${figures}`)
  }
}

function newLife(watched: Watched, state: State): Life {
  return {
    ...watched,
    state,
    config: state.config,
    askedAll: false,
    validUntilMs: Number.POSITIVE_INFINITY,
    wakeAtMs: Number.POSITIVE_INFINITY,
    heardMs: new Map(),
    evidenceMs: evidenceMs(state.config),
    phase: 'down',
    backoffMs: 0,
    waitsUntilMs: Number.NEGATIVE_INFINITY,
    backoffHoldUntilMs: Number.NEGATIVE_INFINITY,
    fellMs: Number.NEGATIVE_INFINITY,
    leftOver: 0,
    endpoints: 0,
  }
}

function forgetTimes(life: Life, config: CoreConfig): void {
  life.config = config
  life.waitsUntilMs = Number.NEGATIVE_INFINITY
  life.fellMs = Number.NEGATIVE_INFINITY
}

/** What came after the daemon had begun is for later cycles. */
function wasAllAsked({ required, upstreams }: State): boolean {
  const first = required.checks.filter((check) => !Number.isFinite(check.address.graceEndsMs))
  const isKnown = upstreams.every((upstream) => upstream.up !== null)
  return first.length > 0 && isKnown && first.every((check) => check.outcome !== null)
}

/** What a server is worth, said once more in other words than the core's own. */
function serverStateFor(instance: string, state: State, isListed: boolean): ServerState {
  const { override } = state
  const ordered = override?.instances?.includes(instance) === false ? null : override
  if (ordered?.mode === 'isolated') return 'isolated'
  if (state.health === 'failed' || state.damper.phase === 'down') return 'failed'
  if (ordered !== null || !isListed) return 'drained'
  if (state.health === 'degraded' || state.upstreams.some((upstream) => upstream.up === false))
    return 'degraded'
  return state.damper.phase === 'probation' ? 'probation' : 'healthy'
}
