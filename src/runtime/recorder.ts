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
  type LostLine,
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
  return new HistoryRecorder(config, history, nowMs, wallMs)
}

class HistoryRecorder implements Recorder {
  readonly #config: Config
  readonly #history: History
  readonly #wallMs: () => number
  readonly #courses = new WeakMap<InquiryFacts, Course>()
  readonly #known = new Map<string, Known>()
  #numbers = new Map<ItemFacts, number>()
  /** What a file that begins later has to tell first. */
  #context: HistoryLine[] = []
  #standing: Standing | null = null
  #wasStarting = false
  #beatAtMs: number
  #answers = 0
  #latencySumMs = 0

  constructor(config: Config, history: History, nowMs: number, wallMs: () => number) {
    this.#config = config
    this.#history = history
    this.#wallMs = wallMs
    this.#beatAtMs = nowMs
    history.append([historyText(this.#start(null, nowMs))], null)
  }

  observe(event: Event, { state, effects, answered }: Step): void {
    if (event.kind === 'result') this.#takeResult(event, answered, state)
    else if (event.kind !== 'tick' && event.kind !== 'overslept') this.#takeEvent(event, state)
    for (const effect of effects) {
      if (effect.kind === 'query' && effect.nth === 0) this.#noteAsked(effect.inquiry)
      else if (effect.kind === 'status' && !state.stopped)
        this.#noteStanding(effect, state, event.nowMs)
    }
    if (event.nowMs >= this.#beatAtMs) this.#beat(state, event.nowMs)
  }

  note(line: Exclude<HistoryLine, LostLine>, state: State): void {
    const head = () => [this.#start(state, line.nowMs), ...this.#context].map(historyText)
    this.#history.append([historyText(line)], head)
  }

  #start(state: State | null, nowMs: number): HistoryLine {
    return {
      kind: 'start',
      version: HISTORY_VERSION,
      nowMs,
      wallMs: this.#wallMs(),
      config: recorded(state?.config ?? this.#config),
      state:
        state === null
          ? null
          : {
              damper: { ...state.damper },
              decided: state.decided,
              upstreams: state.upstreams.map(({ group, up }) => ({ name: group.name, up })),
              standing: serverStanding(state),
            },
    }
  }

  #noteAsked(inquiry: InquiryFacts): void {
    const about = this.#knownOf(inquiry.item)
    this.#courses.set(inquiry, { beforeMs: about.askedMs, isTroubled: false })
    about.askedMs = inquiry.askedMs
  }

  #takeResult(event: ResultEvent, answered: AnsweredFacts | null, state: State): void {
    if (answered === null) return
    if (event.outcome !== 'ok' || answered.inquiry.suspected)
      this.#noteTrouble(answered, event, state)
    else this.#noteSound(answered.inquiry, event, state)
  }

  #noteTrouble({ inquiry, nth }: AnsweredFacts, event: ResultEvent, state: State): void {
    const course = this.#courses.get(inquiry)
    if (course === undefined) return
    const { askedMs, item } = inquiry
    const { nowMs, outcome, latencyMs } = event
    const number = this.#numberOf(item, state, nowMs)
    const { beforeMs } = course
    const asked = { item: number, askedMs, beforeMs, nth }
    this.note({ kind: 'result', nowMs, ...asked, outcome, latencyMs }, state)
    if (course.isTroubled) return
    course.isTroubled = true
    const about = this.#knownOf(item)
    // It may have been asked again, and answered, before this end of an older query is known.
    if (about.soundMs !== null && about.soundMs > askedMs)
      this.note({ kind: 'again', nowMs, item: number, askedMs: about.soundMs }, state)
    else about.troubledMs = Math.max(askedMs, about.troubledMs ?? askedMs)
  }

  #noteSound({ askedMs, item }: InquiryFacts, event: ResultEvent, state: State): void {
    const { nowMs, latencyMs } = event
    this.#answers++
    this.#latencySumMs += latencyMs
    const about = this.#knownOf(item)
    about.soundMs = askedMs
    if (about.troubledMs === null || askedMs <= about.troubledMs) return
    about.troubledMs = null
    const number = this.#numberOf(item, state, nowMs)
    this.note({ kind: 'again', nowMs, item: number, askedMs }, state)
  }

  #takeEvent(event: Exclude<Event, { kind: 'tick' | 'result' | 'overslept' }>, state: State): void {
    const same = (line: HistoryLine) =>
      line.kind === event.kind &&
      (event.kind !== 'order' || (line.kind === 'order' && line.pool === event.pool))
    this.#context = this.#context.filter((line) => !same(line))
    // What has gone is gone: a file that begins later needs the table only.
    if (event.kind === 'addresses') this.#context.push({ ...event, removed: [] })
    else if (event.kind === 'order' || event.kind === 'override') this.#context.push(event)
    this.note(event.kind === 'config' ? { ...event, config: recorded(event.config) } : event, state)
  }

  #knownOf(item: ItemFacts): Known {
    let about = this.#known.get(item.name)
    if (about === undefined) {
      about = { askedMs: null, troubledMs: null, soundMs: null }
      this.#known.set(item.name, about)
    }
    return about
  }

  /** Numbers are given to the items of now; a list of their names is written when they change. */
  #numberOf(item: ItemFacts, state: State, nowMs: number): number {
    const found = this.#numbers.get(item)
    if (found !== undefined) return found
    const current: readonly ItemFacts[] = [
      ...state.required.items,
      ...state.upstreams.flatMap(({ cycle }) => cycle.items),
    ]
    const items = current.includes(item) ? current : [...current, item]
    this.#numbers = new Map(items.map((it, index) => [it, index]))
    const names = items.map(({ name }) => name)
    // An address that comes back is remembered; a host that has had a thousand need not be.
    if (this.#known.size > MAX_KNOWN)
      for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name)
    const line: HistoryLine = { kind: 'items', nowMs, names }
    this.#context = [...this.#context.filter(({ kind }) => kind !== 'items'), line]
    this.note(line, state)
    return this.#numbers.get(item) ?? 0
  }

  #noteStanding({ standing, reasons }: StatusEffect, state: State, nowMs: number): void {
    // A server that starts in trouble is failed before it has been asked anything, and then for a cause.
    const isStarting = reasons[0]?.kind === 'starting'
    const isFounded = this.#wasStarting && !isStarting && reasons.length > 0
    if (standing === this.#standing && !isFounded) return
    this.#standing = standing
    this.#wasStarting = isStarting
    const why = reasons.length === 0 ? {} : { reasons: reasons.map(reasonText) }
    this.note({ kind: 'standing', nowMs, standing, ...why }, state)
  }

  #beat(state: State, nowMs: number): void {
    const { sweep, sweeps } = state.required
    if (sweep === null) return
    this.#beatAtMs = nowMs + BEAT_EVERY_MS
    const latencyMs = this.#answers === 0 ? null : this.#latencySumMs / this.#answers
    this.#answers = 0
    this.#latencySumMs = 0
    const { startedMs } = sweep
    this.note({ kind: 'beat', nowMs, sweep: sweeps, startedMs, latencyMs }, state)
  }
}

function recorded({ server, pools, groups, addresses, timing, flap }: Config): RecordedConfig {
  return { server, pools, groups, addresses, timing, flap }
}
