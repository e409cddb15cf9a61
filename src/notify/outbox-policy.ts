// The policy: events, states, results and times in; attempts, finished events and words out. Pure.
import type { ChannelConfig } from '../config/notify-table.ts'
import { overrideOf } from '../core/override.ts'
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { durationText } from '../documents/text.ts'
import { keyOf, transitionText } from '../documents/transition.ts'
import { classify, wordOf } from './classify.ts'
import type { SendOutcome } from './compose-message.ts'
import type { CurrentState } from './current-state.ts'
import {
  dueAtMs,
  HOUR_MS,
  type Item,
  isSubscribed,
  type Outbox,
  type Pace,
  sendAtMs,
} from './outbox.ts'

export type Input = { readonly nowMs: number } & (
  | { readonly kind: 'tick' }
  | {
      readonly kind: 'event'
      readonly event: SpooledEvent
      /** When it happened, on the clock of `nowMs`. */
      readonly atMs: number
      /** An earlier run tried to report it, and did not record how that ended. */
      readonly repeated: boolean
    }
  | { readonly kind: 'state'; readonly current: CurrentState }
  /** Events that will never be reported in full. */
  | { readonly kind: 'lost'; readonly count: number }
  | { readonly kind: 'sent'; readonly outcome: SendOutcome }
  | { readonly kind: 'rules'; readonly channel: ChannelConfig; readonly pace: Pace }
)

export type OutboxEffect =
  /** Compose a message of these items and send it; answer with `sent`. */
  | { readonly kind: 'send'; readonly items: readonly Item[] }
  /** The channel needs these events no longer. */
  | { readonly kind: 'done'; readonly ids: readonly string[] }
  | { readonly kind: 'log'; readonly level: 'error' | 'warn' | 'info'; readonly text: string }

export interface OutboxStep {
  readonly effects: readonly OutboxEffect[]
  /** When to send a tick at the latest. */
  readonly wakeAtMs: number
}

/** Earlier transitions that a message recalls. */
const MAX_REPORTED = 10

/** Takes one input; the outbox changes in place. Deterministic. */
export function step(outbox: Outbox, input: Input): OutboxStep {
  const effects: OutboxEffect[] = []
  take(outbox, input, effects)
  decide(outbox, input.nowMs)
  dropUnsubscribed(outbox, effects)
  send(outbox, input.nowMs, effects)
  return { effects, wakeAtMs: dueAtMs(outbox) }
}

function take(outbox: Outbox, input: Input, effects: OutboxEffect[]): void {
  switch (input.kind) {
    case 'tick':
      return
    case 'event':
      insert(outbox, input)
      return
    case 'state':
      noteEndedOverrides(outbox, input.current, input.nowMs)
      outbox.current = input.current
      return
    case 'lost':
      outbox.lost += input.count
      return
    case 'sent':
      if (input.outcome.ok) arrived(outbox, input.nowMs, input.outcome.note, effects)
      else failed(outbox, input.nowMs, input.outcome, effects)
      return
    case 'rules':
      outbox.channel = input.channel
      outbox.pace = input.pace
      // Whoever changed the rules wants to see what comes of it.
      outbox.retryAtMs = Number.NEGATIVE_INFINITY
      for (const item of outbox.items) item.kind = null
      return
    default:
      input satisfies never
  }
}

function noteEndedOverrides(outbox: Outbox, next: CurrentState, nowMs: number): void {
  const before = outbox.current?.override ?? null
  for (const { name } of next.instances)
    if (overrideOf(before, name) !== null && overrideOf(next.override, name) === null)
      outbox.overrideEndedMs.set(name, nowMs)
}

function insert(outbox: Outbox, input: Extract<Input, { kind: 'event' }>): void {
  const { event, atMs, repeated, nowMs } = input
  const after = outbox.items.findIndex(
    (other) => other.atMs > atMs || (other.atMs === atMs && other.event.id > event.id),
  )
  const item: Item = { event, atMs, seenMs: nowMs, kind: null, repeated }
  outbox.items.splice(after === -1 ? outbox.items.length : after, 0, item)
}

function decide(outbox: Outbox, nowMs: number): void {
  for (const item of outbox.items) {
    if (item.kind !== null) continue
    const endedMs = outbox.overrideEndedMs.get(item.event.name) ?? Number.NEGATIVE_INFINITY
    const sinceMs = item.atMs - endedMs
    item.kind = classify(item.event, {
      current: outbox.current,
      sinceOverrideMs: sinceMs < 0 ? Number.POSITIVE_INFINITY : sinceMs,
      waitedMs: nowMs - item.seenMs,
    })
  }
}

