// Records what a replay needs to know: every event, but of the queries only those that did not go as they should.
import type { Check, Run } from '../core/check.ts'
import type { CoreConfig } from '../core/core-config.ts'
import type { StatusEffect } from '../core/effect.ts'
import type { Event, ResultEvent } from '../core/event.ts'
import type { AnsweredFacts, ServerFacts, StepFacts } from '../core/facts.ts'
import type { ServerState } from '../core/server-state.ts'
import {
  HISTORY_VERSION,
  type HistoryLine,
  historyText,
  type LostLine,
  recordedConfig,
  type WeightLine,
} from '../documents/history-lines.ts'
import { reasonText } from '../documents/text.ts'
import type { History } from '../ports.ts'

export interface Recorder {
  /** Takes in an event and what came of it, right after the step. */
  observe(event: Event, step: StepFacts, server: FactsNow): void
  /** Takes in what no event tells. */
  note(line: WeightLine, server: FactsNow): void
}

/** What is known of the server, asked for where it is needed. */
type FactsNow = () => ServerFacts

/** Once a minute is 1440 lines a day, and keeps a replay within milliseconds. */
const BEAT_EVERY_MS = 60_000

const MAX_KNOWN = 1000

/** What is known of a run besides what the core knows. */
interface Course {
  /** When its check was asked before, or null. */
  readonly beforeMs: number | null
  isTroubled: boolean
}

/** What is known of a check; times are those of asking. */
interface Known {
  askedMs: number | null
  /** The last run in trouble that no good one has followed. */
  troubledMs: number | null
  /** The last run that was answered at once. */
  soundMs: number | null
}

/** A server's life from `config` on. Costs next to nothing while all is well. */
export function createRecorder(
  config: CoreConfig,
  history: History,
  nowMs: number,
  wallMs: () => number,
): Recorder {
  return new HistoryRecorder(config, history, nowMs, wallMs)
}

class HistoryRecorder implements Recorder {
  readonly #config: CoreConfig
  readonly #history: History
  readonly #wallMs: () => number
  readonly #courses = new WeakMap<Run, Course>()
  readonly #known = new Map<string, Known>()
  #numbers = new Map<Check, number>()
  /** What a file that begins later has to tell first. */
  #context: HistoryLine[] = []
  #serverState: ServerState | null = null
  #wasStarting = false
  #beatAtMs: number
  #answers = 0
  #latencySumMs = 0

