// The override document: whole or not at all.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  decodeOverride,
  encodeOverride,
  sameOrder,
  undoOf,
} from '../../src/documents/override-document.ts'

const GOOD = {
  format: 1,
  id: 'a-1',
  mode: 'drained',
  by: 'ada',
  reason: 'disk',
  since: '2026-01-02T03:04:05.678Z',
  until: null,
}

describe('override document', () => {
  test('is read as written', () => {
    expect(decodeOverride(JSON.stringify(GOOD), 7)).toEqual({
      id: 'a-1',
      mode: 'drained',
      by: 'ada',
      reason: 'disk',
      sinceWallMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      untilWallMs: null,
    })
    const until = { ...GOOD, until: '2026-01-02T05:00:00+02:00' }
    expect(decodeOverride(JSON.stringify(until), 7).untilWallMs).toBe(Date.UTC(2026, 0, 2, 3))
  })

  test.each([
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['', 'it is not a JSON document'],
    [JSON.stringify({ ...GOOD, format: 2 }), '"format" is not 1'],
    [JSON.stringify({ ...GOOD, mode: 'Drained' }), '"mode" is not "drained" or "isolated"'],
    [JSON.stringify({ ...GOOD, by: 1 }), '"by" is not a string'],
    [JSON.stringify({ ...GOOD, keep_failback_delay: 1 }), '"keep_failback_delay" is not true'],
    [JSON.stringify({ ...GOOD, id: '' }), '"id" is no word of letters and digits'],
    [JSON.stringify({ ...GOOD, id: 'a b' }), '"id" is no word of letters and digits'],
    [
      JSON.stringify({ ...GOOD, given: { boot: 'b', ms: '1', clock_set: true } }),
      '"given" is no boot, time since then and state of the clock',
    ],
    [
      JSON.stringify({ ...GOOD, instances: [] }),
      '"instances" is no list of names, of which there must be one at least',
    ],
    [JSON.stringify({ ...GOOD, reason: undefined }), '"reason" is not a string'],
    [JSON.stringify({ ...GOOD, since: 'today' }), '"since" is not a time in ISO 8601'],
    [
      JSON.stringify({ ...GOOD, mode: 'isolated', until: '2026-13-45T00:00Z' }),
      '"until" is neither null nor a time in ISO 8601',
    ],
    [
      JSON.stringify({ ...GOOD, until: '2026-01-02T03:04' }),
      '"until" is neither null nor a time in ISO 8601',
    ],
  ])('%s drains', (text, corrupt) => {
    expect(decodeOverride(text, 7)).toMatchObject({ mode: 'drained', sinceWallMs: 7, corrupt })
  })

  test('every order survives writing and reading', () => {
    const wallMs = fc.integer({ min: 0, max: 4_000_000_000_000 })
    const given = fc.record({
      bootId: fc.constantFrom('b', 'c'),
      bootMs: fc.nat(),
      isClockSet: fc.boolean(),
    })
    const order = fc.record({
      id: fc.constantFrom('a', 'B-1.2'),
      mode: fc.constantFrom('drained' as const, 'isolated' as const),
      by: fc.string({ unit: 'binary' }),
      reason: fc.string({ unit: 'binary' }),
      sinceWallMs: wallMs,
      untilWallMs: fc.option(wallMs),
    })
    const instances = fc.array(fc.string(), { minLength: 1 })
    fc.assert(
      fc.property(
        order,
        fc.option(instances),
        fc.option(given),
        fc.boolean(),
        (some, names, clocks, keeps) => {
          const named = names === null ? some : { ...some, instances: names }
          const timed = clocks === null ? named : { ...named, given: clocks }
          const override = keeps ? { ...timed, keepsFailbackDelay: true as const } : timed
          const text = encodeOverride(override, 'what was there')
          expect(decodeOverride(text, 0)).toEqual(override)
          expect(sameOrder(decodeOverride(text, 0), override)).toBe(true)
        },
      ),
    )
  })

  test('tells what an unproven drain puts back, and of any other text nothing', () => {
    const order = decodeOverride(JSON.stringify(GOOD), 0)
    expect(undoOf(encodeOverride(order, 'text'))).toBe('text')
    expect(undoOf(encodeOverride(order, null))).toBeNull()
    for (const text of [encodeOverride(order), '', 'null', '[]', '{"undo":1}'])
      expect(undoOf(text)).toBeUndefined()
  })

  test('without an id has an identity by its text, and one that is not understood has, too', () => {
    const { id: _, ...old } = GOOD
    const idOf = (text: string, writtenMs: number) => decodeOverride(text, writtenMs).id
    const text = JSON.stringify(old)
    expect(idOf(text, 1)).toBe(idOf(text, 2))
    expect(idOf(text, 1)).not.toBe(idOf(JSON.stringify({ ...old, by: 'bob' }), 1))
    expect(idOf('garbage', 1)).toBe(idOf('garbage', 1))
    expect(idOf('garbage', 1)).not.toBe(idOf('garbage', 2))
    expect(idOf('garbage', 1)).not.toBe(idOf('rubbish', 1))
  })

  test('any JSON value is an order, mostly to drain', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(['drained', 'isolated']).toContain(decodeOverride(text, 0).mode)
      }),
    )
  })
})
