// The text of messages: what it says of each kind, and that no value from outside can forge any of it.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { messageDocument, messageEnvironment } from '../../src/notify/document.ts'
import { decodeEvent, encodeEvent, MOST_EVENT_BYTES } from '../../src/notify/event.ts'
import { mailText } from '../../src/notify/mail.ts'
import { composeMessage, type Message } from '../../src/notify/message.ts'
import type { Item } from '../../src/notify/outbox.ts'
import type { Context } from '../../src/notify/story.ts'
import { readFifoLine, readTransition } from '../../src/notify/transition.ts'
import { FAILED, holding, MIDNIGHT_MS, madeEvent, SIGHT, TRUTH } from './made-up.ts'

const LETTER = { from: 'holdfast@ns2.example.net', to: ['a@example.net', 'b@example.net'] }
const CONTEXT: Context = {
  truth: TRUTH,
  nowMs: 5000,
  wallMs: MIDNIGHT_MS + 5000,
  told: [],
  trouble: null,
  lost: 0,
  unrecorded: null,
}

function item(event: Item['event'], kind: Item['kind'], repeated = false): Item {
  return { event, kind, repeated, atMs: event.wallMs - MIDNIGHT_MS, seenMs: 0 }
}

function bodyOf(event: Item['event'], kind: Item['kind'], context: Partial<Context> = {}): string {
  return composeMessage([item(event, kind)], { ...CONTEXT, ...context }).body
}

describe('the body', () => {
  test('of a fault says what to look at', () => {
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault')
    expect(body).toStartWith('recdns0 is in FAULT on ns2: keepalived there takes no part')
    expect(body).toContain('keepalived found a fault')
    expect(body).toContain('journalctl -u keepalived -n 50')
  })

  test('of a stop asks which of the two has stopped', () => {
    expect(bodyOf(madeEvent(1000, 'STOP'), 'stop')).toStartWith(
      'keepalived on ns2 has stopped recdns0.',
    )
    expect(bodyOf(madeEvent(1000, 'DELETED'), 'stop')).toStartWith(
      'keepalived on ns2 has removed recdns0.',
    )
    const body = bodyOf(madeEvent(1000, 'BACKUP'), 'stop')
    expect(body).toStartWith('ns2 gave up recdns0, because holdfast was stopped there.')
    expect(body).toContain('systemctl status keepalived holdfast')
  })

  test('of a status that was stale says so', () => {
    const sight = { ...SIGHT, staleness: 'it expired 3.1 s ago' }
    const body = bodyOf(madeEvent(1000, 'BACKUP', { sight }), 'dead')
    expect(body).toContain("holdfast's own word was missing at that time: it expired 3.1 s ago")
  })

  test('gives the reasons of then, and those of now where they are others', () => {
    const truth = holding([], { verdict: 'failed', reasons: [...FAILED.reasons, 'something new'] })
    const body = bodyOf(madeEvent(1000, 'BACKUP', { sight: FAILED }), 'dead', { truth })
    expect(body).toContain(`Why\n  ${FAILED.reasons[0]}\n`)
    expect(body).toContain('DNS on ns2 is failed since 2026-11-21 00:00:00: something new\n')
  })

  test('of the first server of an order names no better one', () => {
    const mine = TRUTH.instances.map((it) => ({ ...it, rank: 1, order: ['ns2', 'ns3'] }))
    const truth = { ...TRUTH, instances: mine }
    expect(bodyOf(madeEvent(1000, 'MASTER'), 'master', { truth })).not.toContain('ssh')
  })

  test('of a server that no order lists names all of it', () => {
    const mine = TRUTH.instances.map((it) => ({ ...it, rank: null, order: ['ns1'] }))
    const body = bodyOf(madeEvent(1000, 'MASTER'), 'master', {
      truth: { ...TRUTH, instances: mine },
    })
    expect(body).toContain('ssh ns1 holdfast status')
  })

  test('of a long flap stays short', () => {
    const items = Array.from({ length: 1000 }, (_, at) =>
      item(
        madeEvent(at * 1000, at % 2 === 0 ? 'MASTER' : 'FAULT'),
        at % 2 === 0 ? 'master' : 'fault',
      ),
    )
    const { body, subject } = composeMessage(items, CONTEXT)
    expect(body).toContain('  ... 976 more transitions ...\n')
    expect(body.split('\n').length).toBeLessThan(60)
    expect(subject).toBe('recdns0 FAULT on ns2 (1000 transitions)')
  })

  test('owns up to what it cannot know', () => {
    const unrecorded = 'cannot write /var/lib/holdfast/notify.json: the disk is full'
    const body = bodyOf(madeEvent(1000, 'FAULT'), 'fault', { unrecorded, lost: 7 })
    expect(body).toContain(`It may come again, since it cannot be recorded: ${unrecorded}`)
    expect(body).toContain('7 earlier transitions are told in the log alone')
  })
})