  constructor(config: CoreConfig, history: History, nowMs: number, wallMs: () => number) {
    this.#config = config
    this.#history = history
    this.#wallMs = wallMs
    this.#beatAtMs = nowMs
    history.append([historyText(this.#start(null, nowMs))], null)
  }

  observe(event: Event, { effects, answered }: StepFacts, server: FactsNow): void {
    if (event.kind === 'result') this.#takeResult(event, answered, server)
    else if (event.kind !== 'tick' && event.kind !== 'overslept') this.#takeEvent(event, server)
    for (const effect of effects) {
      if (effect.kind === 'query' && effect.nth === 0) this.#noteAsked(effect.run)
      else if (effect.kind === 'status' && event.kind !== 'stop')
        this.#noteState(effect, server, event.nowMs)
    }
    if (event.nowMs >= this.#beatAtMs) this.#beat(server, event.nowMs)
  }

  note(line: Exclude<HistoryLine, LostLine>, server: FactsNow): void {
    const head = () => [this.#start(server(), line.nowMs), ...this.#context].map(historyText)
    this.#history.append([historyText(line)], head)
  }

  #start(facts: ServerFacts | null, nowMs: number): HistoryLine {
    return {
      kind: 'start',
      version: HISTORY_VERSION,
      nowMs,
      wallMs: this.#wallMs(),
      config: recordedConfig(facts?.config ?? this.#config),
      state:
        facts === null
          ? null
          : {
              damper: facts.damper,
              decided: facts.decided,
              upstreams: facts.upstreams.map(({ name, up }) => ({ name, up })),
              state: facts.state,
            },
    }
  }

  #noteAsked(run: Run): void {
    const about = this.#knownOf(run.check)
    this.#courses.set(run, { beforeMs: about.askedMs, isTroubled: false })
    about.askedMs = run.askedMs
  }

  #takeResult(event: ResultEvent, answered: AnsweredFacts | null, server: FactsNow): void {
    if (answered === null) return
    if (event.outcome !== 'ok' || answered.suspected) this.#noteTrouble(answered, event, server)
    else this.#noteSound(answered.run, event, server)
  }

  #noteTrouble({ run, nth }: AnsweredFacts, event: ResultEvent, server: FactsNow): void {
    const course = this.#courses.get(run)
    if (course === undefined) return
    const { askedMs, check } = run
    const { nowMs, outcome, latencyMs } = event
    const number = this.#numberOf(check, server, nowMs)
    const { beforeMs } = course
    const asked = { item: number, askedMs, beforeMs, nth }
    this.note({ kind: 'result', nowMs, ...asked, outcome, latencyMs }, server)
    if (course.isTroubled) return
    course.isTroubled = true
    const about = this.#knownOf(check)
    // It may have been asked again, and answered, before this end of an older query is known.
    if (about.soundMs !== null && about.soundMs > askedMs)
      this.note({ kind: 'again', nowMs, item: number, askedMs: about.soundMs }, server)
    else about.troubledMs = Math.max(askedMs, about.troubledMs ?? askedMs)
  }

  #noteSound({ askedMs, check }: Run, event: ResultEvent, server: FactsNow): void {
    const { nowMs, latencyMs } = event
    this.#answers++
    this.#latencySumMs += latencyMs
    const about = this.#knownOf(check)
    about.soundMs = askedMs
    if (about.troubledMs === null || askedMs <= about.troubledMs) return
    about.troubledMs = null
    const number = this.#numberOf(check, server, nowMs)
    this.note({ kind: 'again', nowMs, item: number, askedMs }, server)
  }

  #takeEvent(
    event: Exclude<Event, { kind: 'tick' | 'result' | 'overslept' }>,
    server: FactsNow,
  ): void {
    const same = (line: HistoryLine) =>
      line.kind === event.kind &&
      (event.kind !== 'order' || (line.kind === 'order' && line.cluster === event.cluster))
    this.#context = this.#context.filter((line) => !same(line))
    // What has gone is gone: a file that begins later needs the table only.
    if (event.kind === 'addresses') this.#context.push({ ...event, removed: [] })
    else if (event.kind === 'order' || event.kind === 'override') this.#context.push(event)
    const line =
      event.kind === 'config' ? { ...event, config: recordedConfig(event.config) } : event
    this.note(line, server)
    if (event.kind === 'override') this.#history.flush()
  }

  #knownOf({ id }: Check): Known {
    let about = this.#known.get(id)
    if (about === undefined) {
      about = { askedMs: null, troubledMs: null, soundMs: null }
      this.#known.set(id, about)
    }
    return about
  }

  /** Numbers are given to the checks of now; a list of their ids is written when they change. */
  #numberOf(check: Check, server: FactsNow, nowMs: number): number {
    const found = this.#numbers.get(check)
    if (found !== undefined) return found
    const checks = new Set([...server().checks.map((checkFacts) => checkFacts.check), check])
    this.#numbers = new Map([...checks].map((entry, index) => [entry, index]))
    const names = [...checks].map(({ id }) => id)
    // An address that comes back is remembered; a host that has had a thousand need not be.
    if (this.#known.size > MAX_KNOWN)
      for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name)
    const line: HistoryLine = { kind: 'items', nowMs, names }
    this.#context = [...this.#context.filter(({ kind }) => kind !== 'items'), line]
    this.note(line, server)
    return this.#numbers.get(check) ?? 0
  }

  #noteState({ state: serverState, reasons }: StatusEffect, server: FactsNow, nowMs: number): void {
    // A server that starts in trouble is failed before it has been asked anything, and then for a cause.
    const isStarting = reasons[0]?.kind === 'starting'
    const isFounded = this.#wasStarting && !isStarting && reasons.length > 0
    if (serverState === this.#serverState && !isFounded) return
    this.#serverState = serverState
    this.#wasStarting = isStarting
    const why = reasons.length === 0 ? {} : { reasons: reasons.map(reasonText) }
    const starting = isStarting ? { starting: true as const } : {}
    this.note({ kind: 'state', nowMs, state: serverState, ...starting, ...why }, server)
    // Whoever has just seen the change asks for it next.
    this.#history.flush()
  }

  #beat(server: FactsNow, nowMs: number): void {
    const { cycle, cycles } = server()
    if (cycle === null) return
    this.#beatAtMs = nowMs + BEAT_EVERY_MS
    const latencyMs = this.#answers === 0 ? null : this.#latencySumMs / this.#answers
    this.#answers = 0
    this.#latencySumMs = 0
    const { startedMs } = cycle
    this.note({ kind: 'beat', nowMs, cycle: cycles, startedMs, latencyMs }, server)
  }
}
