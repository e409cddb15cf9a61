// The journal: comes back as it was written, and survives whatever stands in its place.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeJournal, encodeJournal, NO_RECORD, recordOf } from '../../src/notify/journal.ts'
import { newOutbox } from '../../src/notify/outbox.ts'
import { MAIL, MIDNIGHT_MS, madeEvent, PACE } from './notify-fixtures.ts'

const NOW = { nowMs: 10_000, wallMs: MIDNIGHT_MS + 10_000 }

test('an outbox is recorded with its attempts, under way or without an end', () => {
  const outbox = newOutbox(MAIL, PACE)
  const [sending, repeated, waiting] = [1, 2, 3].map((at) => madeEvent(at, 'FAULT'))
  if (!sending || !repeated || !waiting) throw new Error('three events were made')
  outbox.items = [sending, repeated, waiting].map((event) => ({
    event,
    atMs: 0,
    seenMs: 0,
    kind: 'fault' as const,
    repeated: event === repeated,
  }))
  outbox.sending = new Set([sending.id])
  outbox.sentAtMs = [4000]
  outbox.reported = [{ wallMs: MIDNIGHT_MS, name: 'recdns0', state: 'DEAD' }]
  outbox.lost = 2
  const record = recordOf(outbox, [waiting.id], NOW)
  expect(record).toEqual({
    tried: [sending.id, repeated.id],
    done: [waiting.id],
    sentWallMs: [MIDNIGHT_MS + 4000],
    told: outbox.reported,
    lost: 2,
  })
  expect(decodeJournal(encodeJournal(new Map([['mail', record]])))).toEqual(
    new Map([['mail', record]]),
  )
})

test('what is no journal is an empty one', () => {
  for (const text of ['', 'null', '[]', '{"format":2,"channels":{"mail":{}}}', '{"format":1}'])
    expect(decodeJournal(text)).toEqual(new Map())
  const damaged = '{"format":1,"channels":{"mail":{"tried":["../x",7],"lost":-3,"told":[null,{}]}}}'
  expect(decodeJournal(damaged)).toEqual(new Map([['mail', NO_RECORD]]))
})

test('any JSON is read without an error', () => {
  const record = fc.record({
    tried: fc.jsonValue(),
    done: fc.jsonValue(),
    sentWallMs: fc.jsonValue(),
  })
  fc.assert(
    fc.property(fc.jsonValue(), record, (any, entry) => {
      decodeJournal(JSON.stringify({ format: 1, channels: any }))
      const read = decodeJournal(JSON.stringify({ format: 1, channels: { a: entry } })).get('a')
      expect(read?.sentWallMs.every(Number.isFinite)).toBe(true)
    }),
  )
})