describe('the subject', () => {
  test('puts instances together by where they stand', () => {
    const truth = holding(['recdns1'])
    const items = [
      item(madeEvent(1000, 'BACKUP', { sight: FAILED }), 'dead'),
      item(madeEvent(1000, 'MASTER', { name: 'recdns1' }), 'master'),
    ]
    expect(composeMessage(items, { ...CONTEXT, truth }).subject).toBe(
      'recdns0 DEAD, recdns1 MASTER on ns2',
    )
  })

  test('counts instances that are too many to be named', () => {
    const items = Array.from({ length: 12 }, (_, at) =>
      item(madeEvent(1000, 'FAULT', { name: `i${at}` }), 'fault'),
    )
    expect(composeMessage(items, CONTEXT).subject).toBe('12 FAULT on ns2')
  })

  test('the gravest of several is what programs are told', () => {
    const items = [
      item(madeEvent(1000, 'MASTER', { name: 'a' }), 'master'),
      item(madeEvent(1000, 'FAULT', { name: 'b' }), 'fault'),
      item(madeEvent(1000, 'BACKUP', { name: 'c', sight: FAILED }), 'dead'),
    ]
    expect(composeMessage(items, CONTEXT).state).toBe('DEAD')
  })
})

/** Texts that would do harm if anybody took them at their word. */
const HOSTILE = [
  'x\r\nBcc: thief@example.com\r\n\r\nforged',
  'x\n.\nMAIL FROM:<>',
  '../../../etc/passwd',
  '$(reboot);`reboot`|reboot',
  '-oQ/tmp -be \u0024{run{/bin/sh}}',
  '\u001b]0;title\u0007\u202egnp.exe',
  '=?utf-8?q?forged?=',
  '\ud800 half a pair',
  'a\u2028b\u0085c',
  '"',
  '',
]

const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
)

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
      sight: { ...FAILED, reasons: [reason, detail], staleness, override },
    })
    const event = decodeEvent('000000000001000-0000-000000000000', written)
    if (typeof event === 'string') throw new Error(event)
    const instances = TRUTH.instances.map((it) => ({ ...it, pool, order: [server, detail] }))
    const truth = { ...TRUTH, server, instances, reasons: [detail], question: detail, tried: [by] }
    return composeMessage([item(event, planned ? 'planned' : 'fault')], {
      ...CONTEXT,
      truth: { ...truth, override: null },
      trouble: { failures: 1, sinceMs: 0, error: detail },
    })
  })

const RUNS = process.env.HOLDFAST_LONG === '1' ? 10_000 : 200

/** Every line of the headers, unfolded. */
function headersOf(mail: string): string[] {
  const [head = ''] = mail.split('\n\n', 1)
  return head.replace(/\n /g, ' ').split('\n')
}

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
        const beginnings = /^( {2}|What |Why$|Where |Before$|About |$)/
        const lines = body.split('\n').slice(1)
        expect(body.split('\n')[0]).toMatch(/\.$/)
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

