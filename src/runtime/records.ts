// What the daemon keeps of its own doings: counts for metrics, and the history for replays.
import type { CoreConfig } from '../core/core-config.ts'
import type { Event } from '../core/event.ts'
import type { ServerFacts, StepFacts } from '../core/facts.ts'
import type { WeightLine } from '../documents/history-lines.ts'
import type { StatusEvent } from '../documents/status-document.ts'
import { tallyText } from '../documents/tally-document.ts'
import { createRecorder, type Recorder } from '../observers/recorder.ts'
import { type Counting, createTally } from '../observers/tally.ts'
import type { Clock, History, Log, Publisher } from '../ports.ts'
import { createRecentEvents } from './recent-events.ts'

export interface RecordsPorts {
  readonly clock: Clock
  readonly publisher: Publisher
  readonly log: Log
  /** Where what happens is recorded for replays, if anywhere. */
  readonly history?: History
}

export interface Records {
  readonly tally: Counting
  /** Takes in an event and what came of it, right after the step. */
  observe(event: Event, step: StepFacts, server: () => ServerFacts): void
  /** Records something that the core knows nothing of. */
  note(line: WeightLine, server: () => ServerFacts): void
  /** Writes the counts if they are due. */
  upkeep(): void
  /** The last lines of the history, the newest last. */
  recent(): readonly StatusEvent[]
  close(): void
}

/** Counts and strips are for people and for scrapes: a step of a strip is soon enough. */
const TALLY_EVERY_MS = 5000

/** Counts and history are for people: whatever is wrong with them must not end what serves now. */
export function createRecords(config: CoreConfig, ports: RecordsPorts): Records {
  const { clock, log, publisher } = ports
  const recent = createRecentEvents()
  const history = ports.history === undefined ? undefined : recent.beside(ports.history)
  const tally = createTally(clock.nowMs())
  let isCounting = true
  let tallyAtMs = Number.NEGATIVE_INFINITY
  let recorder =
    history === undefined ? null : createRecorder(config, history, clock.nowMs(), clock.wallMs)

  function recordBy(write: (recorder: Recorder) => void): void {
    try {
      if (recorder !== null) write(recorder)
    } catch (error) {
      recorder = null
      log.line('error', `the history goes no further: ${String(error)}`)
    }
  }

  /** Where this cannot be written the status cannot either, and that is complained of. */
  function writeTally(): void {
    tallyAtMs = clock.nowMs()
    publisher.tally(tallyText(tally.read(tallyAtMs), clock.bootId, clock.bootMs()))
  }

  return {
    tally,
    observe(event, step, server) {
      try {
        if (isCounting) tally.observe(event, step)
      } catch (error) {
        isCounting = false
        log.line('error', `nothing is counted any more: ${String(error)}`)
      }
      recordBy((entry) => entry.observe(event, step, server))
    },
    note: (line, server) => recordBy((entry) => entry.note(line, server)),
    upkeep() {
      if (clock.nowMs() - tallyAtMs >= TALLY_EVERY_MS) writeTally()
    },
    recent: recent.read,
    close() {
      writeTally()
      recorder = null
      history?.close()
    },
  }
}
