// The driver: events in a queue, one step each, effects carried out, one timer for the next wake.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { initialState, type State } from '../core/state.ts'
import { type Step, step } from '../core/step.ts'
import type { Clock, Dispatch, History, Log, Prober, Publisher } from '../ports.ts'
import { logLine } from '../render/log-line.ts'
import { buildStatus } from '../render/status-build.ts'
import type { StatusDocument } from '../render/status-document.ts'
import { tallyText } from '../tally/reading.ts'
import { type Counting, createTally } from '../tally/tally.ts'
import { createPublishing } from './publishing.ts'
import { createRecorder } from './recorder.ts'

export interface DriverPorts {
  readonly clock: Clock
  readonly prober: Prober
  readonly publisher: Publisher
  readonly log: Log
  /** Where what happens is recorded for replays, if anywhere. */
  readonly history?: History
}

export interface DriverOptions {
  readonly version: string
  readonly pid: number
  /** What the operator should know besides the checks, such as a refused config. */
  readonly complaints: () => readonly string[]
  /** Called after each status that was written, with the state it shows. */
  readonly onStatus: (state: State) => void
}

export interface Driver {
  readonly dispatch: Dispatch
  /** What has been counted since the start. */
  readonly tally: Counting
  /** The status as of now, which is not written. */
  status(): StatusDocument
  /** Writes the status anew, for something in it that the core knows nothing of. */
  refreshStatus(): void
  /** How long the core has waited for a wake that is due; a healthy event loop keeps this near 0. */
  overdueMs(): number
}

/** How often the published files are looked after: they can be lost, and writing can fail. */
const UPKEEP_MS = 1000
/** In a long backoff nothing happens, and a status that was removed must come back all the same. */
const OLDEST_STATUS_MS = 5000
/** Counts and strips are for people and for scrapes: a step of a strip is soon enough. */
const TALLY_EVERY_MS = 5000

/** Runs the core on the real world until a `stop` event has been carried out. */
export function createDriver(config: Config, ports: DriverPorts, options: DriverOptions): Driver {
  const { clock, log } = ports
  let state = initialState(config, clock.nowMs())
  const queue: Event[] = []
  let running = false
  let wakeAtMs = Number.POSITIVE_INFINITY
  let timerAtMs = Number.POSITIVE_INFINITY
  let cancelTimer = () => {}
  let validUntilMs = clock.nowMs()
  let statusAtMs = Number.NEGATIVE_INFINITY
  let tallyAtMs = Number.NEGATIVE_INFINITY
  const publishing = createPublishing(ports.publisher, log)
  const tally = createTally(clock.nowMs())
  let isCounting = true
  let recorder =
    ports.history === undefined
      ? null
      : createRecorder(config, ports.history, clock.nowMs(), clock.wallMs)

  function dispatch(event: Event): void {
    queue.push(event)
    if (running) return
    running = true
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = step(state, next)
        state = result.state
        wakeAtMs = result.wakeAtMs
        record(next, result)
        for (const effect of result.effects) perform(effect)
      }
    } finally {
      // A bug ends the daemon; until it does, it must still take the event that stops it.
      running = false
    }
    armTimer()
  }

  /** Counts and history are for people: whatever is wrong with them must not end what serves now. */
  function record(event: Event, result: Step): void {
    try {
      if (isCounting) tally.observe(event, result)
    } catch (error) {
      isCounting = false
      log.line('error', `nothing is counted any more: ${String(error)}`)
    }
    try {
      recorder?.observe(event, result)
    } catch (error) {
      recorder = null
      log.line('error', `the history goes no further: ${String(error)}`)
    }
    if (event.kind !== 'stop') return
    writeTally()
    recorder = null
    ports.history?.close()
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'query':
        void ask(effect)
        return
      case 'priority':
        publishing.priority(effect.instance, effect.priority)
        return
      case 'status':
        validUntilMs = effect.validUntilMs
        writeStatus()
        return
      case 'log': {
        const { level, text } = logLine(effect.entry)
        log.line(level, text)
        return
      }
      default:
        effect satisfies never
    }
  }

  async function ask(effect: QueryEffect): Promise<void> {
    const answer = await ports.prober.ask(effect)
    dispatch({ ...answer, kind: 'result', nowMs: clock.nowMs(), queryId: effect.id })
  }

  function statusNow(): StatusDocument {
    const moment = {
      nowMs: clock.nowMs(),
      wallMs: clock.wallMs(),
      bootMs: clock.bootMs(),
      bootId: clock.bootId,
    }
    const { version, pid } = options
    const context = { ...moment, validUntilMs, version, pid, complaints: options.complaints() }
    return buildStatus(state, context)
  }

  function writeStatus(): void {
    statusAtMs = clock.nowMs()
    publishing.status(`${JSON.stringify(statusNow())}\n`)
    options.onStatus(state)
  }

  /** Where this cannot be written the status cannot either, and that is complained of. */
  function writeTally(): void {
    tallyAtMs = clock.nowMs()
    ports.publisher.tally(tallyText(tally.read(tallyAtMs), clock.bootId, clock.bootMs()))
  }

  /**
   * A timer that has become too early is set anew, too: to be woken for nothing, once for each
   * query, costs an idle daemon a seventh of its processor time.
   */
  function armTimer(): void {
    if (timerAtMs === wakeAtMs) return
    cancelTimer()
    timerAtMs = wakeAtMs
    if (wakeAtMs === Number.POSITIVE_INFINITY) return
    cancelTimer = clock.wakeAt(wakeAtMs, () => {
      timerAtMs = Number.POSITIVE_INFINITY
      dispatch({ kind: 'tick', nowMs: clock.nowMs() })
    })
  }

  /** The promise that a status makes stays the core's: writing it again makes it no fresher. */
  function upkeep(): void {
    if (state.stopped) return
    const unwritten = publishing.reassert(state.published)
    if (unwritten || clock.nowMs() - statusAtMs >= OLDEST_STATUS_MS) writeStatus()
    if (clock.nowMs() - tallyAtMs >= TALLY_EVERY_MS) writeTally()
    clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)
  }
  clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)

  return {
    dispatch,
    tally,
    status: statusNow,
    refreshStatus() {
      if (!state.stopped) writeStatus()
    },
    overdueMs: () => Math.max(0, clock.nowMs() - wakeAtMs),
  }
}
