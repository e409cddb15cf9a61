// A message for programs: the document that webhooks and commands are given, and its environment.

import type { SpooledEvent } from '../documents/spooled-event.ts'
import { isoTime } from '../documents/text.ts'
import { isOfPool } from '../documents/transition.ts'
import type { Message } from './compose-message.ts'
import type { CurrentPool } from './current-pool.ts'

const FORMAT = 1

/** The JSON document, on one line. */
export function messageDocument(message: Message): string {
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
      verdict: event.sight.verdict,
      reasons: event.sight.reasons,
    })),
    ...(message.pool === null ? {} : poolDocument(message.pool)),
    instances: message.instances.map((instance) => ({
      name: instance.name,
      pool: instance.pool,
      addresses: instance.addresses,
      holding: instance.holding,
      standing: instance.standing,
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
      standing: backend.standing,
      weight: backend.weight,
      configured_weight: backend.configuredWeight,
      since: backend.since,
      reasons: backend.reasons,
    })),
  }
}

/** The same in short. No value contains a control character, whoever chose it. */
export function messageEnvironment(message: Message): Readonly<Record<string, string>> {
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
