// A recorded life once more, on the real core, with the same parameters or others.
import type { Config } from '../config/config.ts'
import type { QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { serverStateNow } from '../core/health.ts'
import type { ServerState } from '../core/server-state.ts'
import type { HistoryLine, RecordedConfig } from '../documents/history-lines.ts'
import type { Life } from '../documents/lives.ts'
import { createCore, type QueryEnd } from './core.ts'
import { type Observations, observationsOf } from './observations.ts'

/** A server's state from a time on. */
export interface Turn {
  readonly atMs: number
  readonly state: ServerState
}

/** What was recorded of the state. */
export function recordedTurns({ start, lines }: Life): Turn[] {
  const turns: Turn[] = [{ atMs: start.nowMs, state: start.state?.state ?? 'failed' }]
  for (const line of lines) if (line.kind === 'state') turnTo(turns, line.nowMs, line.state)
  return turns
}

/**
 * Plays a life. Queries end as those of the same probe at the same endpoint did that were asked at
 * about that time; what was not asked then was well.
 *
 * @param change from a recorded config to the one to go by instead
 */
export function replayLife(life: Life, change: (config: RecordedConfig) => RecordedConfig): Turn[] {
  const { start } = life
  const observations = observationsOf(life)
  const turns: Turn[] = [{ atMs: start.nowMs, state: start.state?.state ?? 'failed' }]
  let nowMs = start.nowMs
  const core = createCore({
    nowMs: () => nowMs,
    ask: (query) => endOf(observations, query),
    perform() {},
    observe: (_event, { state }, atMs) => turnTo(turns, atMs, serverStateNow(state)),
    // Woken as late as it was, the replay keeps step with the record.
    latenessAt: observations.latenessAt,
  })
  const runUntil = (untilMs: number) => {
    for (let nextMs = core.wakeAtMs(); nextMs <= untilMs; nextMs = core.wakeAtMs()) {
      nowMs = nextMs
      core.tick()
    }
    nowMs = untilMs
  }
  core.begin(asConfig(change(start.config)), start.state)
  for (const event of life.lines.flatMap((line) => eventOf(line, change))) {
    runUntil(event.nowMs)
    core.send(event)
  }
  runUntil(life.endMs)
  return turns
}

/** How one query ends: as recorded, and in time or not by the timeout of now. */
function endOf(observations: Observations, { run, nth, timeoutMs }: QueryEffect): QueryEnd {
  const trouble = observations.troubleAt(run.check.id, run.askedMs)
  if (trouble === null)
    return { outcome: 'ok', latencyMs: Math.min(observations.latencyAt(run.askedMs), timeoutMs) }
  // More confirming queries than were sent end as the last one did.
  const end = trouble.ends[nth] ?? trouble.ends.at(-1)
  if (end === undefined || end.outcome === 'timeout' || end.latencyMs > timeoutMs)
    return { outcome: 'timeout', latencyMs: timeoutMs }
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

function turnTo(turns: Turn[], atMs: number, serverState: ServerState): void {
  if (turns.at(-1)?.state !== serverState) turns.push({ atMs, state: serverState })
}
