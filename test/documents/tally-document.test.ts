// The strips of the endpoints: read from whatever tally.json is, brought up to now, and condensed.
import { describe, expect, test } from 'bun:test'
import { readStrips } from '../../src/documents/tally-document.ts'
import { condensed, stepsPerMark, summedUp } from '../../src/view/status/rows.ts'

const strip = `x${'.'.repeat(56)}~v.`

function tally(strips: unknown, differences: object = {}): string {
  return JSON.stringify({
    boot_id: 'this',
    written_boot_ms: 100_000,
    tally: { strips },
    ...differences,
  })
}

const read = (text: string, bootMs = 101_000) => readStrips(text, { bootMs, bootId: 'this' })
const good = [{ endpoint: 'udp/192.0.2.1', strip }]

describe('a tally', () => {
  test('has a strip for each endpoint', () => {
    expect(read(tally(good)).get('udp/192.0.2.1')).toBe(strip)
  })

  test('that is not written any more has blanks at its end', () => {
    expect(read(tally(good), 109_000).get('udp/192.0.2.1')).toBe(strip)
    expect(read(tally(good), 121_000).get('udp/192.0.2.1')).toBe(`${strip.slice(3)}   `)
    expect(read(tally(good), 1e9).get('udp/192.0.2.1')).toBe(' '.repeat(60))
  })

  test.each([
    ['', 'nothing'],
    ['{', 'no JSON'],
    ['null', 'null'],
    ['[]', 'a list'],
    [tally(good, { boot_id: 'another' }), 'of another boot'],
    [tally(good, { written_boot_ms: 'soon' }), 'without a time'],
    [tally({}), 'without strips'],
    [tally([null, 7, { endpoint: 1, strip }, { endpoint: 'a' }]), 'of other strips'],
    [tally([{ endpoint: 'a', strip: '\u001b[2J' }]), 'of strips that steer a terminal'],
    [JSON.stringify({ boot_id: 'this', written_boot_ms: 1, tally: null }), 'without a tally'],
  ])('%s has none (%s)', (text) => expect(read(text).size).toBe(0))
})

describe('a strip', () => {
  test('keeps the worst of what it has no room for', () => {
    expect(condensed(strip, 60).join('')).toBe(strip)
    expect(condensed(strip, 30).join('')).toBe(`x${'.'.repeat(27)}~v`)
    expect(condensed(strip, 6).join('')).toBe('x....v')
    expect(condensed('', 60)).toEqual([])
    expect([60, 59, 30, 25, 6, 1, 0, 400].map(stepsPerMark)).toEqual([1, 2, 2, 3, 10, 60, 60, 1])
  })

  test('takes what is no mark for not asked', () => {
    expect(condensed('\u001b[2', 60).join('')).toBe('   ')
  })

  test('of many endpoints is the worst of all, and their latency the slowest', () => {
    const row = (latencyMs: number, marks: string) => ({
      label: 'a',
      isService: false,
      isHeld: false,
      isTroubled: false,
      spots: [{ text: '', tone: 'good' as const, latencyMs, strip: marks }, null],
    })
    const sum = summedUp([row(1, '..~ '), row(20, 'x.. ')])
    expect(sum.label).toBe('2 others')
    expect(sum.spots).toEqual([
      { text: 'ok 20.0 ms', tone: 'good', latencyMs: 20, strip: 'x.~ ' },
      null,
    ])
  })
})
