// The engine: events in a queue, one step of the core each, queries asked, one timer for the next wake.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { initialState, type State } from '../core/state.ts'
import { type Step, step } from '../core/step.ts'
import type { Clock, Dispatch, Prober } from '../ports.ts'

export interface EngineHandlers {
  /** Told of each step before its effects are carried out. */
  readonly onStep: (event: Event, step: Step) => void
  /** Carries out what the engine does not do by itself. */
  readonly perform: (effect: Exclude<Effect, QueryEffect>) => void
}

export interface Engine {
  readonly dispatch: Dispatch
  /** As it is now: it is changed in place with every event. */
  state(): State
  /** Whether the end of the core's last status is still to come. */
  isCurrent(): boolean
  /** How long the core has waited for a wake that is due; a healthy event loop keeps this near 0. */
  overdueMs(): number
}

/** Runs the core on the real world until a `stop` event has been carried out. */
export function createEngine(
  config: Config,
  ports: { readonly clock: Clock; readonly prober: Prober },
  handlers: EngineHandlers,
): Engine {
  const { clock } = ports
  let state = initialState(config, clock.nowMs())
  /** The end of the last status, on the clock of those who read it. */
  let statusUntilBootMs = Number.POSITIVE_INFINITY
  const queue: Event[] = []
  let running = false
  let wakeAtMs = Number.POSITIVE_INFINITY
  let timerAtMs = Number.POSITIVE_INFINITY
  let cancelTimer = () => {}

  function dispatch(event: Event): void {
    queue.push(event)
    if (running) return
    running = true
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = step(state, next)
        state = result.state
        wakeAtMs = result.wakeAtMs
        handlers.onStep(next, result)
        for (const effect of result.effects) {
          if (effect.kind === 'query') void ask(effect)
          else if (effect.kind === 'status' && hasOverslept())
            queue.push({ kind: 'overslept', nowMs: clock.nowMs() })
          else handlers.perform(effect)
        }
      }
    } finally {
      // A bug ends the daemon; until it does, it must still take the event that stops it.
      running = false
    }
    armTimer()
  }

  /** The clock of the core stands still while the host is suspended, and its readers' does not. */
  function hasOverslept(): boolean {
    const bootMs = clock.bootMs()
    const isLate = bootMs > statusUntilBootMs
    const forMs = state.statusUntilMs - clock.nowMs()
    statusUntilBootMs = isLate ? Number.POSITIVE_INFINITY : bootMs + forMs
    return isLate
  }

  async function ask(effect: QueryEffect): Promise<void> {
    const answer = await ports.prober.ask(effect)
    dispatch({ ...answer, kind: 'result', nowMs: clock.nowMs(), queryId: effect.id })
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

  return {
    dispatch,
    state: () => state,
    isCurrent: () => clock.bootMs() <= statusUntilBootMs,
    overdueMs: () => Math.max(0, clock.nowMs() - wakeAtMs),
  }
}
