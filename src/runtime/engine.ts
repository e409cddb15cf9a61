// The engine: events in a queue, one step of the core each, queries asked, one timer for the next wake.
import type { CoreConfig } from '../core/core-config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { ServerFacts, StepFacts } from '../core/facts.ts'
import { factsOf } from '../core/facts-of.ts'
import { initialState } from '../core/state.ts'
import { step } from '../core/step.ts'
import { CLOCK_GRAIN_MS } from '../documents/status-document.ts'
import type { Answer, Clock, Dispatch, Prober, Quorum, QuorumAnswer } from '../ports.ts'

export interface EnginePorts {
  readonly clock: Clock
  readonly prober: Prober
  /** null on a server that balances nothing. */
  readonly quorum: Quorum | null
}

export interface EngineHandlers {
  /** Told of each step before its effects are carried out. */
  readonly onStep: (event: Event, facts: StepFacts) => void
  /** Carries out what the engine does not do by itself. */
  readonly perform: (effect: Exclude<Effect, QueryEffect>) => void
}

export interface Engine {
  readonly dispatch: Dispatch
  /** What is known now. */
  facts(): ServerFacts
  /**
   * How long the core's last status holds for those who read it, in milliseconds; below 0, it has
   * ended. The clock of the core stands still while the host is suspended, and theirs does not.
   */
  statusForMs(): number
  /** How long the core has waited for a wake that is due; a healthy event loop keeps this near 0. */
  overdueMs(): number
}

/** Runs the core on the real world until a `stop` event has been carried out. */
export function createEngine(
  config: CoreConfig,
  ports: EnginePorts,
  handlers: EngineHandlers,
): Engine {
  const { clock } = ports
  const state = initialState(config, clock.nowMs())
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
        // Before anything is taken in; that the daemon stops rests on nothing that was asked.
        if (next.kind !== 'stop' && !state.stopped && statusForMs() < 0)
          take({ kind: 'overslept', nowMs: next.nowMs })
        take(next)
      }
    } finally {
      // A bug ends the daemon; until it does, it must still take the event that stops it.
      running = false
    }
    armTimer()
  }

  function take(event: Event): void {
    const result = step(state, event)
    wakeAtMs = result.wakeAtMs
    handlers.onStep(event, result)
    for (const effect of result.effects) {
      if (effect.kind === 'query') {
        void ask(effect)
        continue
      }
      if (effect.kind === 'status')
        statusUntilBootMs = clock.bootMs() + (effect.validUntilMs - clock.nowMs())
      handlers.perform(effect)
    }
  }

  /** Readers count in hundredths of a second: to be late by that alone is not late. */
  function statusForMs(): number {
    const forMs = statusUntilBootMs - clock.bootMs()
    return forMs < 0 && forMs >= -CLOCK_GRAIN_MS ? 0 : forMs
  }

  async function ask(effect: QueryEffect): Promise<void> {
    const answer = await answerTo(effect)
    dispatch({ ...answer, kind: 'result', nowMs: clock.nowMs(), queryId: effect.id })
  }

  async function answerTo({
    endpoint,
    source,
    timeoutMs,
  }: QueryEffect): Promise<Answer | QuorumAnswer> {
    if (source.kind !== 'quorum') {
      const { question, expect } = source
      return ports.prober.ask({ endpoint, question, expect, timeoutMs })
    }
    if (ports.quorum !== null) return ports.quorum.ask(endpoint)
    return { outcome: 'local-error', latencyMs: 0, detail: 'this server balances nothing' }
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
    facts: () => factsOf(state),
    statusForMs,
    overdueMs: () => Math.max(0, clock.nowMs() - wakeAtMs),
  }
}
