// When the daemon started: the same each time it is asked, until the wall clock is set.
import { expect, test } from 'bun:test'
import { createStartedAt } from '../../src/runtime/monitoring.ts'

const BEGAN_MS = 1_795_330_930_500

test('it stays the same where the two clocks are not read at the same moment', () => {
  const startedAt = createStartedAt()
  const told = [0, 0.4, -3, 180, -0.6, 999].map((lateMs, turn) =>
    startedAt(BEGAN_MS + turn * 15_000 + lateMs, turn * 15_000),
  )
  expect(new Set(told)).toEqual(new Set([BEGAN_MS]))
})

test('it follows a wall clock that was set', () => {
  const startedAt = createStartedAt()
  expect(startedAt(5000, 0)).toBe(5000)
  expect(startedAt(BEGAN_MS + 15_000, 15_000)).toBe(BEGAN_MS)
})
