// No value from outside can forge any of a message: not its mail, its body or its environment.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mailText } from '../../src/adapters/deliver/mail.ts'
import { decodeEvent, encodeEvent } from '../../src/documents/spooled-event.ts'
import { readTransition } from '../../src/documents/transition.ts'
import {
  composeMessage,
  messageDocument,
  messageEnvironment,
} from '../../src/notify/compose-message.ts'
import { anyText, RUNS } from './any-text.ts'
import { CONTEXT, headersOf, item, LETTER } from './mailbox.ts'
import { CURRENT_STATE, FAILED, madeEvent } from './notify-fixtures.ts'

/** A message in which every value that comes from outside may be anything. */
const anyMessage = fc
  .record({
    name: anyText,
    reason: anyText,
    by: anyText,
    server: anyText,
    pool: anyText,
    detail: anyText,
    staleness: fc.option(anyText),
    state: fc.constantFrom('MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'),
    planned: fc.boolean(),
  })
  .map(({ name, reason, by, server, pool, detail, staleness, state, planned }) => {
    const read = readTransition(['INSTANCE', name === '' ? '?' : name, state, '10'])
    if (!read.ok) throw new Error(read.error)
    const override = planned ? ({ mode: 'drained', by, reason } as const) : null
    const written = encodeEvent({
      ...madeEvent(1000, 'MASTER'),
      ...read.transition,
      snapshot: { ...FAILED, reasons: [reason, detail], staleness, override },
    })
    const event = decodeEvent('000000000001000-0000-000000000000', written)
    if (typeof event === 'string') throw new Error(event)
    const instances = CURRENT_STATE.instances.map((instance) => ({
      ...instance,
      pool,
      order: [server, detail],
    }))
    const current = {
      ...CURRENT_STATE,
      server,
      instances,
      reasons: [detail],
      question: detail,
      tried: [by],
    }
    return composeMessage([item(event, planned ? 'planned' : 'fault')], {
      ...CONTEXT,
      current: { ...current, override: null },
      failed: { failures: 1, sinceMs: 0, error: detail },
    })
  })

const HEADERS = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'X-Holdfast-State'],
  ...['X-Holdfast-Planned', 'X-Holdfast-Repeated', 'MIME-Version', 'Content-Type'],
  'Content-Transfer-Encoding',
]

describe('whatever the values are', () => {
  test('a mail has the headers that we write and no others', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const mail = mailText(message, LETTER)
        expect(mail).toMatch(/^[\n\x20-\x7e]*$/)
        const headers = headersOf(mail)
        expect(headers.map((line) => line.split(':', 1)[0] ?? '')).toEqual(HEADERS)
        expect(headers[1]).toBe('To: a@example.net, b@example.net')
        expect(headers[0]).toMatch(
          /^From: "holdfast on [A-Za-z0-9._-]*" <holdfast@ns2.example.net>$/,
        )
        expect(Math.max(...mail.split('\n').map((line) => line.length))).toBeLessThanOrEqual(998)
      }),
      { numRuns: RUNS },
    )
  })

  test('no line of the body is one that we did not begin', () => {
    fc.assert(
      fc.property(anyMessage, ({ body }) => {
        const beginnings =
          /^( {2}|Why$|Now$|Next steps$|Events$|Retries$|Reported before$|About this message$|$)/
        const [summary = '', ...sections] = body.split('\n\n')
        for (const sentence of summary.split('\n')) expect(sentence).toMatch(/\.$/)
        const lines = sections.join('\n').split('\n')
        expect(lines.filter((line) => !beginnings.test(line))).toEqual([])
        expect(body.replaceAll('\n', '')).not.toMatch(/[\p{Cs}\p{Cc}\p{Bidi_Control}]/u)
      }),
      { numRuns: RUNS },
    )
  })

  test('the environment has no control characters, and the document is one line of JSON', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const environment = messageEnvironment(message)
        expect(Object.keys(environment).every((key) => /^HOLDFAST_[A-Z_]+$/.test(key))).toBe(true)
        expect(Object.values(environment).join('')).toMatch(/^[\x20-\x7e]*$/)
        const document = messageDocument(message)
        expect(document.indexOf('\n')).toBe(document.length - 1)
        expect(JSON.parse(document)).toMatchObject({ format: 1, id: message.id })
      }),
      { numRuns: RUNS },
    )
  })
})
