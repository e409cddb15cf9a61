// What each instance went through, and where that has led: transitions read against the interface.
import type { NotifyEvent } from '../config/notify-table.ts'
import { isOfPool, keyOf, type Subject } from '../documents/transition.ts'
import { wordOf } from './classify.ts'
import {
  type CurrentBackend,
  type CurrentInstance,
  type CurrentService,
  type CurrentState,
  memberOf,
} from './current-state.ts'
import type { Item, ReportedTransition } from './outbox.ts'

/** What is known when a message is composed. */
export interface Context {
  readonly current: CurrentState
  readonly nowMs: number
  readonly wallMs: number
  /** Earlier transitions that were reported here. */
  readonly reported: readonly ReportedTransition[]
  /** Earlier attempts to send this, if any failed. */
  readonly failed: FailedAttempts | null
  /** Events that were dropped before they could be reported. */
  readonly lost: number
  /** The attempt cannot be recorded, so that a crash now would repeat it. */
  readonly unrecorded: string | null
}

export interface FailedAttempts {
  readonly failures: number
  readonly sinceMs: number
  readonly error: string
}

/** An instance, a real server or a service, its transitions in order, and where that has led. */
export interface TransitionGroup {
  readonly subject: Subject
  readonly name: string
  readonly items: readonly Item[]
  readonly instance: CurrentInstance | null
  /** The real server, or the service of real servers, that it is about. */
  readonly member: CurrentBackend | CurrentService | null
  /** Where it stands now, in one word. */
  readonly word: string
  readonly kind: NotifyEvent
}

/** keepalived's scripts may overtake each other by this much; the interface then says who was last. */
const OVERTAKING_MS = 500

/** One group for each thing that has states, in the order in which they begin. */
export function transitionGroups(items: readonly Item[], { current }: Context): TransitionGroup[] {
  const groups = Map.groupBy(items, ({ event }) => keyOf(event))
  return [...groups.values()].map((group) => {
    const { event } = group.at(-1) as Item
    return isOfPool(event) ? poolGroup(group, current) : instanceGroup(group, current)
  })
}

function instanceGroup(group: readonly Item[], current: CurrentState): TransitionGroup {
  const { subject, name } = (group.at(-1) as Item).event
  const instance = current.instances.find((other) => other.name === name) ?? null
  const ordered = instance === null ? group : endingAsHeld(group, instance.holding)
  const last = ordered.at(-1) as Item
  return { subject, name, items: ordered, instance, member: null, ...endOf(last, instance) }
}

/** Its events are the daemon's own and in order; what it knows now is newer than the last one. */
function poolGroup(items: readonly Item[], current: CurrentState): TransitionGroup {
  const { event, kind } = items.at(-1) as Item
  const { subject, name } = event
  const member = memberOf(current, event) ?? null
  const word = member?.state ?? event.state
  return { subject, name, items, instance: null, member, word, kind: kind ?? 'backend' }
}

function endingAsHeld(items: readonly Item[], holding: boolean): readonly Item[] {
  const agrees = (item: Item) => (item.event.state === 'MASTER') === holding
  const last = items.at(-1)
  if (last === undefined || agrees(last)) return items
  const overtaken = items.findLast((item) => agrees(item) && last.atMs - item.atMs <= OVERTAKING_MS)
  return overtaken === undefined
    ? items
    : [...items.filter((item) => item !== overtaken), overtaken]
}

/** The addresses say whether it is the master; what it is otherwise, its last transition says. */
function endOf({ event, kind }: Item, instance: CurrentInstance | null) {
  const known: NotifyEvent = kind ?? 'backup'
  const wasMaster = event.state === 'MASTER'
  if (instance?.holding === true && !wasMaster) return { word: 'MASTER', kind: 'master' as const }
  if (instance?.holding === false && wasMaster) return { word: 'NOT MASTER', kind: known }
  return { word: wordOf(event, kind), kind: known }
}
