// One run of a check, until its outcome is certain: a lost query is no failure, so an endpoint that errs or is late is asked again.

import { endpointName } from './check.ts'
import type { ResultEvent } from './event.ts'
import { prove } from './evidence.ts'
import { noteFreshness } from './freshness.ts'
import { lateAfterMs, observeLatency } from './latency.ts'
import { isPass } from './outcome.ts'
import type { CheckRun, CheckState, Cycle, Group, Query, State } from './state.ts'
import { emit, log, MAX_AT_ONCE, type StepContext } from './step-context.ts'

/** Asks one check. Only required groups are asked again: an upstream group has its own debounce. */
export function ask(
  context: StepContext,
  check: CheckState,
  group: Group,
  cycle: Cycle | null,
): void {
  const { state, nowMs } = context
  const { timing } = state.config
  const confirms = check.group.kind === 'required' && timing.retries > 0 && cycle?.failed !== true
  const { timeoutMs } = check.group
  const lateMs = lateAfterMs(check.latency, timing.slowThresholdMinMs, timeoutMs)
  const run: CheckRun = {
    check,
    group,
    cycle,
    askedMs: nowMs,
    endsMs: nowMs + timeoutMs + (confirms ? lateMs + timing.retryWindowMs : 0),
    sent: 0,
    open: 0,
    suspected: false,
    unsent: confirms ? timing.retries : 0,
    gapMs: gapMs(timing),
    dueMs: confirms ? nowMs + lateMs : Number.POSITIVE_INFINITY,
    outcome: 'timeout',
    detail: undefined,
    ttlS: null,
    concluded: false,
  }
  begin(context, run)
}

/**
 * A new config has another probe in place of the one that was asked. Its answer would be no answer to
 * the new question, but an endpoint that gives none is no better for being asked another one: the new
 * question takes over when the old one was asked, and what had no end by its time has failed.
 *
 * @returns the new run if that is the end of it, with its outcome
 */
export function handOver(context: StepContext, old: CheckRun, next: CheckState): CheckRun | null {
  const { state, nowMs } = context
  abandon(state, old)
  const { timing } = state.config
  const { askedMs, endsMs, suspected, dueMs, outcome, detail } = old
  const taken = { check: next, group: old.group, cycle: null, askedMs, endsMs, suspected }
  const unsent = state.damper.phase === 'down' ? 0 : timing.retries
  const asks = { sent: 0, open: 0, unsent, gapMs: gapMs(timing), concluded: false }
  const course = { ...asks, outcome, detail, ttlS: null }
  const nextMs = suspected ? nowMs : dueMs
  const due = { dueMs: unsent > 0 ? nextMs : Number.POSITIVE_INFINITY }
  const run: CheckRun = { ...taken, ...course, ...due }
  if (nowMs >= endsMs) return conclude(context, run, null)
  begin(context, run)
  return null
}

/** Its queries still count as under way until they end, because they are; their results are ignored. */
export function abandon(state: State, run: CheckRun): void {
  run.concluded = true
  run.unsent = 0
  if (run.cycle !== null) run.cycle.open--
  state.runs.delete(run)
}

function begin(context: StepContext, run: CheckRun): void {
  const { state } = context
  if (run.cycle !== null) run.cycle.open++
  state.runs.add(run)
  if (run.dueMs < state.runWakeMs) state.runWakeMs = run.dueMs
  send(context, run)
}

/** Does what the time demands: finds late queries, sends confirming ones. */
export function confirmDue(context: StepContext): void {
  const { state, nowMs } = context
  if (nowMs < state.runWakeMs) return
  let wakeMs = Number.POSITIVE_INFINITY
  let asked = 0
  for (const run of state.runs) {
    if (run.dueMs <= nowMs) {
      if (asked++ === MAX_AT_ONCE) {
        wakeMs = nowMs
        break
      }
      if (!run.suspected) suspect(context, run, 'late')
      confirm(context, run)
    }
    if (run.dueMs < wakeMs) wakeMs = run.dueMs
  }
  state.runWakeMs = wakeMs
}

