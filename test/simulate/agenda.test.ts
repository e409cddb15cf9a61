// The agenda hands out what is next, and at one time what was entered first.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createAgenda } from '../../src/simulate/agenda.ts'

test('entries come out in the order of time, then of entry', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const agenda = createAgenda()
      const out: { atMs: number; index: number }[] = []
      for (const [index, atMs] of times.entries()) agenda.add(atMs, () => out.push({ atMs, index }))
      while (agenda.nextMs() < Number.POSITIVE_INFINITY) {
        const nextMs = agenda.nextMs()
        agenda.take()()
        expect(out.at(-1)?.atMs).toBe(nextMs)
      }
      const sorted = times.map((atMs, index) => ({ atMs, index }))
      sorted.sort((a, b) => a.atMs - b.atMs || a.index - b.index)
      expect(out).toEqual(sorted)
    }),
  )
})

test('entries may be made while others are taken', () => {
  const agenda = createAgenda()
  const out: string[] = []
  agenda.add(1, () => {
    out.push('first')
    agenda.add(1, () => out.push('same time, later entry'))
    agenda.add(0, () => out.push('earlier time'))
  })
  agenda.add(2, () => out.push('last'))
  while (agenda.nextMs() < Number.POSITIVE_INFINITY) agenda.take()()
  expect(out).toEqual(['first', 'earlier time', 'same time, later entry', 'last'])
})

test('an empty agenda says so', () => {
  const agenda = createAgenda()
  expect(agenda.nextMs()).toBe(Number.POSITIVE_INFINITY)
  expect(() => agenda.take()).toThrow('the agenda is empty')
})
