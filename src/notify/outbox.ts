// One channel's outbox: what waits to be reported there, and when the next attempt is due.
import type { ChannelConfig, NotifyConfig, NotifyEvent } from '../config/notify-table.ts'
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { isOfPool, keyOf } from '../documents/transition.ts'
import { DECISION_MS } from './classify.ts'
import { type CurrentState, memberOf } from './current-state.ts'

/** How often, for all channels alike. */
export type Pace = Pick<NotifyConfig, 'groupWaitMs' | 'groupIntervalMs' | 'maxPerHour'>

/** An event that waits. Times ending in `Ms` are on the caller's steady clock. */
export interface Item {
  readonly event: SpooledEvent
  /** When it happened. */
  readonly atMs: number
  /** When it was found in the spool. */
  readonly seenMs: number
  /** null while its class is not known. */
  kind: NotifyEvent | null
  /** It was part of an attempt of which it is not known whether it succeeded. */
  repeated: boolean
}

/** A transition that a message has reported. */
export interface ReportedTransition {
  readonly wallMs: number
  readonly name: string
  readonly state: string
}

/** Changed in place by `step` (see outbox-policy.ts), which alone may do so. */
export interface Outbox {
  channel: ChannelConfig
  pace: Pace
  current: CurrentState | null
  /** When an operator's decision last ended, by instance. */
  readonly overrideEndedMs: Map<string, number>
  /** In the order in which it happened. */
  items: Item[]
  /** The ids that are being sent, or null. */
  sending: ReadonlySet<string> | null
  failures: number
  failingSinceMs: number | null
  lastError: string
  retryAtMs: number
  /** When messages were sent, within the last hour. */
  sentAtMs: number[]
  reported: readonly ReportedTransition[]
  /** Events that were dropped or given up, and that no message has owned up to yet. */
  lost: number
  /** How many of them the message that is being sent owns up to. */
  lostReported: number
}

export function newOutbox(channel: ChannelConfig, pace: Pace): Outbox {
  return {
    channel,
    pace,
    current: null,
    overrideEndedMs: new Map(),
    items: [],
    sending: null,
    failures: 0,
    failingSinceMs: null,
    lastError: '',
    retryAtMs: Number.NEGATIVE_INFINITY,
    sentAtMs: [],
    reported: [],
    lost: 0,
    lostReported: 0,
  }
}

export const HOUR_MS = 3_600_000

/** A message waits this many times as long when the interface does not show yet what it would say. */
const CONTRADICTION_FACTOR = 3

/** Whether the channel subscribes to it. */
export function isSubscribed({ channel }: Outbox, { kind }: Item): boolean {
  return kind !== null && channel.events.includes(kind)
}

/** When to look again at the latest; infinite when nothing is to be reported. */
export function dueAtMs(outbox: Outbox): number {
  if (outbox.sending !== null || outbox.items.length === 0) return Number.POSITIVE_INFINITY
  const undecided = outbox.items.filter((item) => item.kind === null)
  const decideMs = Math.min(...undecided.map((item) => item.seenMs + DECISION_MS))
  return Math.min(decideMs, sendAtMs(outbox))
}

/** When the next message may go. */
export function sendAtMs(outbox: Outbox): number {
  const { pace, sentAtMs, current } = outbox
  const first = outbox.items.find((item) => isSubscribed(outbox, item))
  // Without knowing where service is there is nothing worth saying; that is known in a moment.
  if (first === undefined || current === null || isUnjudged(outbox.items, current))
    return Number.POSITIVE_INFINITY
  const groupWaitMs =
    pace.groupWaitMs * (isContradicted(outbox.items, current) ? CONTRADICTION_FACTOR : 1)
  const lastMs = sentAtMs.at(-1) ?? Number.NEGATIVE_INFINITY
  const nthMs = sentAtMs.at(-pace.maxPerHour) ?? Number.NEGATIVE_INFINITY
  return Math.max(
    first.seenMs + groupWaitMs,
    lastMs + pace.groupIntervalMs,
    nthMs + HOUR_MS,
    outbox.retryAtMs,
  )
}

/** Whether the last transition of something is not what is true of it now. */
function isContradicted(items: readonly Item[], current: CurrentState): boolean {
  const last = new Map(items.map(({ event }) => [keyOf(event), event]))
  return [...last.values()].some((event) => {
    if (isOfPool(event)) return memberOf(current, event)?.state !== event.state
    const instance = current.instances.find(({ name }) => name === event.name)
    return instance !== undefined && (event.state === 'MASTER') !== instance.holding
  })
}

/** A daemon that has just started has to judge the real servers first, which it does in a moment. */
function isUnjudged(items: readonly Item[], current: CurrentState): boolean {
  return items.some(({ event }) => memberOf(current, event)?.state === null)
}
