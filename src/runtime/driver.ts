// The driver: an engine whose health and priorities are published, shown, counted and recorded.
import type { CoreConfig } from '../core/core-config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { WeightLine } from '../documents/history-lines.ts'
import type { BackendStatus, StatusDocument, StatusEvent } from '../documents/status-document.ts'
import { buildStatus } from '../observers/status.ts'
import type { Counting } from '../observers/tally.ts'
import type { Clock, Dispatch } from '../ports.ts'
import { logLine } from '../view/log-line.ts'
import { createEngine, type Engine, type EnginePorts } from './engine.ts'
import { createPublishing } from './publishing.ts'
import { createRecords, type RecordsPorts } from './records.ts'

export interface DriverPorts extends RecordsPorts, EnginePorts {}

export interface DriverOptions {
  readonly version: string
  readonly pid: number
  /** Names the configuration in force: see config/fingerprint.ts. */
  readonly fingerprint: () => string
  /** When it was loaded, in milliseconds since 1970. */
  readonly configWallMs: () => number
  /** What the operator should know besides the checks, such as a refused config. */
  readonly complaints: () => readonly string[]
  /** A load balancer's real servers, for the status. */
  readonly backends?: () => readonly BackendStatus[]
  /** Reads the kernel's table of addresses: an event tells what it holds. */
  readonly reread: () => void
  /** Called after each status that was written, with what it shows. */
  readonly onStatus: (facts: ServerFacts) => void
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

/** Runs the core on the real world, and shows and records what comes of it, until a `stop` event. */
export function createDriver(
  config: CoreConfig,
  ports: DriverPorts,
  options: DriverOptions,
): Driver {
  const { clock, log } = ports
  let validUntilMs = clock.nowMs()
  let statusAtMs = Number.NEGATIVE_INFINITY
  const publishing = createPublishing(ports.publisher, log)
  const records = createRecords(config, ports)
  const engine: Engine = createEngine(config, ports, {
    onStep: (event, step) => records.observe(event, step, engine.facts),
    perform,
  })

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

  const statusNow = (facts = engine.facts()) =>
    statusOf(facts, Math.min(validUntilMs, clock.nowMs() + engine.statusForMs()), {
      ...{ clock, options, events: records.recent() },
    })

  /** To publish again makes nothing fresher: a status that has ended is for the core to judge. */
  function judgeEnded(): void {
    if (engine.statusForMs() < 0) engine.dispatch({ kind: 'tick', nowMs: clock.nowMs() })
  }

  function writeStatus(): void {
    statusAtMs = clock.nowMs()
    const facts = engine.facts()
    publishing.status(`${JSON.stringify(statusNow(facts))}\n`)
    options.onStatus(facts)
  }

  function upkeep(): void {
    if (engine.facts().stopped) return
    judgeEnded()
    const { published } = engine.facts()
    const unwritten = publishing.reassert(published)
    if (unwritten || clock.nowMs() - statusAtMs >= MAX_STATUS_AGE_MS) writeStatus()
    records.upkeep()
    clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)
  }
  clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)

  return {
    dispatch(event) {
      engine.dispatch(event)
      // What is published when the daemon stops must not wait for a disk.
      if (event.kind === 'stop') records.close()
    },
    tally: records.tally,
    status: () => statusNow(),
    refreshStatus() {
      if (engine.facts().stopped) return
      judgeEnded()
      writeStatus()
    },
    note: (line) => records.note(line, engine.facts),
    overdueMs: engine.overdueMs,
  }
}

function statusOf(
  facts: ServerFacts,
  validUntilMs: number,
  from: {
    readonly clock: Clock
    readonly options: DriverOptions
    readonly events: readonly StatusEvent[]
  },
): StatusDocument {
  const { clock, options, events } = from
  const { version, pid, backends } = options
  const nowMs = clock.nowMs()
  return buildStatus(facts, {
    nowMs,
    wallMs: clock.wallMs(),
    bootMs: clock.bootMs(),
    bootId: clock.bootId,
    validUntilMs,
    version,
    pid,
    fingerprint: options.fingerprint(),
    configWallMs: options.configWallMs(),
    events,
    complaints: options.complaints(),
    ...(backends === undefined ? {} : { backends: backends() }),
  })
}
