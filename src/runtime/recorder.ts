// Records what a replay needs to know: every event, but of the queries only those that did not go as they should.
import type { Config } from '../config/config.ts'
import type { StatusEffect } from '../core/effect.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import type { AnsweredFacts, InquiryFacts, ItemFacts } from '../core/facts.ts'
import type { Standing } from '../core/standing.ts'
import type { State } from '../core/state.ts'
import type { Step } from '../core/step.ts'
import { serverStanding } from '../core/verdict.ts'
import {
  HISTORY_VERSION,
  type HistoryLine,
  historyText,
  type RecordedConfig,
  type WeightLine,
} from '../documents/history.ts'
import { reasonText } from '../documents/text.ts'
import type { History } from '../ports.ts'

export interface Recorder {
  /** Takes in an event and what came of it, right after the step. */
  observe(event: Event, step: Step): void
  /** Takes in what no event tells. */
  note(line: WeightLine, state: State): void
}

/** Once a minute is 1440 lines a day, and keeps a replay within milliseconds. */
const BEAT_EVERY_MS = 60_000

const MAX_KNOWN = 1000

/** What is known of an inquiry besides what the core knows. */
interface Course {
  /** When its item was asked before, or null. */
  readonly beforeMs: number | null
  isTroubled: boolean
}

/** What is known of an item; times are those of asking. */
interface Known {
  askedMs: number | null
  /** The last inquiry in trouble that no good one has followed. */
  troubledMs: number | null
  /** The last inquiry that was answered at once. */
  soundMs: number | null
}

/** A server's life from `config` on. Costs next to nothing while all is well. */
export function createRecorder(
  config: Config,
  history: History,
  nowMs: number,
  wallMs: () => number,
): Recorder {
  const courses = new WeakMap<InquiryFacts, Course>()
  const known = new Map<string, Known>()
  let items: readonly ItemFacts[] = []
  let numbers = new Map<ItemFacts, number>()
  let context: HistoryLine[] = []
  let standing: Standing | null = null
  let wasStarting = false
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
            standing: serverStanding(state),
          },
  })
  history.append([start(null, nowMs)].map(historyText), null)

  function write(line: HistoryLine, state: State, atMs: number): void {
    history.append([historyText(line)], () => [start(state, atMs), ...context].map(historyText))
  }

  function observe(event: Event, { state, effects, answered }: Step): void {
    if (event.kind === 'result') takeResult(event, answered, state)
    else if (event.kind !== 'tick' && event.kind !== 'overslept') takeEvent(event, state)
    for (const effect of effects) {
      if (effect.kind === 'query' && effect.nth === 0) noteAsked(effect.inquiry)
      else if (effect.kind === 'status' && !state.stopped) noteStanding(effect, state, event.nowMs)
    }
    if (event.nowMs >= beatAtMs) beat(state, event.nowMs)
  }

  function noteAsked(inquiry: InquiryFacts): void {
    const about = knownOf(inquiry.item)
    courses.set(inquiry, { beforeMs: about.askedMs, isTroubled: false })
    about.askedMs = inquiry.askedMs
  }

  function takeResult(event: ResultEvent, answered: AnsweredFacts | null, state: State): void {
    if (answered === null) return
    if (event.outcome !== 'ok' || answered.inquiry.suspected) noteTrouble(answered, event, state)
    else noteSound(answered.inquiry, event, state)
  }

  function noteTrouble({ inquiry, nth }: AnsweredFacts, event: ResultEvent, state: State): void {
    const course = courses.get(inquiry)
    if (course === undefined) return
    const { askedMs, item } = inquiry
    const { nowMs, outcome, latencyMs } = event
    const number = numberOf(item, state, nowMs)
    const { beforeMs } = course
    write(
      { kind: 'result', nowMs, item: number, askedMs, beforeMs, nth, outcome, latencyMs },
      state,
      nowMs,
    )
    if (course.isTroubled) return
    course.isTroubled = true
    const about = knownOf(item)
    // It may have been asked again, and answered, before this end of an older query is known.
    if (about.soundMs !== null && about.soundMs > askedMs)
      write({ kind: 'again', nowMs, item: number, askedMs: about.soundMs }, state, nowMs)
    else about.troubledMs = Math.max(askedMs, about.troubledMs ?? askedMs)
  }

  function noteSound({ askedMs, item }: InquiryFacts, event: ResultEvent, state: State): void {
    answers++
    latencySumMs += event.latencyMs
    const { nowMs } = event
    const about = knownOf(item)
    about.soundMs = askedMs
    if (about.troubledMs === null || askedMs <= about.troubledMs) return
    about.troubledMs = null
    write({ kind: 'again', nowMs, item: numberOf(item, state, nowMs), askedMs }, state, nowMs)
  }

  function takeEvent(
    event: Exclude<Event, { kind: 'tick' | 'result' | 'overslept' }>,
    state: State,
  ): void {
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

  function knownOf(item: ItemFacts): Known {
    let about = known.get(item.name)
    if (about === undefined) {
      about = { askedMs: null, troubledMs: null, soundMs: null }
      known.set(item.name, about)
    }
    return about
  }

  /** Numbers are given to the items of now; a list of their names is written when they change. */
  function numberOf(item: ItemFacts, state: State, atMs: number): number {
    const found = numbers.get(item)
    if (found !== undefined) return found
    items = [...state.required.items, ...state.upstreams.flatMap(({ cycle }) => cycle.items)]
    if (!items.includes(item)) items = [...items, item]
    numbers = new Map(items.map((it, index) => [it, index]))
    const names = items.map(({ name }) => name)
    // An address that comes back is remembered; a host that has had a thousand need not be.
    if (known.size > MAX_KNOWN)
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name)
    const line: HistoryLine = { kind: 'items', nowMs: atMs, names }
    context = [...context.filter(({ kind }) => kind !== 'items'), line]
    write(line, state, atMs)
    return numbers.get(item) ?? 0
  }

  function noteStanding(now: StatusEffect, state: State, atMs: number): void {
    // A server that starts in trouble is failed before it has been asked anything, and then for a cause.
    const isStarting = now.reasons[0]?.kind === 'starting'
    const isFounded = wasStarting && !isStarting && now.reasons.length > 0
    if (now.standing === standing && !isFounded) return
    standing = now.standing
    wasStarting = isStarting
    const why = now.reasons.length === 0 ? {} : { reasons: now.reasons.map(reasonText) }
    write({ kind: 'standing', nowMs: atMs, standing, ...why }, state, atMs)
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

  return { observe, note: (line, state) => write(line, state, line.nowMs) }
}

function recorded({ server, pools, groups, addresses, timing, flap }: Config): RecordedConfig {
  return { server, pools, groups, addresses, timing, flap }
}
