// What each instance went through, and where that has led: transitions read against the interface.
import type { NotifyEvent } from '../config/notify-config.ts'
import { wordOf } from './classify.ts'
import type { Item, Told } from './outbox.ts'
import type { TrueInstance, Truth } from './truth.ts'

/** What is known when a message is composed. */
export interface Context {
  readonly truth: Truth
  readonly nowMs: number
  readonly wallMs: number
  /** Earlier transitions that were told here. */
  readonly told: readonly Told[]
  /** Earlier attempts to send this, if any failed. */
  readonly trouble: Trouble | null
  /** Events that were dropped before they could be told. */
  readonly lost: number
  /** The attempt cannot be recorded, so that a crash now would repeat it. */
  readonly unrecorded: string | null
}

export interface Trouble {
  readonly failures: number
  readonly sinceMs: number
  readonly error: string
}

/** An instance or group, its transitions in order, and where that has led. */
export interface Story {
  readonly name: string
  readonly items: readonly Item[]
  readonly instance: TrueInstance | null
  /** Where it stands now, in one word. */
  readonly word: string
  readonly kind: NotifyEvent
}

/** keepalived's scripts may overtake each other by this much; the interface then says who was last. */
const OVERTAKING_MS = 500

/** One story for each instance and group, in the order in which they begin. */
export function storiesOf(items: readonly Item[], { truth }: Context): Story[] {
  const groups = grouped(items, ({ event }) => event.name)
  return [...groups.values()].map((group) => {
    const name = group[0]?.event.name ?? ''
    // An instance of two families is a sync group for keepalived, of the same name.
    const instance = truth.instances.find((it) => it.name === name) ?? null
    const ordered = instance === null ? group : endAtTruth(group, instance.holding)
    const last = ordered.at(-1) as Item
    return { name, items: ordered, instance, ...endOf(last, instance) }
  })
}

function endAtTruth(items: readonly Item[], holding: boolean): readonly Item[] {
  const agrees = (it: Item) => (it.event.state === 'MASTER') === holding
  const last = items.at(-1)
  if (last === undefined || agrees(last)) return items
  const overtaken = items.findLast((it) => agrees(it) && last.atMs - it.atMs <= OVERTAKING_MS)
  return overtaken === undefined ? items : [...items.filter((it) => it !== overtaken), overtaken]
}

/** The addresses say whether it is the master; what it is otherwise, its last transition says. */
function endOf({ event, kind }: Item, instance: TrueInstance | null) {
  const known: NotifyEvent = kind ?? 'backup'
  const wasMaster = event.state === 'MASTER'
  if (instance?.holding === true && !wasMaster) return { word: 'MASTER', kind: 'master' as const }
  if (instance?.holding === false && wasMaster) return { word: 'NOT MASTER', kind: known }
  return { word: wordOf(event, kind), kind: known }
}

/** Groups a list, each group in the list's order. */
export function grouped<T, K>(list: readonly T[], keyOf: (it: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const it of list) {
    const group = groups.get(keyOf(it))
    if (group === undefined) groups.set(keyOf(it), [it])
    else group.push(it)
  }
  return groups
}
