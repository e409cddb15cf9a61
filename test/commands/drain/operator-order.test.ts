// What the flags of drain ask for: an order that is read back as it was given, whatever somebody typed.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readTime, wantedOrder } from '../../../src/commands/drain/operator-order.ts'
import { decodeOverride, encodeOverride } from '../../../src/documents/override-document.ts'

/** What a reader of the file takes. */
const MAX_BYTES = 64 * 1024
const NOW = { wallMs: Date.UTC(2026, 1, 3), bootId: 'b', bootMs: 10, isClockSet: true }

test('an order is understood by its reader for any time that is taken, and any reason', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 999_999_999_999 }), fc.constantFrom('ms', 's', 'm', 'h'))
    .map(([count, unit]) => `${count}${unit}`)
  const reason = fc.string({ unit: 'binary', maxLength: 2000 })
  fc.assert(
    fc.property(time, reason, (text, why) => {
      const forMs = readTime('for', text, '2h')
      if (typeof forMs === 'string') return
      const order = wantedOrder({ mode: 'isolated', reason: why, forMs }, NOW)
      const written = encodeOverride(order)
      expect(Buffer.byteLength(written)).toBeLessThan(MAX_BYTES)
      expect(decodeOverride(written, 0)).toEqual(order)
    }),
  )
})

test.each([
  ['8760h', 31_536_000_000],
  ['8761h', '--for 8761h is longer than 8760h (one year)'],
  ['999999999999h', '--for 999999999999h is longer than 8760h (one year)'],
  ['0s', 'invalid duration "0s" for --for: write a number and a unit, for example "2h"'],
  ['3', 'invalid duration "3" for --for: add a unit, for example "3h"'],
  ['soon', 'invalid duration "soon" for --for: write a number and a unit, for example "2h"'],
])('--for %s', (text, expected) => {
  expect(readTime('for', text, '2h')).toBe(expected)
})

test('a reason is one line in which every character can be seen', () => {
  const given = 'disk\n\u001b[2J\u202e'
  const { reason } = wantedOrder({ mode: 'drained', reason: given, forMs: null }, NOW)
  expect(reason).toBe('disk??[2J?')
})
