// Damping: how failures and passes move a server between up and down, and how long it waits.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { damperFails, damperPasses, holdDown, newDamper } from '../../src/core/damper.ts'
import { testConfig } from './config.ts'

const { flap } = testConfig()

function upDamper() {
  const damper = newDamper()
  damperPasses(damper, flap, false, 0)
  return damper
}

describe('damper', () => {
  test('the first sweep decides alone, either way', () => {
    const passing = newDamper()
    damperPasses(passing, flap, false, 0)
    expect(passing.up).toBe(true)
    const failing = newDamper()
    expect(damperFails(failing, { ...flap, fall: 5 })).toBe(flap.backoffMinMs)
    expect(failing.up).toBe(false)
  })

  test('the backoff doubles from min to max', () => {
    const damper = upDamper()
    const waits = Array.from({ length: 7 }, () => damperFails(damper, flap))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  test('a pass takes one step off the backoff instead of all of it', () => {
    const damper = upDamper()
    for (let count = 0; count < 4; count++) damperFails(damper, flap)
    damperPasses(damper, flap, false, 0)
    expect(damper.backoffMs).toBe(4000)
    expect(damperFails(damper, flap)).toBe(8000)
  })

  test('hold-down keeps the backoff from decaying until it ends', () => {
    const damper = upDamper()
    for (let count = 0; count < 4; count++) damperFails(damper, flap)
    holdDown(damper, flap, 100)
    damperPasses(damper, flap, false, 100 + flap.holdDownMs - 1)
    expect(damper.backoffMs).toBe(8000)
    damperPasses(damper, flap, false, 100 + flap.holdDownMs)
    expect(damper.backoffMs).toBe(4000)
  })

  test('rise passes in a row bring it up; a holder needs fewer', () => {
    const other = upDamper()
    damperFails(other, flap)
    damperPasses(other, flap, false, 0)
    damperPasses(other, flap, false, 0)
    damperFails(other, flap)
    damperPasses(other, flap, false, 0)
    damperPasses(other, flap, false, 0)
    expect(other.up).toBe(false)
    damperPasses(other, flap, false, 0)
    expect(other.up).toBe(true)

    const holder = upDamper()
    damperFails(holder, flap)
    damperPasses(holder, flap, true, 0)
    expect(holder.up).toBe(true)
  })

  test('with fall 3, failures that come one in three are found out; ok_after passes clear them', () => {
    const patient = { ...flap, fall: 3, okAfter: 3 }
    const damper = upDamper()
    for (let round = 0; round < 2; round++) {
      expect(damperFails(damper, patient)).toBeNull()
      damperPasses(damper, patient, false, 0)
      damperPasses(damper, patient, false, 0)
    }
    expect(damper.up).toBe(true)
    expect(damperFails(damper, patient)).not.toBeNull()
    expect(damper.up).toBe(false)

    const cleared = upDamper()
    for (let round = 0; round < 10; round++) {
      damperFails(cleared, patient)
      for (let pass = 0; pass < 3; pass++) damperPasses(cleared, patient, false, 0)
    }
    expect(cleared.up).toBe(true)
  })

  test('whatever happens, the wait is within its bounds and a failure never makes it shorter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('pass', 'fail', 'gone'), { maxLength: 200 }),
        (moves) => {
          const damper = newDamper()
          let nowMs = 0
          for (const move of moves) {
            nowMs += 700
            const before = damper.backoffMs
            if (move === 'pass') damperPasses(damper, flap, false, nowMs)
            else if (move === 'gone') holdDown(damper, flap, nowMs)
            else damperFails(damper, flap)
            if (move === 'fail') expect(damper.backoffMs).toBeGreaterThanOrEqual(before)
            expect(damper.backoffMs).toBeLessThanOrEqual(flap.backoffMaxMs)
            if (damper.backoffMs > 0)
              expect(damper.backoffMs).toBeGreaterThanOrEqual(flap.backoffMinMs)
          }
        },
      ),
    )
  })
})
