// Spooled events to text and back, and documents that are none.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeEvent, encodeEvent, MAX_EVENT_BYTES } from '../../src/documents/spooled-event.ts'
import { anyText, RUNS } from '../notify/any-text.ts'
import { FAILED, madeEvent } from '../notify/notify-fixtures.ts'

describe('a spooled event', () => {
  test('comes out as it went in, and fits a block whatever the reasons are', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (reasons) => {
        const event = madeEvent(1000, 'FAULT', { snapshot: { ...FAILED, reasons } })
        const text = encodeEvent(event)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_EVENT_BYTES)
        const read = decodeEvent(event.id, text)
        if (typeof read === 'string') throw new Error(read)
        expect<unknown>({ ...read, snapshot: { ...read.snapshot, reasons } }).toEqual(event)
        expect(read.snapshot.reasons.length).toBeLessThanOrEqual(8)
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
    ['{"format":1,"state":"MASTER","subject":"BACKEND"}', 'a state of it'],
    ['{"format":1,"state":"REMOVED","subject":"INSTANCE"}', 'a state of it'],
    ['{"format":1,"state":"REMOVED","subject":"toString"}', 'a state of it'],
    ['{"format":1,"state":"MASTER","subject":"GROUP"}', '"name"'],
    ['{"format":1,"state":"MASTER","subject":"GROUP","name":"x","wallMs":1e99}', 'times'],
  ])('%s is none', (text, why) => {
    expect(decodeEvent('x', text)).toContain(why)
  })

  test('any document is an event or a reason', () => {
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), fc.jsonValue(), (text, snapshot, priority) => {
        decodeEvent('x', text)
        const event = {
          format: 1,
          state: 'FAULT',
          subject: 'GROUP',
          name: 'x',
          wallMs: 1,
          bootMs: 1,
        }
        const read = decodeEvent('x', JSON.stringify({ ...event, sight: snapshot, priority }))
        expect(read).toMatchObject({ name: 'x', state: 'FAULT' })
      }),
      { numRuns: RUNS },
    )
  })
})
