// The driver: events in a queue, one step each, effects carried out, one timer for the next wake.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { PublishedPriority } from '../core/priority.ts'
import { initialState, type State } from '../core/state.ts'
import { step } from '../core/step.ts'
import type { Clock, Dispatch, Log, Prober, Publisher } from '../ports.ts'
import { logLine } from '../render/log-line.ts'
import { buildStatus } from '../render/status-build.ts'

export interface DriverPorts {
  readonly clock: Clock
  readonly prober: Prober
  readonly publisher: Publisher
  readonly log: Log
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
  /** How long the core has waited for a wake that is due; a healthy event loop keeps this near 0. */
  overdueMs(): number
}

/** Runs the core on the real world until a `stop` event has been carried out. */
export function createDriver(config: Config, ports: DriverPorts, options: DriverOptions): Driver {
  const { clock, log } = ports
  let state = initialState(config, clock.nowMs())
  const queue: Event[] = []
  let running = false
  let wakeAtMs = Number.POSITIVE_INFINITY
  let timerAtMs = Number.POSITIVE_INFINITY
  let cancelTimer = () => {}
  const publishing = createPublishing(ports)

  function dispatch(event: Event): void {
    queue.push(event)
    if (running) return
    running = true
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = step(state, next)
      state = result.state
      wakeAtMs = result.wakeAtMs
      for (const effect of result.effects) perform(effect)
    }
    running = false
    armTimer()
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
        writeStatus(effect.validUntilMs)
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

  function writeStatus(validUntilMs: number): void {
    const moment = {
      nowMs: clock.nowMs(),
      wallMs: clock.wallMs(),
      bootMs: clock.bootMs(),
      bootId: clock.bootId,
    }
    const { version, pid } = options
    const context = { ...moment, validUntilMs, version, pid, complaints: options.complaints() }
    publishing.status(`${JSON.stringify(buildStatus(state, context))}\n`)
    options.onStatus(state)
  }

  /** Keeps a timer that is due too early: it wakes, finds nothing to do, and is set anew. */
  function armTimer(): void {
    if (timerAtMs <= wakeAtMs) return
    cancelTimer()
    timerAtMs = wakeAtMs
    cancelTimer = clock.wakeAt(wakeAtMs, () => {
      timerAtMs = Number.POSITIVE_INFINITY
      dispatch({ kind: 'tick', nowMs: clock.nowMs() })
    })
  }

  return { dispatch, overdueMs: () => Math.max(0, clock.nowMs() - wakeAtMs) }
}

/**
 * Publishing that outlives a full disk: what could not be written is tried again with every status,
 * and a complaint is logged once, not every second.
 */
function createPublishing({ publisher, log }: DriverPorts) {
  const unwritten = new Map<string, PublishedPriority>()
  let complaint = ''

  function note(error: string): void {
    if (error !== '' && error !== complaint) log.line('error', error)
    if (error === '' && complaint !== '') log.line('info', 'publishing works again')
    complaint = error
  }

  function priority(instance: string, value: PublishedPriority): string {
    const written = publisher.priority(instance, value)
    if (written.ok) unwritten.delete(instance)
    else unwritten.set(instance, value)
    return written.ok ? '' : written.error
  }

  return {
    priority(instance: string, value: PublishedPriority): void {
      const error = priority(instance, value)
      if (error !== '') note(error)
    },
    status(text: string): void {
      let error = ''
      for (const [instance, value] of [...unwritten]) error = priority(instance, value) || error
      const written = publisher.status(text)
      note(written.ok ? error : written.error)
    },
  }
}
