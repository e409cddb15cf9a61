// An outbox on a virtual clock: what happens around it, and what it sends when.
import type { ChannelConfig } from '../../src/config/notify-table.ts'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
import {
  type ComposedMessage,
  composeMessage,
  type SendOutcome,
} from '../../src/notify/compose-message.ts'
import type { CurrentState } from '../../src/notify/current-state.ts'
import { newOutbox, type Outbox, type Pace } from '../../src/notify/outbox.ts'
import { type Input, type OutboxEffect, step } from '../../src/notify/outbox-policy.ts'
import { MAIL, MIDNIGHT_MS, PACE } from './notify-fixtures.ts'

export interface OutboxScenario {
  readonly outbox: Outbox
  /** What was sent, with the time of the attempt, in the order of time. */
  readonly sent: readonly { readonly atMs: number; readonly message: ComposedMessage }[]
  /** "  2.0 recdns0 MASTER on ns2" for each attempt. */
  subjects(): string[]
  readonly logged: readonly string[]
  readonly done: ReadonlySet<string>
  /** Lets the time pass, waking the outbox when it wants to be woken. */
  until(atMs: number): void
  /** An event is found in the spool at its own time, or later. */
  event(event: SpooledEvent, seenMs?: number): SpooledEvent
  current(current: CurrentState): void
  input(input: Omit<Input, 'nowMs'>): void
}

export interface OutboxScenarioOptions {
  readonly channel?: Partial<ChannelConfig>
  readonly pace?: Partial<Pace>
  /** How an attempt ends; the default is well. */
  readonly deliver?: (message: ComposedMessage, atMs: number) => SendOutcome
  /** How long an attempt takes. */
  readonly takesMs?: number
}

/** How an attempt ends when nobody was told. */
export const DOWN = {
  ok: false,
  error: 'connection refused',
  maybeDelivered: false,
} as const satisfies SendOutcome

export function createOutboxScenario(options: OutboxScenarioOptions = {}): OutboxScenario {
  const channel = { ...MAIL, ...options.channel } as ChannelConfig
  const outbox = newOutbox(channel, { ...PACE, ...options.pace })
  const sent: { atMs: number; message: ComposedMessage }[] = []
  const logged: string[] = []
  const done = new Set<string>()
  let nowMs = 0
  let wakeAtMs = Number.POSITIVE_INFINITY
  let result: { atMs: number; outcome: SendOutcome } | null = null

  function take(input: Omit<Input, 'nowMs'>): void {
    const taken = step(outbox, { ...input, nowMs } as Input)
    wakeAtMs = taken.wakeAtMs
    for (const effect of taken.effects) perform(effect)
  }

  function perform(effect: OutboxEffect): void {
    if (effect.kind === 'log') logged.push(`${effect.level}: ${effect.text}`)
    else if (effect.kind === 'done') for (const id of effect.ids) done.add(id)
    else {
      const { current, reported, failures, failingSinceMs, lastError, lostReported } = outbox
      if (current === null) throw new Error('sent before anything was known')
      const failed =
        failures === 0 ? null : { failures, sinceMs: failingSinceMs ?? nowMs, error: lastError }
      const context = {
        current,
        nowMs,
        wallMs: MIDNIGHT_MS + nowMs,
        reported,
        failed,
        lost: lostReported,
      }
      const message = composeMessage(effect.items, { ...context, unrecorded: null })
      sent.push({ atMs: nowMs, message })
      const outcome = options.deliver?.(message, nowMs) ?? { ok: true }
      result = { atMs: nowMs + (options.takesMs ?? 0), outcome }
    }
  }

  function until(atMs: number): void {
    for (let turns = 0; ; turns += 1) {
      if (turns > 100_000) throw new Error(`it spins at ${nowMs}`)
      const nextMs = Math.max(nowMs, Math.min(wakeAtMs, result?.atMs ?? Number.POSITIVE_INFINITY))
      if (nextMs > atMs) break
      nowMs = nextMs
      if (result !== null && result.atMs <= nowMs) {
        const { outcome } = result
        result = null
        take({ kind: 'sent', outcome } as Omit<Input, 'nowMs'>)
      } else take({ kind: 'tick' })
    }
    nowMs = atMs
  }

  return {
    outbox,
    sent,
    subjects: () =>
      sent.map(({ atMs, message }) => `${(atMs / 1000).toFixed(1).padStart(5)} ${message.subject}`),
    logged,
    done,
    until,
    event(event, seenMs = event.wallMs - MIDNIGHT_MS) {
      until(seenMs)
      const atMs = event.wallMs - MIDNIGHT_MS
      take({ kind: 'event', event, atMs, repeated: false } as Omit<Input, 'nowMs'>)
      return event
    },
    current: (current) => take({ kind: 'state', current } as Omit<Input, 'nowMs'>),
    input: take,
  }
}
