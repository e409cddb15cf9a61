// One channel at work: the pure policy on a timer, its attempts, and a record of each beforehand.
import type { ChannelConfig } from '../config/notify/notify-config.ts'
import type { SpooledEvent } from '../documents/event.ts'
import { durationText } from '../documents/text.ts'
import type { CurrentState } from '../notify/current-state.ts'
import type { ChannelRecord } from '../notify/journal.ts'
import { composeMessage } from '../notify/message.ts'
import { HOUR_MS, type Item, newOutbox, type Outbox, type Pace } from '../notify/outbox.ts'
import { type Effect, type Input, type Outcome, step } from '../notify/outbox-policy.ts'
import type { Context } from '../notify/transition-group.ts'
import type { Clock, Deliver, Log } from '../ports.ts'
import { guarded, logBug } from './guarded.ts'

export interface ChannelPorts {
  readonly clock: Clock
  readonly log: Log
  readonly deliver: Deliver
  /** Writes down what is under way; resolves to why that failed, or null. Not for long. */
  readonly record: () => Promise<string | null>
  readonly done: (ids: readonly string[]) => void
}

export interface RunningChannel {
  readonly outbox: Outbox
  tell(event: SpooledEvent, atMs: number, repeated: boolean): void
  lose(count: number): void
  useTruth(current: CurrentState): void
  useRules(channel: ChannelConfig, pace: Pace): void
  /** A sentence when telling fails, or null. */
  complaint(): string | null
  /** No attempt begins from now on; resolves when the one under way has ended. */
  stop(): Promise<void>
}

/** A tick that comes later than it could does no harm, and infinity is no time for a timer. */
const LATEST_TICK_MS = HOUR_MS

export function createChannel(
  channel: ChannelConfig,
  pace: Pace,
  earlier: ChannelRecord,
  ports: ChannelPorts,
): RunningChannel {
  const { clock, log } = ports
  const outbox = recall(newOutbox(channel, pace), earlier, clock)
  let cancelTimer = () => {}
  let timerAtMs = Number.POSITIVE_INFINITY
  let attempt: Promise<void> = Promise.resolve()
  let stopped = false

  function take(input: Input): void {
    if (stopped && input.kind !== 'sent') return
    const { effects, wakeAtMs } = step(outbox, input)
    for (const effect of effects) perform(effect)
    arm(Math.min(wakeAtMs, clock.nowMs() + LATEST_TICK_MS))
  }

  function arm(atMs: number): void {
    if (stopped || (outbox.items.length === 0 && timerAtMs === Number.POSITIVE_INFINITY)) return
    cancelTimer()
    timerAtMs = outbox.items.length === 0 ? Number.POSITIVE_INFINITY : atMs
    if (timerAtMs === Number.POSITIVE_INFINITY) return
    const tick = () => {
      timerAtMs = Number.POSITIVE_INFINITY
      take({ kind: 'tick', nowMs: clock.nowMs() })
    }
    cancelTimer = clock.wakeAt(timerAtMs, guarded(log, tick))
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'log':
        log.line(effect.level, effect.text)
        return
      case 'done':
        ports.done(effect.ids)
        return
      case 'send':
        if (!stopped) attempt = send(effect.items).catch((error) => logBug(log, error))
        return
      default:
        effect satisfies never
    }
  }

  /** What is attempted is written down first: whoever finds it after a crash marks it as repeated. */
  async function send(items: readonly Item[]): Promise<void> {
    const { current, told, failures, failingSinceMs, lastError, lostTold } = outbox
    if (current === null) throw new Error('a message was due before anything was known')
    const unrecorded = await ports.record()
    const nowMs = clock.nowMs()
    const trouble =
      failures === 0 ? null : { failures, sinceMs: failingSinceMs ?? nowMs, error: lastError }
    const context = { current, nowMs, wallMs: clock.wallMs(), told, trouble, unrecorded }
    const outcome = await attemptOf(items, { ...context, lost: lostTold })
    take({ kind: 'sent', nowMs: clock.nowMs(), outcome })
    // Last, so that a crash before it repeats a message rather than loses one.
    await ports.record()
  }

  /** A bug ends one attempt, and neither the daemon nor the ones after it. */
  async function attemptOf(items: readonly Item[], context: Context): Promise<Outcome> {
    try {
      return await ports.deliver(outbox.channel, composeMessage(items, context))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { ok: false, error: `internal error: ${why}`, maybeDelivered: false }
    }
  }

  return {
    outbox,
    tell: (event, atMs, repeated) =>
      take({ kind: 'event', nowMs: clock.nowMs(), event, atMs, repeated }),
    lose: (count) => take({ kind: 'lost', nowMs: clock.nowMs(), count }),
    useTruth: (current) => take({ kind: 'truth', nowMs: clock.nowMs(), current }),
    useRules: (next, nextPace) =>
      take({ kind: 'rules', nowMs: clock.nowMs(), channel: next, pace: nextPace }),
    complaint() {
      const { failingSinceMs, items, lastError } = outbox
      if (failingSinceMs === null) return null
      const since = durationText(clock.nowMs() - failingSinceMs)
      return `channel ${outbox.channel.name} fails since ${since}, and ${items.length} transitions wait: ${lastError}`
    },
    async stop() {
      stopped = true
      cancelTimer()
      await attempt
    },
  }
}

/** What an earlier run left; its times are on the wall clock, and those of the future are not true. */
function recall(outbox: Outbox, earlier: ChannelRecord, clock: Clock): Outbox {
  const ages = earlier.sentWallMs.map((at) => clock.wallMs() - at)
  outbox.sentAtMs = ages
    .filter((age) => age >= 0 && age < HOUR_MS)
    .sort((a, b) => b - a)
    .map((age) => clock.nowMs() - age)
  outbox.told = earlier.told
  outbox.lost = earlier.lost
  return outbox
}
