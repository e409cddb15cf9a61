// Records what a replay needs to know: every event, but of the queries only those that did not go as they should.
import type { Config } from '../config/config.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import { ownerOf } from '../core/in-flight.ts'
import type { Standing } from '../core/standing.ts'
import type { Inquiry, Item, State } from '../core/state.ts'
import type { Step } from '../core/step.ts'
import { worth } from '../core/verdict.ts'
import type { History } from '../ports.ts'
import {
  HISTORY_VERSION,
  type HistoryLine,
  historyText,
  type RecordedConfig,
} from '../render/history-line.ts'

export interface Recorder {
  /** Takes in an event and what came of it, right after the step. */
  observe(event: Event, step: Step): void
}

/** Once a minute is 1440 lines a day, and keeps a replay within milliseconds. */
const BEAT_EVERY_MS = 60_000

/** A query under way: whose it is, and which of that inquiry's queries. */
interface Sent {
  readonly inquiry: Inquiry
  readonly nth: number
}

/** What has been written of an item. */
interface Known {
  /** When it was last asked. */
  askedMs: number | null
  /** The inquiry whose failure was written last, while no better one has followed. */
  troubledMs: number | null
  /** The time of asking before `troubledMs`. */
  beforeMs: number | null
}

/** A server's life from `config` on. Costs next to nothing while all is well. */
export function createRecorder(
  config: Config,
  history: History,
  nowMs: number,
  wallMs: () => number,
): Recorder {
  const sent = new Map<number, Sent>()
  const counts = new WeakMap<Inquiry, number>()
  const known = new Map<string, Known>()
  let items: readonly Item[] = []
  let numbers = new Map<Item, number>()
  let context: HistoryLine[] = []
  let standing: Standing | null = null
  let beatAtMs = nowMs
  let answers = 0
  let latencySumMs = 0

  const start = (state: State | null, atMs: number): HistoryLine => ({
    kind: 'start',
    version: HISTORY_VERSION,
    nowMs: atMs,
    wallMs: wallMs(),
    config: recorded(state?.config ?? config),
    state:
      state === null
        ? null
        : {
            damper: { ...state.damper },
            decided: state.decided,
            upstreams: state.upstreams.map(({ group, up }) => ({ name: group.name, up })),
            standing: worth(state),
          },
  })
  history.append([start(null, nowMs)].map(historyText), null)

  function write(line: HistoryLine, state: State, atMs: number): void {
    history.append([historyText(line)], () => [start(state, atMs), ...context].map(historyText))
  }

  function observe(event: Event, { state, effects }: Step): void {
    if (event.kind === 'result') takeResult(event, state)
    else if (event.kind !== 'tick') takeEvent(event, state)
    for (const effect of effects) {
      if (effect.kind !== 'query') continue
      const inquiry = ownerOf(state.queries, effect.id)
      if (inquiry !== null) noteSent(effect.id, inquiry)
    }
    noteStanding(state, event.nowMs)
    if (event.nowMs >= beatAtMs) beat(state, event.nowMs)
  }

  function noteSent(id: number, inquiry: Inquiry): void {
    const nth = counts.get(inquiry) ?? 0
    counts.set(inquiry, nth + 1)
    sent.set(id, { inquiry, nth })
  }

  function takeResult(event: ResultEvent, state: State): void {
    const query = sent.get(event.queryId)
    if (query === undefined) return
    sent.delete(event.queryId)
    const { inquiry, nth } = query
    const { askedMs, item } = inquiry
    const about = knownOf(item)
    if (event.outcome === 'ok') {
      answers++
      latencySumMs += event.latencyMs
    }
    if (event.outcome !== 'ok' || inquiry.suspected) {
      if (about.troubledMs !== askedMs) {
        about.beforeMs = about.askedMs
        about.troubledMs = askedMs
      }
      const { nowMs, outcome, latencyMs } = event
      const { beforeMs } = about
      write(
        {
          kind: 'result',
          nowMs,
          item: numberOf(item, state, nowMs),
          askedMs,
          beforeMs,
          nth,
          outcome,
          latencyMs,
        },
        state,
        nowMs,
      )
    } else if (about.troubledMs !== null && askedMs > about.troubledMs) {
      about.troubledMs = null
      const { nowMs } = event
      write({ kind: 'again', nowMs, item: numberOf(item, state, nowMs), askedMs }, state, nowMs)
    }
    if (about.askedMs === null || askedMs > about.askedMs) about.askedMs = askedMs
  }

  function takeEvent(event: Exclude<Event, { kind: 'tick' | 'result' }>, state: State): void {
    const same = (line: HistoryLine) =>
      line.kind === event.kind &&
      (event.kind !== 'order' || (line.kind === 'order' && line.pool === event.pool))
    context = context.filter((line) => !same(line))
    // What has gone is gone: a file that begins later needs the table only.
    if (event.kind === 'addresses') context.push({ ...event, removed: [] })
    else if (event.kind === 'order' || event.kind === 'override') context.push(event)
    const line = event.kind === 'config' ? { ...event, config: recorded(event.config) } : event
    write(line, state, event.nowMs)
  }

  function knownOf(item: Item): Known {
    let about = known.get(item.name)
    if (about === undefined) {
      about = { askedMs: null, troubledMs: null, beforeMs: null }
      known.set(item.name, about)
    }
    return about
  }

  /** Numbers are given to the items of now; a list of their names is written when they change. */
  function numberOf(item: Item, state: State, atMs: number): number {
    const found = numbers.get(item)
    if (found !== undefined) return found
    items = [...state.required.items, ...state.upstreams.flatMap(({ cycle }) => cycle.items)]
    if (!items.includes(item)) items = [...items, item]
    numbers = new Map(items.map((it, index) => [it, index]))
    const names = items.map(({ name }) => name)
    for (const name of known.keys()) if (!names.includes(name)) known.delete(name)
    const line: HistoryLine = { kind: 'items', nowMs: atMs, names }
    context = [...context.filter(({ kind }) => kind !== 'items'), line]
    write(line, state, atMs)
    return numbers.get(item) ?? 0
  }

  function noteStanding(state: State, atMs: number): void {
    const now = worth(state)
    if (now === standing) return
    standing = now
    write({ kind: 'standing', nowMs: atMs, standing: now }, state, atMs)
  }

  function beat(state: State, atMs: number): void {
    const { sweep, sweeps } = state.required
    if (sweep === null) return
    beatAtMs = atMs + BEAT_EVERY_MS
    const latencyMs = answers === 0 ? null : latencySumMs / answers
    answers = 0
    latencySumMs = 0
    write(
      { kind: 'beat', nowMs: atMs, sweep: sweeps, startedMs: sweep.startedMs, latencyMs },
      state,
      atMs,
    )
  }

  return { observe }
}

function recorded({ server, pools, groups, addresses, timing, flap }: Config): RecordedConfig {
  return { server, pools, groups, addresses, timing, flap }
}
