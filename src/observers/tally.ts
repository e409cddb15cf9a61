// Counts what the daemon does, right after each step, at next to no cost: a query allocates nothing here.
import { type Check, endpointName } from '../core/check.ts'
import type { Effect, QueryEffect, StatusEffect } from '../core/effect.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import type { AnsweredFacts, CycleFacts, StepFacts } from '../core/facts.ts'
import { isAnswered, OUTCOME_NAMES, type Outcome } from '../core/outcome.ts'
import { type Health, SERVER_STATES, type ServerState } from '../core/server-state.ts'
import {
  CYCLE_BOUNDS_MS,
  type Histogram,
  type InstanceMoves,
  LATENCY_BOUNDS_MS,
  type LatencyHistogram,
  type QueryCount,
  TALLY_FORMAT,
  type Tally,
} from '../documents/tally-document.ts'
import { createStrip, type Strip } from './strip.ts'

export interface Counting {
  /** Takes in an event and what came of it, right after the step. */
  observe(event: Event, facts: StepFacts): void
  /** A reload was refused, which the core never hears of. */
  noteRefusal(): void
  read(nowMs: number): Tally
}

/** Addresses come and go; what has long gone need not be remembered beyond this many. */
const MAX_STRIPS = 4096

interface QuerySeries extends Pick<QueryCount, 'transport' | 'family' | 'group'> {
  readonly counts: Record<Outcome, number>
}

interface LatencySeries extends Pick<LatencyHistogram, 'transport' | 'family'> {
  readonly buckets: Buckets
}

/** Where the queries of a check are counted. */
interface Place {
  readonly counts: Record<Outcome, number>
  readonly latency: Buckets
  /** Only required groups ask all endpoints, and have a strip for each. */
  readonly strip: Strip | null
}

/** Counts from now on, through all reloads of the configuration. */
export function createTally(startMs: number): Counting {
  const queries = createQueryCount()
  const cycles = createCycleCount()
  const serverStates = createStateCount()
  const moves = createMoveCount()
  const reloads = { taken: 0, refused: 0 }
  return {
    observe(event, { effects, answered, cycleEnded }) {
      if (event.kind === 'result' && answered !== null) queries.takeResult(event, answered)
      if (event.kind === 'config') reloads.taken++
      for (const effect of effects) {
        if (effect.kind === 'query') queries.takeQuery(effect, event.nowMs)
        else if (effect.kind === 'status') serverStates.take(effect)
        else moves.take(effect, event)
      }
      moves.end(event)
      if (cycleEnded !== null) cycles.take(cycleEnded)
    },
    noteRefusal() {
      reloads.refused++
    },
    read: (nowMs) => ({
      format: TALLY_FORMAT,
      countedMs: nowMs - startMs,
      ...queries.read(nowMs),
      ...serverStates.read(),
      cycles: cycles.read(),
      moves: moves.read(),
      reloads: { ...reloads },
    }),
  }
}

/** Queries by what they came to, their latencies, and a strip for each endpoint. */
function createQueryCount() {
  let places = new WeakMap<Check, Place>()
  const querySeries = new Map<string, QuerySeries>()
  const latencySeries = new Map<string, LatencySeries>()
  const strips = new Map<string, Strip>()
  let confirmations = 0

  function placeOf(check: Check, nowMs: number): Place {
    const { transport, family } = check.endpoint
    const { name: group, kind } = check.group
    const labels = { transport, family }
    const { counts } = counted(querySeries, `${transport} ${family} ${group}`, () => ({
      ...{ ...labels, group },
      counts: noOutcomes(),
    }))
    const { buckets: latency } = counted(latencySeries, `${transport} ${family}`, () => ({
      ...labels,
      buckets: createBuckets(LATENCY_BOUNDS_MS),
    }))
    if (kind === 'upstream') return { counts, latency, strip: null }
    if (strips.size >= MAX_STRIPS) forgetStrips(nowMs)
    return { counts, latency, strip: counted(strips, endpointName(check.endpoint), createStrip) }
  }

  function forgetStrips(nowMs: number): void {
    for (const [endpoint, strip] of strips) if (strip.isBlank(nowMs)) strips.delete(endpoint)
    places = new WeakMap()
  }

  return {
    takeQuery({ run: { check }, confirms }: QueryEffect, nowMs: number): void {
      if (confirms) confirmations++
      if (!places.has(check)) places.set(check, placeOf(check, nowMs))
    },
    takeResult(event: ResultEvent, answered: AnsweredFacts): void {
      const { check } = answered.run
      const place = places.get(check) ?? placeOf(check, event.nowMs)
      place.counts[event.outcome]++
      if (event.outcome === 'ok') place.latency.observe(event.latencyMs)
      if (place.strip === null) return
      if (event.outcome === 'address-gone') place.strip.mark(event.nowMs, 'v')
      else if (answered.concludes) place.strip.mark(event.nowMs, markOf(event.outcome, answered))
    },
    read: (nowMs: number) => ({
      queries: [...querySeries.values()].flatMap(queryCounts),
      latency: [...latencySeries.values()].map(({ buckets, ...labels }) => ({
        ...labels,
        ...buckets.read(),
      })),
      confirmations,
      strips: [...strips].map(([endpoint, strip]) => ({ endpoint, strip: strip.read(nowMs) })),
    }),
  }
}

