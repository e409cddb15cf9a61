// A recorded life once more, on the real core, with the same parameters or others.
import type { Config } from '../config/config.ts'
import type { QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Standing } from '../core/standing.ts'
import { initialState, type State } from '../core/state.ts'
import { step } from '../core/step.ts'
import { serverStanding } from '../core/verdict.ts'
import type { HistoryLine, RecordedConfig, StartState } from '../documents/history-lines.ts'
import type { Life } from '../view/history/lives.ts'
import { type Observations, observationsOf } from './observations.ts'
import { createPending } from './pending.ts'

/** A server's standing from a time on. */
export interface Turn {
  readonly atMs: number
  readonly standing: Standing
}

/** What was recorded of the standing. */
export function recordedTurns({ start, lines }: Life): Turn[] {
  const turns: Turn[] = [{ atMs: start.nowMs, standing: start.state?.standing ?? 'failed' }]
  for (const line of lines) if (line.kind === 'standing') turnTo(turns, line.nowMs, line.standing)
  return turns
}

/**
 * Plays a life. Queries end as those of the same probe at the same target did that were asked at
 * about that time; what was not asked then was well.
 *
 * @param change from a recorded config to the one to go by instead
 */
export function replayLife(life: Life, change: (config: RecordedConfig) => RecordedConfig): Turn[] {
  const { start } = life
  const observations = observationsOf(life)
  const pending = createPending()
  let state = initialState(asConfig(change(start.config)), start.nowMs)
  if (start.state !== null) resume(state, start.state)
  let wakeAtMs = Number.POSITIVE_INFINITY
  const turns: Turn[] = [{ atMs: start.nowMs, standing: start.state?.standing ?? 'failed' }]

  function send(event: Event): void {
    const result = step(state, event)
    state = result.state
    // Woken as late as it was, the replay keeps step with the record.
    wakeAtMs = result.wakeAtMs + observations.latenessAt(result.wakeAtMs)
    for (const effect of result.effects) if (effect.kind === 'query') answer(effect, event.nowMs)
    turnTo(turns, event.nowMs, serverStanding(state))
  }

  function answer(effect: QueryEffect, nowMs: number): void {
    const { outcome, latencyMs } = endOf(observations, effect)
    pending.add({
      kind: 'result',
      nowMs: nowMs + latencyMs,
      queryId: effect.id,
      outcome,
      latencyMs,
    })
  }

  for (const event of life.lines.flatMap((line) => eventOf(line, change))) {
    runUntil(event.nowMs)
    send(event)
  }
  runUntil(life.endMs)
  return turns

  function runUntil(untilMs: number): void {
    for (;;) {
      const nextMs = Math.min(pending.nextMs, wakeAtMs)
      if (nextMs > untilMs) return
      send(pending.nextMs <= wakeAtMs ? pending.take() : { kind: 'tick', nowMs: wakeAtMs })
    }
  }
}

/** How one query ends: as recorded, and in time or not by the timeout of now. */
function endOf(observations: Observations, { run, nth, timeoutMs }: QueryEffect) {
  const trouble = observations.troubleAt(run.check.id, run.askedMs)
  if (trouble === null)
    return {
      outcome: 'ok' as const,
      latencyMs: Math.min(observations.latencyAt(run.askedMs), timeoutMs),
    }
  // More confirming queries than were sent end as the last one did.
  const end = trouble.ends[nth] ?? trouble.ends.at(-1)
  if (end === undefined || end.outcome === 'timeout' || end.latencyMs > timeoutMs)
    return { outcome: 'timeout' as const, latencyMs: timeoutMs }
  return end
}

/** The events among the lines, in their order. */
function eventOf(
  line: HistoryLine,
  change: (config: RecordedConfig) => RecordedConfig,
): Exclude<Event, { kind: 'tick' | 'result' | 'overslept' }>[] {
  switch (line.kind) {
    case 'addresses':
    case 'order':
    case 'override':
      return [line]
    case 'config':
      return [{ ...line, config: asConfig(change(line.config)) }]
    default:
      // A daemon that stops says nothing of the server.
      return []
  }
}

/** The core goes by what was recorded and by nothing else. */
function asConfig(config: RecordedConfig): Config {
  return config as Config
}

/** Takes up a life in its middle. JSON has no infinities: where one was there is null. */
function resume(state: State, from: StartState): void {
  const holdDownUntilMs = from.damper.holdDownUntilMs ?? Number.NEGATIVE_INFINITY
  Object.assign(state.damper, from.damper, { holdDownUntilMs })
  state.decided = from.decided
  for (const { name, up } of from.upstreams) {
    const upstream = state.upstreams.find(({ config }) => config.name === name)
    if (upstream !== undefined) upstream.up = up
  }
}

function turnTo(turns: Turn[], atMs: number, standing: Standing): void {
  if (turns.at(-1)?.standing !== standing) turns.push({ atMs, standing })
}
