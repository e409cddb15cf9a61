// The driver: an engine whose verdicts and priorities are published, shown, counted and recorded.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { State } from '../core/state.ts'
import type { Step } from '../core/step.ts'
import type { WeightLine } from '../documents/history.ts'
import type { BackendStatus, StatusDocument } from '../documents/status.ts'
import { tallyText } from '../documents/tally.ts'
import { buildStatus } from '../observers/status.ts'
import { type Counting, createTally } from '../observers/tally.ts'
import type { Clock, Dispatch, History, Log, Prober, Publisher } from '../ports.ts'
import { logLine } from '../view/log-line.ts'
import { createEngine } from './engine.ts'
import { createPublishing } from './publishing.ts'
import { createRecorder, type Recorder } from './recorder.ts'

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
  /** Names the configuration in force: see config/fingerprint.ts. */
  readonly fingerprint: () => string
  /** What the operator should know besides the checks, such as a refused config. */
  readonly complaints: () => readonly string[]
  /** A load balancer's real servers, for the status. */
  readonly backends?: () => readonly BackendStatus[]
  /** Reads the kernel's table of addresses: an event tells what it holds. */
  readonly reread: () => void
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
  /** Records something that the core knows nothing of. */
  note(line: WeightLine): void
  /** How long the core has waited for a wake that is due; a healthy event loop keeps this near 0. */
  overdueMs(): number
}

/** How often the published files are looked after: they can be lost, and writing can fail. */
const UPKEEP_MS = 1000
/** In a long backoff nothing happens, and a status that was removed must come back all the same. */
const MAX_STATUS_AGE_MS = 5000
/** Counts and strips are for people and for scrapes: a step of a strip is soon enough. */
const TALLY_EVERY_MS = 5000

/** Runs the core on the real world, and shows and records what comes of it, until a `stop` event. */
export function createDriver(config: Config, ports: DriverPorts, options: DriverOptions): Driver {
  const { clock, log } = ports
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
  const engine = createEngine(config, ports, { onStep: record, perform })

  /** Counts and history are for people: whatever is wrong with them must not end what serves now. */
  function record(event: Event, result: Step): void {
    try {
      if (isCounting) tally.observe(event, result)
    } catch (error) {
      isCounting = false
      log.line('error', `nothing is counted any more: ${String(error)}`)
    }
    recordBy((it) => it.observe(event, result))
  }

  /** What is published when the daemon stops must not wait for a disk, so this comes after it. */
  function closeRecords(): void {
    writeTally()
    recorder = null
    ports.history?.close()
  }

  function recordBy(write: (recorder: Recorder) => void): void {
    try {
      if (recorder !== null) write(recorder)
    } catch (error) {
      recorder = null
      log.line('error', `the history goes no further: ${String(error)}`)
    }
  }

  function perform(effect: Exclude<Effect, QueryEffect>): void {
    switch (effect.kind) {
      case 'priority':
        publishing.priority(effect.instance, effect.priority)
        return
      case 'status':
        validUntilMs = effect.validUntilMs
        writeStatus()
        return
      case 'reread':
        options.reread()
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

  function statusNow(): StatusDocument {
    const moment = {
      nowMs: clock.nowMs(),
      wallMs: clock.wallMs(),
      bootMs: clock.bootMs(),
      bootId: clock.bootId,
    }
    const { version, pid, backends } = options
    return buildStatus(engine.state(), {
      ...moment,
      validUntilMs: Math.min(validUntilMs, moment.nowMs + engine.statusForMs()),
      version,
      pid,
      fingerprint: options.fingerprint(),
      complaints: options.complaints(),
      ...(backends === undefined ? {} : { backends: backends() }),
    })
  }

  /** To publish again makes nothing fresher: a status that has ended is for the core to judge. */
  function judgeEnded(): void {
    if (engine.statusForMs() < 0) engine.dispatch({ kind: 'tick', nowMs: clock.nowMs() })
  }

  function writeStatus(): void {
    statusAtMs = clock.nowMs()
    publishing.status(`${JSON.stringify(statusNow())}\n`)
    options.onStatus(engine.state())
  }

  /** Where this cannot be written the status cannot either, and that is complained of. */
  function writeTally(): void {
    tallyAtMs = clock.nowMs()
    ports.publisher.tally(tallyText(tally.read(tallyAtMs), clock.bootId, clock.bootMs()))
  }

  function upkeep(): void {
    if (engine.state().stopped) return
    judgeEnded()
    const { published } = engine.state()
    const unwritten = publishing.reassert(published)
    if (unwritten || clock.nowMs() - statusAtMs >= MAX_STATUS_AGE_MS) writeStatus()
    if (clock.nowMs() - tallyAtMs >= TALLY_EVERY_MS) writeTally()
    clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)
  }
  clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)

  return {
    dispatch(event) {
      engine.dispatch(event)
      if (event.kind === 'stop') closeRecords()
    },
    tally,
    status: statusNow,
    refreshStatus() {
      if (engine.state().stopped) return
      judgeEnded()
      writeStatus()
    },
    note(line) {
      recordBy((it) => it.note(line, engine.state()))
    },
    overdueMs: engine.overdueMs,
  }
}
