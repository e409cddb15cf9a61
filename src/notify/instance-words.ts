// Instances in the words of a message: their part of the subject, a sentence each, and whether clients are served.
import type { CurrentInstance, CurrentState } from './current-state.ts'
import type { TransitionGroup } from './transition-group.ts'

const MAX_NAMES = 4
const MAX_SERVERS = 8

/** "recdns0, recdns1 and recdns2" */
export function listText(names: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

/** "DNS failed, recdns0 and recdns1 released", one text for each thing that happened. */
export function instanceSubjects(
  groups: readonly TransitionGroup[],
  current: CurrentState,
): readonly string[] {
  const byPhrase = Map.groupBy(groups, (group) => phraseOf(group, current))
  return [...byPhrase].map(([phrase, those]) => {
    const names = those.map((group) => group.name)
    const list = names.length > MAX_NAMES ? `${names.length} instances` : listText(names)
    return phrase.replace('%', () => list)
  })
}

/** "%" stands for the names. */
function phraseOf(group: TransitionGroup, current: CurrentState): string {
  const { kind, word } = group
  if (word === 'MASTER') return 'now serves %'
  if (word === 'NOT MASTER') return 'no longer serves %'
  switch (kind) {
    case 'dead':
      return `${DEAD[deathOf(group, current)].subject}, % released`
    case 'fault':
      return 'FAULT on %'
    case 'stop':
      return stopOf(group) === 'removed'
        ? '% removed from keepalived'
        : `${stopOf(group)} stopped, % released`
    case 'planned':
      return `${maintenanceOf(group)}, % released`
    case 'master':
    case 'backup':
    case 'backend':
    case 'service':
      return `${word} for %`
    default:
      return kind satisfies never
  }
}

/** A sentence without its full stop. */
export function instanceSentence(group: TransitionGroup, current: CurrentState): string {
  const { kind, word } = group
  const { server } = current
  const what = instanceText(group)
  if (word === 'MASTER') return `${server} now serves ${what}${kind === 'planned' ? PLANNED : ''}`
  if (word === 'NOT MASTER') return `${server} took over ${what} and lost it again`
  switch (kind) {
    case 'dead':
      return `${server} released ${what} because ${DEAD[deathOf(group, current)].reason}`
    case 'fault':
      return `${what} is in FAULT on ${server}: keepalived takes no part in the election there`
    case 'stop':
      return stopOf(group) === 'removed'
        ? `keepalived on ${server} removed ${what}`
        : `${server} released ${what} because ${stopOf(group)} was stopped`
    case 'planned':
      return `${server} released ${what}${PLANNED}: ${maintenanceOf(group)}`
    case 'master':
    case 'backup':
    case 'backend':
    case 'service':
      return `${server} is ${word} for ${what}`
    default:
      return kind satisfies never
  }
}

const PLANNED = ', as planned'

const DEAD = {
  checks: { subject: 'DNS failed', reason: 'its DNS checks failed' },
  pool: { subject: 'too few real servers', reason: 'it has too few real servers' },
  daemon: { subject: 'holdfast failed', reason: 'its holdfast daemon gave no status' },
} as const

/** A daemon that died or hangs is one that keepalived takes for a failed server. */
function deathOf({ items }: TransitionGroup, { pool, decided }: CurrentState): keyof typeof DEAD {
  const snapshot = items.at(-1)?.event.snapshot
  const isKnown = snapshot?.health === 'failed' || (snapshot?.staleness === null && decided)
  if (!isKnown) return 'daemon'
  return pool === null ? 'checks' : 'pool'
}

function stopOf({ items }: TransitionGroup): 'holdfast' | 'keepalived' | 'removed' {
  const state = items.at(-1)?.event.state
  if (state === 'DELETED') return 'removed'
  return state === 'BACKUP' ? 'holdfast' : 'keepalived'
}

function maintenanceOf({ items }: TransitionGroup): string {
  return items.at(-1)?.event.snapshot.override?.mode ?? 'not in the server order'
}

const MAX_ADDRESSES = 4

/** "recdns0 (192.0.2.53, 2001:db8::53)" */
function instanceText({ name, instance }: TransitionGroup): string {
  const addresses = instance?.addresses ?? []
  if (addresses.length === 0) return name
  const more = addresses.length > MAX_ADDRESSES ? ', …' : ''
  return `${name} (${addresses.slice(0, MAX_ADDRESSES).join(', ')}${more})`
}

/** Whether clients are served, as far as this server knows it: a sentence for each answer. */
export function instanceClients(
  groups: readonly TransitionGroup[],
  current: CurrentState,
): readonly string[] {
  const instances = new Set(groups.flatMap((group) => group.instance ?? []))
  const byAnswer = Map.groupBy(instances, (instance) => answerOf(instance, current))
  return [...byAnswer].map(([answer, those]) => {
    const names = those.map(({ name }) => name)
    const list = names.length > MAX_NAMES ? `${names.length} instances` : listText(names)
    return `Clients of ${list} ${answer}.`
  })
}

function answerOf(instance: CurrentInstance, { server, health, pool }: CurrentState): string {
  const others = othersOf(instance, server)
  if (instance.holding && pool !== null) return `reach ${server}`
  if (instance.holding)
    return health === 'failed'
      ? `get wrong responses or none: ${server} holds the addresses, and its checks fail`
      : `are served by ${server}`
  return others.length === 0
    ? 'are not served: the server order lists no other server'
    : `are served if ${listText(others, 'or')} has taken over`
}

/** Where an instance is now: "not here; expected on ns1, then ns3". */
export function instancePlace(instance: CurrentInstance, server: string): string {
  if (instance.holding) return `on this server, ${server}`
  const others = othersOf(instance, server)
  return others.length === 0
    ? 'not here, and the server order lists no other server'
    : `not here; expected on ${others.join(', then ')}`
}

function othersOf({ order }: CurrentInstance, server: string): readonly string[] {
  return order.filter((other) => other !== server).slice(0, MAX_SERVERS)
}
