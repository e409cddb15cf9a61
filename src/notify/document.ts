// A message for programs: the document that webhooks and commands are given, and its environment.
import { isoTime } from '../render/text.ts'
import type { Message } from './message.ts'

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

/** The same in short. No value contains a control character, whoever chose it. */
export function messageEnvironment(message: Message): Readonly<Record<string, string>> {
  const names = [...new Set(message.events.map((event) => event.name))]
  return {
    HOLDFAST_ID: message.id,
    HOLDFAST_SERVER: message.server,
    HOLDFAST_SUBJECT: message.subject,
    HOLDFAST_STATE: message.state,
    HOLDFAST_INSTANCES: names.slice(0, 64).join(' '),
    HOLDFAST_PLANNED: message.planned ? '1' : '0',
    HOLDFAST_POSSIBLY_REPEATED: message.possiblyRepeated ? '1' : '0',
  }
}
