// One channel at work: the pure policy on a timer, its attempts, and a record of each beforehand.
import type { ChannelConfig } from '../config/notify-table.ts'
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { durationText } from '../documents/text.ts'
import { composeMessage, type Deliver, type SendOutcome } from '../notify/compose-message.ts'
import type { CurrentState } from '../notify/current-state.ts'
import type { ChannelRecord } from '../notify/journal.ts'
import { HOUR_MS, type Item, newOutbox, type Outbox, type Pace } from '../notify/outbox.ts'
import { type Input, type OutboxEffect, step } from '../notify/outbox-policy.ts'
import type { Context } from '../notify/transition-group.ts'
import type { Clock, Log } from '../ports.ts'
import { guarded, logBug } from './guarded.ts'

export interface ChannelPorts {
  readonly clock: Clock
  readonly log: Log
  readonly deliver: Deliver
  /** Writes down what is under way; resolves to why that failed, or null. Not for long. */
  readonly record: () => Promise<string | null>
  readonly done: (ids: readonly string[]) => void
}

/** A tick that comes later than it could does no harm, and infinity is no time for a timer. */
const LATEST_TICK_MS = HOUR_MS

export class RunningChannel {
  readonly outbox: Outbox
  readonly #ports: ChannelPorts
  #cancelTimer = () => {}
  #timerAtMs = Number.POSITIVE_INFINITY
  #attempt: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(channel: ChannelConfig, pace: Pace, earlier: ChannelRecord, ports: ChannelPorts) {
    this.outbox = recall(newOutbox(channel, pace), earlier, ports.clock)
    this.#ports = ports
  }

  tell(event: SpooledEvent, atMs: number, repeated: boolean): void {
    this.#take({ kind: 'event', nowMs: this.#nowMs(), event, atMs, repeated })
  }

  lose(count: number): void {
    this.#take({ kind: 'lost', nowMs: this.#nowMs(), count })
  }

  useState(current: CurrentState): void {
    this.#take({ kind: 'state', nowMs: this.#nowMs(), current })
  }

  useRules(channel: ChannelConfig, pace: Pace): void {
    this.#take({ kind: 'rules', nowMs: this.#nowMs(), channel, pace })
  }

  /** A sentence when telling fails, or null. */
  complaint(): string | null {
    const { channel, failingSinceMs, items, lastError } = this.outbox
    if (failingSinceMs === null) return null
    const since = durationText(this.#nowMs() - failingSinceMs)
    return `channel ${channel.name} has failed for ${since} (${items.length} transitions waiting): ${lastError}`
  }

  /** No attempt begins from now on; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer()
    await this.#attempt
  }

  #nowMs(): number {
    return this.#ports.clock.nowMs()
  }

  #take(input: Input): void {
    if (this.#isStopped && input.kind !== 'sent') return
    const { effects, wakeAtMs } = step(this.outbox, input)
    for (const effect of effects) this.#perform(effect)
    this.#arm(Math.min(wakeAtMs, this.#nowMs() + LATEST_TICK_MS))
  }

  #arm(atMs: number): void {
    const isIdle = this.outbox.items.length === 0
    if (this.#isStopped || (isIdle && this.#timerAtMs === Number.POSITIVE_INFINITY)) return
    this.#cancelTimer()
    this.#timerAtMs = isIdle ? Number.POSITIVE_INFINITY : atMs
    if (this.#timerAtMs === Number.POSITIVE_INFINITY) return
    const { clock, log } = this.#ports
    const tick = () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#take({ kind: 'tick', nowMs: clock.nowMs() })
    }
    this.#cancelTimer = clock.wakeAt(this.#timerAtMs, guarded(log, tick))
  }

  #perform(effect: OutboxEffect): void {
    const { log, done } = this.#ports
    switch (effect.kind) {
      case 'log':
        log.line(effect.level, effect.text)
        return
      case 'done':
        done(effect.ids)
        return
      case 'send':
        if (!this.#isStopped)
          this.#attempt = this.#send(effect.items).catch((error) => logBug(log, error))
        return
      default:
        effect satisfies never
    }
  }

  /** What is attempted is written down first: whoever finds it after a crash marks it as repeated. */
  async #send(items: readonly Item[]): Promise<void> {
    const { current, reported, failures, failingSinceMs, lastError, lostReported } = this.outbox
    const { clock, record } = this.#ports
    if (current === null) throw new Error('a message was due before anything was known')
    const unrecorded = await record()
    const nowMs = clock.nowMs()
    const failed =
      failures === 0 ? null : { failures, sinceMs: failingSinceMs ?? nowMs, error: lastError }
    const context = { current, nowMs, wallMs: clock.wallMs(), reported, failed, unrecorded }
    const outcome = await this.#attemptOf(items, { ...context, lost: lostReported })
    this.#take({ kind: 'sent', nowMs: clock.nowMs(), outcome })
    // Last, so that a crash before it repeats a message rather than loses one.
    await record()
  }

  /** A bug ends one attempt, and neither the daemon nor the ones after it. */
  async #attemptOf(items: readonly Item[], context: Context): Promise<SendOutcome> {
    try {
      return await this.#ports.deliver(this.outbox.channel, composeMessage(items, context))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { ok: false, error: `internal error: ${why}`, maybeDelivered: false }
    }
  }
}

/** What an earlier run left; its times are on the wall clock, and those of the future are not true. */
function recall(outbox: Outbox, earlier: ChannelRecord, clock: Clock): Outbox {
  const ages = earlier.sentWallMs.map((at) => clock.wallMs() - at)
  outbox.sentAtMs = ages
    .filter((age) => age >= 0 && age < HOUR_MS)
    .sort((a, b) => b - a)
    .map((age) => clock.nowMs() - age)
  outbox.reported = earlier.told
  outbox.lost = earlier.lost
  return outbox
}
