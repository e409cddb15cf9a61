// When an order with an end is over: clocks that jump, reboots, and clocks that nobody has set.
import { describe, expect, test } from 'bun:test'
import { isOver, type Moment, type Override } from '../../src/core/override.ts'
import { createOrderEnds } from '../../src/runtime/order-end.ts'

const HOUR_MS = 3_600_000
const GIVEN_MS = Date.UTC(2026, 10, 21)
const ORDER: Override = {
  id: 'a',
  mode: 'isolated',
  by: 'ada',
  reason: '',
  sinceWallMs: GIVEN_MS,
  untilWallMs: GIVEN_MS + 4 * HOUR_MS,
  given: { bootId: 'one', bootMs: HOUR_MS, isClockSet: true },
}
const { given: _, ...BY_HAND } = ORDER

/** An hour after it was given, in the same boot. */
const SAME: Moment = {
  wallMs: GIVEN_MS + HOUR_MS,
  bootId: 'one',
  bootMs: 2 * HOUR_MS,
  isClockSet: true,
  knownMs: HOUR_MS,
}
/** Half an hour after a reboot. */
const LATER: Moment = { ...SAME, bootId: 'two', bootMs: HOUR_MS / 2, knownMs: HOUR_MS / 2 }
const AFTER_MS = GIVEN_MS + 5 * HOUR_MS

describe('in the boot in which it was given, an order', () => {
  test('lasts as long as it was to, wherever the clock is put', () => {
    for (const wallMs of [0, AFTER_MS, GIVEN_MS + 20_000 * HOUR_MS])
      for (const isClockSet of [true, false]) {
        expect(isOver(ORDER, { ...SAME, wallMs, isClockSet })).toBe(false)
        expect(isOver(ORDER, { ...SAME, wallMs, isClockSet, bootMs: 5 * HOUR_MS })).toBe(true)
      }
  })
})

describe('after a reboot, an order', () => {
  test('ends by the clock once NTP has set it', () => {
    expect(isOver(ORDER, { ...LATER, wallMs: AFTER_MS })).toBe(true)
    expect(isOver(ORDER, LATER)).toBe(false)
  })

  test('is not ended by a boot in the future', () => {
    const future = { ...LATER, wallMs: Date.UTC(2040, 0, 1), isClockSet: false }
    expect(isOver(ORDER, future)).toBe(false)
    expect(isOver(BY_HAND, future)).toBe(false)
  })

  test('ends all the same where no clock can be trusted: its whole time after that', () => {
    const dark = { ...LATER, wallMs: 0, isClockSet: false, knownMs: 4 * HOUR_MS }
    expect(isOver(ORDER, dark)).toBe(true)
    expect(isOver(BY_HAND, dark)).toBe(true)
  })

  test('that was given by a clock of the past does not end when that is put right', () => {
    const early = { sinceWallMs: 0, untilWallMs: 4 * HOUR_MS }
    const order = { ...ORDER, ...early, given: { bootId: 'one', bootMs: 0, isClockSet: false } }
    expect(isOver(order, LATER)).toBe(false)
    expect(isOver(order, { ...LATER, knownMs: 4 * HOUR_MS })).toBe(true)
  })
})

test('without an end, or where it cannot be read, an order is never over', () => {
  const late = { ...SAME, wallMs: AFTER_MS, bootMs: AFTER_MS }
  expect(isOver(null, late)).toBe(false)
  expect(isOver({ ...ORDER, untilWallMs: null }, late)).toBe(false)
  expect(isOver({ ...ORDER, corrupt: 'garbage' }, late)).toBe(false)
})

test('whether the clock is set is asked only while an end depends on it, and each order has its time', async () => {
  let now = { nowMs: 0, wallMs: AFTER_MS }
  let asked = 0
  let isSet = false
  const clock = {
    nowMs: () => now.nowMs,
    wallMs: () => now.wallMs,
    bootMs: () => now.nowMs,
    bootId: 'two',
  }
  const ends = createOrderEnds(clock, async () => {
    asked += 1
    return isSet
  })
  expect(ends.isOver('server', { ...ORDER, untilWallMs: null })).toBe(false)
  expect(ends.isOver('server', { ...ORDER, untilWallMs: AFTER_MS + 1 })).toBe(false)
  expect(asked).toBe(0)
  for (const nowMs of [0, 1000, 10_000, 11_000]) {
    now = { nowMs, wallMs: AFTER_MS }
    expect(ends.isOver('server', ORDER)).toBe(false)
    await null
  }
  expect(asked).toBe(2)
  // Another order has not been known for as long as the first one.
  now = { ...now, nowMs: 4 * HOUR_MS }
  expect(ends.isOver('server', { ...ORDER, id: 'b' })).toBe(false)
  // Its time goes on while it cannot be read.
  expect(ends.isOver('server', { ...ORDER, untilWallMs: null, corrupt: 'garbage' })).toBe(false)
  now = { ...now, nowMs: 8 * HOUR_MS }
  expect(ends.isOver('server', { ...ORDER, id: 'b' })).toBe(true)
  expect(ends.isOver('server', { ...ORDER, id: 'c' })).toBe(false)
  isSet = true
  now = { ...now, nowMs: 8 * HOUR_MS + 20_000 }
  expect(ends.isOver('server', { ...ORDER, id: 'c' })).toBe(false)
  await null
  await null
  expect(ends.isOver('server', { ...ORDER, id: 'c' })).toBe(true)
})