/** Takes a query from those under way; null when it is not awaited any more. */
export function takeQuery(state: State, id: number): Query | null {
  const query = state.queries.get(id) ?? null
  state.queries.delete(id)
  if (query?.run.group.kind === 'upstream') state.upstreamQueries--
  return query
}

/** Takes in the end of one of its queries. Returns the run when that concluded it: its `outcome` is then final. */
export function takeResult(
  context: StepContext,
  run: CheckRun,
  event: ResultEvent,
): CheckRun | null {
  run.open--
  if (event.outcome === 'ok') observeLatency(run.check.latency, event.latencyMs)
  if (run.concluded) return null
  run.outcome = event.outcome
  run.detail = event.detail
  run.ttlS = event.ttlS ?? null
  if (isPass(event.outcome)) {
    if (run.suspected) log(context, { kind: 'cleared', endpoint: endpointName(run.check.endpoint) })
    return conclude(context, run, event.latencyMs)
  }
  if (!run.suspected && run.unsent > 0) suspect(context, run, event.outcome)
  confirm(context, run)
  if (run.open > 0 || run.unsent > 0) return null
  return conclude(context, run, event.latencyMs)
}

/** Ends a run whose address has gone: there is nothing left to fail. */
export function concludeAddressGone(context: StepContext, run: CheckRun): void {
  run.outcome = 'address-gone'
  run.detail = undefined
  conclude(context, run, null)
}

/**
 * Forgets all runs. Their queries still count as under way until they end, because they are;
 * their results are ignored.
 */
export function dropRuns(context: StepContext): void {
  const { state } = context
  for (const { run } of state.queries.values()) {
    run.concluded = true
    run.unsent = 0
  }
  state.runs.clear()
  state.runWakeMs = Number.POSITIVE_INFINITY
}

function suspect(context: StepContext, run: CheckRun, outcome: CheckRun['outcome'] | 'late'): void {
  const { nowMs } = context
  run.suspected = true
  if (run.cycle !== null) run.cycle.suspicious = true
  run.dueMs = nowMs
  const endpoint = endpointName(run.check.endpoint)
  log(context, { kind: 'suspected', endpoint, outcome, afterMs: nowMs - run.askedMs })
}

/** Sends a confirming query that is due; they are spread so that one burst of loss does not take them all. */
function confirm(context: StepContext, run: CheckRun): void {
  const { state, nowMs } = context
  if (run.suspected && run.unsent > 0 && run.dueMs <= nowMs) {
    run.unsent--
    send(context, run)
    run.dueMs = run.unsent > 0 ? nowMs + run.gapMs : Number.POSITIVE_INFINITY
  }
  if (run.dueMs < state.runWakeMs) state.runWakeMs = run.dueMs
}

/** Infinite where nothing is asked again. */
function gapMs({ retries, retryWindowMs }: State['config']['timing']): number {
  return retryWindowMs / retries
}

function send(context: StepContext, run: CheckRun): void {
  const { state } = context
  const { check } = run
  const id = state.nextQueryId++
  const nth = run.sent++
  run.open++
  if (run.group.kind === 'upstream') state.upstreamQueries++
  state.queries.set(id, { run, nth })
  emit(context, {
    kind: 'query',
    id,
    run,
    nth,
    confirms: run.suspected,
    endpoint: check.endpoint,
    source: check.source,
    timeoutMs: check.group.timeoutMs,
  })
}

function conclude(context: StepContext, run: CheckRun, latencyMs: number | null): CheckRun {
  const { state, nowMs } = context
  const { check } = run
  run.concluded = true
  run.unsent = 0
  state.runs.delete(run)
  if (state.runs.size === 0) state.runWakeMs = Number.POSITIVE_INFINITY
  check.outcome = run.outcome
  check.detail = run.detail
  check.latencyMs = run.outcome === 'ok' ? latencyMs : null
  check.atMs = nowMs
  if (check.evidence !== null) prove(state, check.evidence, run.askedMs)
  noteFreshness(run, nowMs)
  return run
}
