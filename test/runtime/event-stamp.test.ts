// When events happened: their order beside a coarse clock, other boots, suspends, clocks that are ahead.

import { describe, expect, test } from 'bun:test'
import { createEventTime } from '../../src/runtime/event-stamp.ts'
import { MIDNIGHT_MS, madeEvent } from '../notify/notify-fixtures.ts'

const GRAIN_MS = 10

/** Clocks that can be set; the boot's counts in steps. */
function createClocks() {
  const clocks = { now: 5000, sinceBoot: 1_000_000 }
  return {
    clocks,
    pass(ms: number) {
      clocks.now += ms
      clocks.sinceBoot += ms
    },
    clock: {
      nowMs: () => clocks.now,
      bootMs: () => Math.floor(clocks.sinceBoot / GRAIN_MS) * GRAIN_MS,
      wallMs: () => MIDNIGHT_MS + clocks.now,
      bootId: 'boot',
    },
  }
}

describe('the time of an event', () => {
  test('keeps the order of the boot, at whatever point of a step each event is read', () => {
    const { clock, pass } = createClocks()
    const timeOf = createEventTime(clock)
    const times = Array.from({ length: 50 }, (_, at) => {
      pass(7)
      return timeOf(madeEvent(999_000 + Math.floor(at / 3) * GRAIN_MS, 'FAULT'))
    })
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(times).size).toBe(17)
  })

  test('moves with a suspend, which only the clock of the boot counts', () => {
    const { clock, clocks } = createClocks()
    const timeOf = createEventTime(clock)
    expect(timeOf(madeEvent(999_000, 'FAULT'))).toBe(4000)
    clocks.sinceBoot += 60_000
    expect(timeOf(madeEvent(1_059_000, 'FAULT'))).toBe(4000)
  })

  test('of another boot goes by the wall clock, and none is later than now', () => {
    const timeOf = createEventTime(createClocks().clock)
    expect(timeOf(madeEvent(2000, 'FAULT', { bootId: 'before' }))).toBe(2000)
    expect(timeOf(madeEvent(9000, 'FAULT', { bootId: 'before' }))).toBe(5000)
    expect(timeOf(madeEvent(1_000_400, 'FAULT'))).toBe(5000)
  })
})