/** Changes of health and state; what it starts with is no change. */
function createStateCount() {
  const healthChanges: Record<Health, number> = { healthy: 0, degraded: 0, failed: 0 }
  const serverStates = Object.fromEntries(SERVER_STATES.map((name) => [name, 0])) as Record<
    ServerState,
    number
  >
  let last: StatusEffect | null = null
  return {
    take(now: StatusEffect): void {
      if (last !== null && now.health !== last.health) healthChanges[now.health]++
      if (last !== null && now.state !== last.state) serverStates[now.state]++
      last = now
    },
    read: () => ({
      healthChanges: entriesOf(healthChanges).map(([health, count]) => ({ health, count })),
      serverStates: entriesOf(serverStates).map(([serverState, count]) => ({
        state: serverState,
        count,
      })),
    }),
  }
}

function markOf(outcome: Outcome, { suspected, ignored }: AnsweredFacts): '.' | '~' | 'x' {
  if (!isAnswered(outcome)) return ignored ? '~' : 'x'
  return suspected ? '~' : '.'
}

/** Check cycles of the required groups, by their durations. */
function createCycleCount() {
  const buckets = {
    spread: createBuckets(CYCLE_BOUNDS_MS),
    burst: createBuckets(CYCLE_BOUNDS_MS),
  }
  return {
    take({ mode, tookMs }: CycleFacts): void {
      buckets[mode].observe(tookMs)
    },
    read: () => entriesOf(buckets).map(([mode, entry]) => ({ mode, ...entry.read() })),
  }
}

/** Instances that come to this server and go; one that is here at the start has not come. */
function createMoveCount() {
  const moves = new Map<string, { came: number; went: number }>()
  const countOf = (instance: string) => counted(moves, instance, () => ({ came: 0, went: 0 }))
  let isStarted = false
  return {
    take(effect: Exclude<Effect, QueryEffect | StatusEffect>, event: Event): void {
      // Each instance has a priority from the first.
      if (effect.kind === 'priority') countOf(effect.instance)
      if (effect.kind !== 'log' || effect.entry.kind !== 'holding') return
      // With a reload, instances come into the configuration, or leave it, where they are.
      if (!isStarted || event.kind !== 'addresses') return
      const { instance, holding } = effect.entry
      if (holding) countOf(instance).came++
      else countOf(instance).went++
    },
    end({ kind }: Event): void {
      isStarted ||= kind === 'addresses' || kind === 'config'
    },
    read: (): InstanceMoves[] => [...moves].map(([instance, count]) => ({ instance, ...count })),
  }
}

function queryCounts({ counts, ...labels }: QuerySeries): QueryCount[] {
  return OUTCOME_NAMES.filter((outcome) => outcome === 'ok' || counts[outcome] > 0).map(
    (outcome) => ({ ...labels, outcome, count: counts[outcome] }),
  )
}

function noOutcomes(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOME_NAMES.map((name) => [name, 0])) as Record<Outcome, number>
}

function counted<T>(series: Map<string, T>, key: string, create: () => T): T {
  let found = series.get(key)
  if (found === undefined) {
    found = create()
    series.set(key, found)
  }
  return found
}

function entriesOf<K extends string, V>(record: Record<K, V>): [K, V][] {
  return Object.entries(record) as [K, V][]
}

/** A histogram that is cheap to fill: nothing is allocated, and sums are made when it is read. */
interface Buckets {
  observe(valueMs: number): void
  read(): Histogram
}

/** @param boundsMs upper bounds, ascending; a value that equals one belongs to it */
function createBuckets(boundsMs: readonly number[]): Buckets {
  const counts = boundsMs.map(() => 0)
  let count = 0
  let sumMs = 0
  return {
    observe(valueMs) {
      count++
      sumMs += valueMs
      // Nearly all answers are fast, and fall into the first few.
      for (let index = 0; index < counts.length; index++) {
        if (valueMs > (boundsMs[index] as number)) continue
        ;(counts[index] as number)++
        return
      }
    },
    read() {
      let sum = 0
      return { counts: counts.map((own) => (sum += own)), count, sumMs }
    },
  }
}