describe('mail', () => {
  const message: Message = composeMessage(
    [
      item(
        madeEvent(1000, 'FAULT', { sight: { ...SIGHT, reasons: ['größer = besser '] } }),
        'fault',
      ),
    ],
    CONTEXT,
  )

  test('that is not ASCII is quoted-printable, and comes out again as it was', () => {
    const mail = mailText(message, LETTER)
    expect(mail).toContain('Content-Transfer-Encoding: quoted-printable')
    expect(mail).toContain('gr=C3=B6=C3=9Fer =3D besser')
    const body = mail.slice(mail.indexOf('\n\n') + 2)
    expect(body.split('\n').every((line) => line.length <= 76)).toBe(true)
    const bytes = body
      .replace(/=\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(message.body)
  })

  test('folds a long list of recipients', () => {
    const to = Array.from({ length: 40 }, (_, at) => `operator${at}@example.net`)
    const mail = mailText(message, { ...LETTER, to })
    const [head = ''] = mail.split('\n\n', 1)
    expect(head.split('\n').every((line) => line.length <= 78)).toBe(true)
    expect(headersOf(mail)[1]).toBe(`To: ${to.join(', ')}`)
  })
})

describe('transitions', () => {
  test.each([
    [['INSTANCE', 'recdns0', 'MASTER', '250'], { name: 'recdns0', priority: 250 }],
    [['GROUP', 'both', 'BACKUP', '0'], { subject: 'GROUP', priority: null }],
    [['INSTANCE', 'a b/../c\n', 'STOP'], { name: 'a?b?..?c?', priority: null }],
    [['INSTANCE', 'x'.repeat(500), 'FAULT', '-1'], { name: 'x'.repeat(64), priority: null }],
  ])('%j is one', (words, expected) => {
    expect(readTransition(words)).toMatchObject({ ok: true, transition: expected })
  })

  test.each([
    [[], 'the first word is ""'],
    [['VS', 'x', 'UP'], 'the first word is "VS"'],
    [['INSTANCE', '', 'MASTER'], 'the name is missing'],
    [['INSTANCE', 'x', 'master\u001b[2J'], '"master?[2J" is none of the states MASTER, BACKUP'],
  ])('%j is none', (words, why) => {
    const read = readTransition(words)
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(why) })
  })

  test.each([
    ['INSTANCE "recdns0" MASTER 150', { name: 'recdns0', state: 'MASTER', priority: 150 }],
    ['GROUP "a b" FAULT 0', { subject: 'GROUP', name: 'a?b', state: 'FAULT' }],
  ])('of the FIFO: %s', (line, expected) => {
    expect(readFifoLine(line)).toMatchObject({ ok: true, transition: expected })
  })

  test('lines about other things are passed over, and what is no line is an error', () => {
    expect(readFifoLine('INSTANCE "recdns0" MASTER_RX_LOWER_PRI 150')).toBeNull()
    expect(readFifoLine('VS [192.0.2.1]:tcp:53 UP')).toBeNull()
    for (const line of ['INSTANCE recdns0 MASTER 1', 'nonsense', 'INSTANCE "a"b" MASTER 1'])
      expect(readFifoLine(line)).toMatchObject({ ok: false })
  })

  test('never throw, whatever the words are', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), anyText, (words, line) => {
        const read = readTransition(words)
        if (read.ok) expect(read.transition.name).toMatch(/^[A-Za-z0-9._?-]{1,64}$/)
        readFifoLine(line)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('a spooled event', () => {
  test('comes out as it went in, and fits a block whatever the reasons are', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (reasons) => {
        const event = madeEvent(1000, 'FAULT', { sight: { ...FAILED, reasons } })
        const text = encodeEvent(event)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_EVENT_BYTES)
        const read = decodeEvent(event.id, text)
        if (typeof read === 'string') throw new Error(read)
        expect<unknown>({ ...read, sight: { ...read.sight, reasons } }).toEqual(event)
        expect(read.sight.reasons.length).toBeLessThanOrEqual(8)
      }),
      { numRuns: RUNS },
    )
  })

  test.each([
    ['', 'not a JSON document'],
    ['null', 'not a JSON object'],
    ['{}', '"format" is not 1'],
    ['{"format":1}', '"state"'],
    ['{"format":1,"state":"MASTER"}', '"subject"'],
    ['{"format":1,"state":"MASTER","subject":"GROUP"}', '"name"'],
    ['{"format":1,"state":"MASTER","subject":"GROUP","name":"x","wallMs":1e99}', 'times'],
  ])('%s is none', (text, why) => {
    expect(decodeEvent('x', text)).toContain(why)
  })

  test('any document is an event or a reason', () => {
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), fc.jsonValue(), (text, sight, priority) => {
        decodeEvent('x', text)
        const event = {
          format: 1,
          state: 'FAULT',
          subject: 'GROUP',
          name: 'x',
          wallMs: 1,
          bootMs: 1,
        }
        const read = decodeEvent('x', JSON.stringify({ ...event, sight, priority }))
        expect(read).toMatchObject({ name: 'x', state: 'FAULT' })
      }),
      { numRuns: RUNS },
    )
  })
})
