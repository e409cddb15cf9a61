// What a channel is given to send (a text for people, the same as data for programs), and how that ended.
import type { ChannelConfig, NotifyEvent } from '../config/notify-table.ts'
import { asciiLine, cleanName } from '../documents/clean-text.ts'
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { isoTime } from '../documents/text.ts'
import { isOfPool } from '../documents/transition.ts'
import type { CurrentInstance, CurrentPool, CurrentState } from './current-state.ts'
import { instanceSubjects } from './instance-words.ts'
import { bodyOf } from './message-body.ts'
import type { Item } from './outbox.ts'
import { poolSubjects } from './pool-words.ts'
import { type Context, type TransitionGroup, transitionGroups } from './transition-group.ts'

export interface ComposedMessage {
  /** The same for the same events, so that a repeated message can be known for one. */
  readonly id: string
  readonly server: string
  readonly wallMs: number
  /** ASCII, one line. */
  readonly subject: string
  /** Lines that end with "\n". */
  readonly body: string
  /** The gravest thing it reports: DEAD, FAULT, NO_SERVERS, STOP, REMOVED, MASTER, BACKUP, …. */
  readonly state: string
  /** An operator caused all of it. */
  readonly planned: boolean
  readonly possiblyRepeated: boolean
  readonly events: readonly (SpooledEvent & { readonly kind: NotifyEvent | null })[]
  readonly instances: readonly CurrentInstance[]
  /** A load balancer's real servers; null on a DNS server. */
  readonly pool: CurrentPool | null
}

/** Sends a message by a channel. Never rejects, and ends within the channel's timeout. */
export type Deliver = (channel: ChannelConfig, message: ComposedMessage) => Promise<SendOutcome>

/** How an attempt ended. */
export type SendOutcome =
  /** `note` is for the log: a recipient that was refused while others were not. */
  | { readonly ok: true; readonly note?: string }
  | {
      readonly ok: false
      readonly error: string
      /** The message may have arrived all the same. */
      readonly maybeDelivered: boolean
    }

/** @param items at least one, in the order in which they happened */
export function composeMessage(items: readonly Item[], context: Context): ComposedMessage {
  const { current, wallMs } = context
  const groups = transitionGroups(items, context)
  const possiblyRepeated = context.unrecorded !== null || items.some((item) => item.repeated)
  const planned = groups.every((group) => group.kind === 'planned')
  const gravest = [...groups].sort((a, b) => rank(a) - rank(b))[0]
  const first = items[0]?.event.id ?? ''
  const last = items.at(-1)?.event.id.slice(-12) ?? ''
  return {
    id: `${first}-${items.length}-${last}`,
    server: cleanName(current.server),
    wallMs,
    subject: subjectOf(groups, items.length, current, { planned, possiblyRepeated }),
    body: bodyOf(groups, { ...context, possiblyRepeated }),
    state: gravest?.word ?? '',
    planned,
    possiblyRepeated,
    events: items.map(({ event, kind }) => ({ ...event, kind })),
    instances: current.instances,
    pool: current.pool,
  }
}

const GRAVEST_FIRST: readonly NotifyEvent[] = [
  'dead',
  'fault',
  'service',
  'stop',
  'backend',
  'master',
  'backup',
  'planned',
]

/** What is well again is no graver than a healthy backup. */
function rank({ kind, word }: TransitionGroup): number {
  return GRAVEST_FIRST.indexOf(word === 'ADDED' || word === 'QUORUM_OK' ? 'backup' : kind)
}

interface SubjectTraits {
  readonly planned: boolean
  readonly possiblyRepeated: boolean
}

/** "[holdfast] ns2: DNS failed, recdns0 and recdns1 released (5 transitions) (possibly repeated)". */
function subjectOf(
  groups: readonly TransitionGroup[],
  transitions: number,
  current: CurrentState,
  traits: SubjectTraits,
): string {
  const summary = [
    ...instanceSubjects(
      groups.filter((group) => !isOfPool(group)),
      current,
    ),
    ...poolSubjects(groups.filter(isOfPool)),
  ].join('; ')
  // "ns2 now serves recdns0" is a sentence, "ns2: DNS failed" is none.
  const colon = /^(now|no longer) /.test(summary) ? '' : ':'
  const marks = [
    ...(transitions > groups.length ? [`(${transitions} transitions)`] : []),
    ...(traits.planned ? ['(planned)'] : []),
    ...(traits.possiblyRepeated ? ['(possibly repeated)'] : []),
  ]
  return asciiLine([`[holdfast] ${current.server}${colon} ${summary}`, ...marks].join(' '), 900)
}

const FORMAT = 1

/** The JSON document, on one line. */
export function messageDocument(message: ComposedMessage): string {
  const { id, server, wallMs, subject, body, state, planned, possiblyRepeated } = message
  const document = {
    format: FORMAT,
    id,
    server,
    at: isoTime(wallMs),
    subject,
    text: body,
    state,
    planned,
    possibly_repeated: possiblyRepeated,
    events: message.events.map((event) => ({
      id: event.id,
      at: isoTime(event.wallMs),
      subject: event.subject,
      name: event.name,
      state: event.state,
      kind: event.kind,
      priority: event.priority,
      health: event.snapshot.health,
      reasons: event.snapshot.reasons,
    })),
    ...(message.pool === null ? {} : poolDocument(message.pool)),
    instances: message.instances.map((instance) => ({
      name: instance.name,
      cluster: instance.cluster,
      addresses: instance.addresses,
      holding: instance.holding,
      state: instance.state,
      rank: instance.rank,
    })),
  }
  return `${JSON.stringify(document)}\n`
}

/** A load balancer's part, as it is when the message is composed. */
function poolDocument({ services, backends }: CurrentPool) {
  return {
    services: services.map((service) => ({
      name: service.name,
      addresses: service.addresses,
      state: service.state,
      in_pool: service.inPool,
      of: service.of,
      quorum: service.quorum,
    })),
    backends: backends.map((backend) => ({
      name: backend.name,
      service: backend.service,
      server: backend.server,
      state: backend.state,
      server_state: backend.serverState,
      weight: backend.weight,
      configured_weight: backend.configuredWeight,
      since: backend.since,
      reasons: backend.reasons,
    })),
  }
}

/** The same in short. No value contains a control character, whoever chose it. */
export function messageEnvironment(message: ComposedMessage): Readonly<Record<string, string>> {
  const named = (of: (event: SpooledEvent) => boolean) =>
    [...new Set(message.events.filter(of).map((event) => event.name))].slice(0, 64).join(' ')
  return {
    HOLDFAST_ID: message.id,
    HOLDFAST_SERVER: message.server,
    HOLDFAST_SUBJECT: message.subject,
    HOLDFAST_STATE: message.state,
    HOLDFAST_INSTANCES: named((event) => !isOfPool(event)),
    HOLDFAST_PLANNED: message.planned ? '1' : '0',
    HOLDFAST_POSSIBLY_REPEATED: message.possiblyRepeated ? '1' : '0',
    ...(message.pool === null
      ? {}
      : {
          HOLDFAST_BACKENDS: named(({ subject }) => subject === 'BACKEND'),
          HOLDFAST_SERVICES: named(({ subject }) => subject === 'SERVICE'),
        }),
  }
}
