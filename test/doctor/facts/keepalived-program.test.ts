// What the doctor makes of keepalived's JSON dump, and of none.

import { expect, test } from 'bun:test'
import { readDump } from '../../../src/doctor/facts/keepalived-program.ts'

test('a dump that could not be had says why', () => {
  const denied = { ok: false, why: 'denied', error: 'only root may ask keepalived' } as const
  expect(readDump(denied)).toEqual({
    kind: 'none',
    why: 'denied',
    error: 'only root may ask keepalived',
  })
})

test('a text that is no dump is not taken for one without instances', () => {
  expect(readDump({ ok: true, value: '[]' })).toEqual({ kind: 'dump', instances: [] })
  expect(readDump({ ok: true, value: '{}' })).toMatchObject({ kind: 'none', why: 'other' })
})