/**
 * A transition that the channel does not subscribe to is kept only beside one of the same instance,
 * real server or service that it does subscribe to: a message shows them all.
 */
function dropUnsubscribed(outbox: Outbox, effects: OutboxEffect[]): void {
  const subscribed = new Set(
    outbox.items
      .filter((item) => item.kind === null || isSubscribed(outbox, item))
      .map((item) => keyOf(item.event)),
  )
  const keep = (item: Item) =>
    subscribed.has(keyOf(item.event)) || outbox.sending?.has(item.event.id) === true
  const unsubscribed = outbox.items.filter((item) => !keep(item))
  if (unsubscribed.length > 0)
    finish(outbox, new Set(unsubscribed.map((item) => item.event.id)), effects)
}

function send(outbox: Outbox, nowMs: number, effects: OutboxEffect[]): void {
  if (outbox.sending !== null || nowMs < sendAtMs(outbox)) return
  const items = outbox.items.filter((item) => item.kind !== null)
  outbox.sending = new Set(items.map((item) => item.event.id))
  outbox.lostReported = outbox.lost
  effects.push({ kind: 'send', items })
}

function arrived(
  outbox: Outbox,
  nowMs: number,
  note: string | undefined,
  effects: OutboxEffect[],
): void {
  const sent = takeSending(outbox)
  const reported = sent.map(({ event, kind }) => ({
    wallMs: event.wallMs,
    name: event.name,
    state: wordOf(event, kind),
  }))
  outbox.reported = [...outbox.reported, ...reported].slice(-MAX_REPORTED)
  outbox.sentAtMs = [...outbox.sentAtMs.filter((at) => at > nowMs - HOUR_MS), nowMs]
  const { failures, failingSinceMs, channel } = outbox
  const after =
    failures === 0
      ? ''
      : ` after ${failures} failed attempts in ${durationText(nowMs - (failingSinceMs ?? nowMs))}`
  const what = sent.length === 1 ? '1 transition' : `${sent.length} transitions`
  effects.push({
    kind: 'log',
    level: 'info',
    text: `channel ${channel.name}: sent ${what}${after}`,
  })
  if (note !== undefined)
    effects.push({ kind: 'log', level: 'warn', text: `channel ${channel.name}: ${note}` })
  Object.assign(outbox, { failures: 0, failingSinceMs: null, lastError: '' })
  outbox.lost -= outbox.lostReported
  outbox.retryAtMs = Number.NEGATIVE_INFINITY
  finish(outbox, new Set(sent.map((item) => item.event.id)), effects)
}

function failed(
  outbox: Outbox,
  nowMs: number,
  { error, maybeDelivered }: Extract<SendOutcome, { ok: false }>,
  effects: OutboxEffect[],
): void {
  const { channel } = outbox
  const tried = takeSending(outbox)
  if (maybeDelivered) for (const item of tried) item.repeated = true
  const waitMs = Math.min(
    channel.retryMaxMs,
    channel.retryMinMs * 2 ** Math.min(outbox.failures, 30),
  )
  outbox.failures += 1
  outbox.failingSinceMs ??= nowMs
  outbox.retryAtMs = nowMs + waitMs
  // Said once for each cause: a mail system that is down for a day is not news every ten minutes.
  if (error !== outbox.lastError) {
    const text = `channel ${channel.name}: ${error}; next attempt in ${durationText(waitMs)}`
    effects.push({ kind: 'log', level: 'warn', text })
  }
  outbox.lastError = error
  const old = tried.filter((item) => nowMs - item.atMs > channel.expireAfterMs)
  if (old.length === 0) return
  for (const { event } of old) {
    const text = `channel ${channel.name}: gave up on: ${transitionText(event)}`
    effects.push({ kind: 'log', level: 'error', text })
  }
  outbox.lost += old.length
  finish(outbox, new Set(old.map((item) => item.event.id)), effects)
}

function takeSending(outbox: Outbox): readonly Item[] {
  const { sending } = outbox
  outbox.sending = null
  return outbox.items.filter((item) => sending?.has(item.event.id) === true)
}

function finish(outbox: Outbox, ids: ReadonlySet<string>, effects: OutboxEffect[]): void {
  outbox.items = outbox.items.filter((item) => !ids.has(item.event.id))
  effects.push({ kind: 'done', ids: [...ids] })
}
