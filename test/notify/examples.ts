// The messages that docs/reference/messages.md shows: moments of one night.

import { mailText } from '../../src/adapters/deliver/mail.ts'
import {
  type ComposedMessage,
  composeMessage,
  messageDocument,
  messageEnvironment,
} from '../../src/notify/compose-message.ts'
import type { Item } from '../../src/notify/outbox.ts'
import type { Context } from '../../src/notify/transition-group.ts'
import { FAILED, holding, MIDNIGHT_MS, madeEvent, SNAPSHOT } from './notify-fixtures.ts'
import { currentWith, eventsOf, madePool } from './pool-fixtures.ts'

/** Twelve past three. */
const NIGHT_MS = 3 * 3_600_000 + 12 * 60_000

const LETTER = { from: 'holdfast', to: ['hostmaster@example.net'] }

function context(atMs: number, differences: Partial<Context>): Context {
  return {
    current: holding([]),
    nowMs: atMs,
    wallMs: MIDNIGHT_MS + atMs,
    reported: [],
    failed: null,
    lost: 0,
    unrecorded: null,
    ...differences,
  }
}

function item(event: Item['event'], kind: Item['kind']): Item {
  const atMs = event.wallMs - MIDNIGHT_MS
  return { event, atMs, seenMs: atMs, kind, repeated: false }
}

function dead(): ComposedMessage {
  const snapshot = {
    ...FAILED,
    reasons: ['udp', 'tcp'].map(
      (text) =>
        `${text}/192.0.2.53 127.in-addr.arpa SOA: conn-refused (no listener on this address and port)`,
    ),
  }
  const at = (ms: number) => NIGHT_MS + ms
  const events = [
    madeEvent(at(45_310), 'BACKUP', { priority: 10, snapshot }),
    madeEvent(at(45_330), 'BACKUP', { name: 'recdns1', priority: 10, snapshot }),
  ]
  const current = holding([], {
    health: 'failed',
    sinceMs: at(45_020),
    reasons: snapshot.reasons,
    tried: [
      'Each failed probe was retried 3 times within 100 ms without a correct response.',
      '91422 check cycles since daemon start; next retry after 2 s.',
    ],
  })
  return composeMessage(
    events.map((event) => item(event, 'dead')),
    context(at(47_320), { current }),
  )
}

function master(): ComposedMessage {
  const events = [madeEvent(NIGHT_MS + 45_290, 'MASTER', { priority: 200 })]
  return composeMessage(
    events.map((event) => item(event, 'master')),
    context(NIGHT_MS + 47_300, { current: holding(['recdns0']) }),
  )
}

function planned(): ComposedMessage {
  const override = { mode: 'drained', by: 'jo', reason: 'new kernel' } as const
  const snapshot = { ...SNAPSHOT, override, state: 'drained' } as const
  const atMs = 10 * 3_600_000
  const since = { sinceWallMs: MIDNIGHT_MS + atMs - 290, untilWallMs: null }
  const current = holding([], { override: { ...override, ...since } })
  return composeMessage(
    [item(madeEvent(atMs, 'BACKUP', { priority: 30, snapshot }), 'planned')],
    context(atMs + 2000, { current }),
  )
}

/** Two of three resolvers behind a balancer have died, and two are needed. */
function backend(): ComposedMessage {
  const at = NIGHT_MS + 45_310
  const before = madePool({ serverStates: ['healthy', 'healthy', 'failed'] })
  const after = madePool({ serverStates: ['healthy', 'failed', 'failed'] })
  const events = eventsOf(before, after, at)
  return composeMessage(
    events.map((event) => item(event, event.subject === 'BACKEND' ? 'backend' : 'service')),
    context(at + 2000, { current: currentWith(after) }),
  )
}

/** What is shown is the same on every run: the names of made-up events are of no interest. */
function withoutChance(text: string): string {
  return text.replace(/-0000-[0-9a-f]{12}(?:-(\d+)-[0-9a-f]{12})?/g, (_, count?: string) =>
    count === undefined ? '-0000-5d0b1c9aa2f7' : `-0000-5d0b1c9aa2f7-${count}-5d0b1c9aa2f7`,
  )
}

/** Each by the mark that it has in the docs. */
export const EXAMPLES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...Object.fromEntries(
      Object.entries({ dead, master, planned, backend }).map(([name, make]) => [
        name,
        mailText(make(), LETTER),
      ]),
    ),
    document: JSON.stringify(JSON.parse(messageDocument(master())), null, 2),
    environment: Object.entries(messageEnvironment(master()))
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  }).map(([name, text]) => [name, withoutChance(text)]),
)
