// The override document: whole or not at all.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeOverride, encodeOverride } from '../../src/render/override-document.ts'

const GOOD = {
  format: 1,
  mode: 'drained',
  by: 'ada',
  reason: 'disk',
  since: '2026-01-02T03:04:05.678Z',
  until: null,
}

describe('override document', () => {
  test('is read as written', () => {
    expect(decodeOverride(JSON.stringify(GOOD), 7)).toEqual({
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
    const order = fc.record({
      mode: fc.constantFrom('drained' as const, 'isolated' as const),
      by: fc.string({ unit: 'binary' }),
      reason: fc.string({ unit: 'binary' }),
      sinceWallMs: wallMs,
      untilWallMs: fc.option(wallMs),
    })
    const instances = fc.array(fc.string(), { minLength: 1 })
    fc.assert(
      fc.property(order, fc.option(instances), (some, names) => {
        const override = names === null ? some : { ...some, instances: names }
        expect(decodeOverride(encodeOverride(override), 0)).toEqual(override)
      }),
    )
  })

  test('any JSON value is an order, mostly to drain', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(['drained', 'isolated']).toContain(decodeOverride(text, 0).mode)
      }),
    )
  })
})
