// tally.json back from the disk: fresh ones are understood, and everything else is nothing.
import { describe, expect, test } from 'bun:test'
import { STRIP_STEPS } from '../../src/documents/tally.ts'
import { readStrips, tallyText } from '../../src/documents/tally-reading.ts'
import { createTally } from '../../src/observers/tally.ts'

const STRIP = '.'.repeat(STRIP_STEPS)
const tally = { ...createTally(0).read(5000), strips: [{ target: 'udp/192.0.2.1', strip: STRIP }] }
const text = tallyText(tally, 'this', 100_000)

describe('readStrips', () => {
  test('understands what was written', () => {
    expect([...(readStrips(text, 'this', 105_000) ?? [])]).toEqual([['udp/192.0.2.1', STRIP]])
  })

  test.each([
    ['of another boot', text, 'other', 105_000],
    ['that is old', text, 'this', 116_000],
    ['from the future', text, 'this', 80_000],
    ['cut off', text.slice(0, -5), 'this', 105_000],
    ['that is null', 'null', 'this', 0],
    ['without a tally', '{"boot_id":"this","written_boot_ms":1}', 'this', 1],
    ['of another format', text.replace('"format":1', '"format":2'), 'this', 105_000],
  ])('does not take one %s', (_, given, bootId, bootMs) => {
    expect(readStrips(given, bootId, bootMs)).toBeNull()
  })

  test('leaves out strips that are none', () => {
    const strips = [null, { target: 1, strip: STRIP }, { target: 'a', strip: 'x' }, { target: 'b' }]
    const odd = tallyText({ ...tally, strips: strips as typeof tally.strips }, 'this', 1)
    expect(readStrips(odd, 'this', 1)?.size).toBe(0)
    const hostile = STRIP.replace('.', '\u001b')
    const steering = tallyText({ ...tally, strips: [{ target: 'a', strip: hostile }] }, 'this', 1)
    expect(readStrips(steering, 'this', 1)?.size).toBe(0)
  })
})
