// Damping: how failures and passes move a server between up, probation and down, and how long it waits.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { FlapConfig } from '../../src/config/config.ts'
import {
  backoffHold,
  type Damper,
  type Failure,
  holderToleranceMs,
  maxRepeatFailures,
  newDamper,
  onFailedCycle,
  onPassedCycle,
  type Pass,
  passesNeeded,
  probationMs,
} from '../../src/core/damper.ts'
import { testConfig } from './config.ts'

const { flap } = testConfig()
const NO_PROBATION = { ...flap, failbackDelayMs: 0, failbackDelayMaxMs: 0 }

function clean(nowMs = 0, holder = false): Pass {
  return { nowMs, periodMs: 1000, holder, suspicious: false }
}

/** A failure of a holder that may be chance. */
function at(nowMs: number): Failure {
  return { nowMs, conclusive: false, holder: true }
}

function upDamper(): Damper {
  const damper = newDamper()
  onPassedCycle(damper, flap, clean())
  return damper
}

/** Fails once and passes until it serves again; returns the time. */
function countFailure(damper: Damper, policy: FlapConfig, fromMs: number): number {
  let nowMs = fromMs
  onFailedCycle(damper, policy, at(nowMs))
  // On probation it takes a failure that outlasts its holder tolerance.
  while (damper.phase === 'probation') {
    nowMs += 1000
    onFailedCycle(damper, policy, at(nowMs))
  }
  while (damper.phase === 'down') {
    nowMs += 1000
    onPassedCycle(damper, policy, clean(nowMs))
  }
  return nowMs
}

/** Passes `count` cycles, or as many as probation takes; returns the time after the last. */
function pass(damper: Damper, fromMs: number, count: number | null, suspicious = false): number {
  let nowMs = fromMs
  for (let done = 0; count === null ? damper.phase === 'probation' : done < count; done++) {
    nowMs += 1000
    onPassedCycle(damper, flap, { ...clean(nowMs), suspicious })
  }
  return nowMs
}

describe('falling and rising', () => {
  test('the first check cycle decides alone, either way', () => {
    expect(upDamper().phase).toBe('up')
    const failing = newDamper()
    expect(onFailedCycle(failing, { ...flap, fall: 5 }, at(0))).toBe(flap.backoffMinMs)
    expect(failing.phase).toBe('down')
  })

  test('the backoff doubles from min to max', () => {
    const damper = upDamper()
    const waits = Array.from({ length: 6 }, () => onFailedCycle(damper, flap, at(0)))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000])
  })

  test('a pass takes one step off the backoff instead of all of it', () => {
    const damper = upDamper()
    for (let count = 0; count < 4; count++) onFailedCycle(damper, flap, at(0))
    onPassedCycle(damper, flap, clean())
    expect(damper.backoffMs).toBe(4000)
    expect(onFailedCycle(damper, flap, at(0))).toBe(8000)
  })

  test('backoff hold keeps the backoff from decaying until it ends', () => {
    const damper = upDamper()
    for (let count = 0; count < 4; count++) onFailedCycle(damper, flap, at(0))
    backoffHold(damper, flap, 100)
    onPassedCycle(damper, flap, clean(100 + flap.backoffHoldMs - 1))
    expect(damper.backoffMs).toBe(8000)
    onPassedCycle(damper, flap, clean(100 + flap.backoffHoldMs))
    expect(damper.backoffMs).toBe(4000)
  })

  test('rise passes in a row bring it back; a holder needs fewer', () => {
    const other = upDamper()
    onFailedCycle(other, flap, at(0))
    for (const _ of [1, 2]) onPassedCycle(other, flap, clean())
    onFailedCycle(other, flap, at(0))
    for (const _ of [1, 2]) onPassedCycle(other, flap, clean())
    expect(other.phase).toBe('down')
    onPassedCycle(other, flap, clean())
    expect(other.phase).toBe('probation')

    const holder = upDamper()
    onFailedCycle(holder, flap, at(0))
    onPassedCycle(holder, flap, clean(0, true))
    expect(holder.phase).toBe('probation')
  })

  test('with fall 3, failures that come one in three are found out; ok_after passes clear them', () => {
    const patient = { ...flap, fall: 3, okAfter: 3 }
    const damper = upDamper()
    for (let round = 0; round < 2; round++) {
      expect(onFailedCycle(damper, patient, at(0))).toBeNull()
      for (const _ of [1, 2]) onPassedCycle(damper, patient, clean())
    }
    expect(damper.phase).toBe('up')
    expect(onFailedCycle(damper, patient, at(0))).not.toBeNull()
    expect(damper.phase).toBe('down')

    const cleared = upDamper()
    for (let round = 0; round < 10; round++) {
      onFailedCycle(cleared, patient, at(0))
      for (const _ of [1, 2, 3]) onPassedCycle(cleared, patient, clean())
    }
    expect(cleared.phase).toBe('up')
  })
})

describe('probation', () => {
  test('it ends after clean check cycles of its length, and each repeat failure makes it ten times as long', () => {
    const damper = upDamper()
    let nowMs = 0
    for (const expectedMs of [60_000, 600_000, 3_600_000, 3_600_000]) {
      nowMs = countFailure(damper, flap, nowMs)
      expect(damper.phase).toBe('probation')
      expect(damper.probationMs).toBe(expectedMs)
      const fromMs = nowMs
      nowMs = pass(damper, fromMs, null)
      expect(nowMs - fromMs).toBe(expectedMs)
    }
  })

  test('suspicious cycles take back what clean ones have served, but never more', () => {
    const damper = upDamper()
    let nowMs = pass(damper, countFailure(damper, flap, 0), 30)
    expect(damper.probationMs).toBe(30_000)
    nowMs = pass(damper, nowMs, 1, true)
    expect(damper.probationMs).toBe(40_000)
    pass(damper, nowMs, 9, true)
    expect(damper.probationMs).toBe(60_000)
  })

  test('a server on probation is down only when it fails in one piece for longer than its holder tolerance', () => {
    const damper = upDamper()
    const fromMs = countFailure(damper, flap, 0)
    expect(onFailedCycle(damper, flap, at(fromMs))).toBeNull()
    const holderTolerance = holderToleranceMs(2, flap)
    expect(onFailedCycle(damper, flap, at(fromMs + holderTolerance - 1))).toBeNull()
    onPassedCycle(damper, flap, clean(fromMs + holderTolerance))
    expect(onFailedCycle(damper, flap, at(fromMs + holderTolerance + 1))).toBeNull()
    expect(damper.phase).toBe('probation')
    expect(
      onFailedCycle(damper, flap, at(fromMs + holderTolerance + 1 + holderToleranceMs(3, flap))),
    ).not.toBeNull()
    expect(damper.phase).toBe('down')
  })

  test('there is no holder tolerance with a server that has certainly gone', () => {
    const damper = upDamper()
    const fromMs = countFailure(damper, flap, 0)
    expect(onFailedCycle(damper, flap, { ...at(fromMs), conclusive: true })).not.toBeNull()
    expect(damper.phase).toBe('down')
  })

  test('there is no holder tolerance with a server that holds nothing', () => {
    const damper = upDamper()
    const fromMs = countFailure(damper, flap, 0)
    expect(damper.phase).toBe('probation')
    expect(onFailedCycle(damper, flap, { ...at(fromMs), holder: false })).not.toBeNull()
    expect(damper.phase).toBe('down')
  })

  test('holder tolerance doubles with each repeat failure up to its greatest', () => {
    expect([1, 2, 3, 4].map((repeatFailures) => holderToleranceMs(repeatFailures, flap))).toEqual([
      5000, 10_000, 20_000, 20_000,
    ])
    expect([0, 1, 2, 3, 4].map((repeatFailures) => probationMs(repeatFailures, flap))).toEqual([
      0, 60_000, 600_000, 3_600_000, 3_600_000,
    ])
  })

  test('a repeat failure is forgotten after each longest probation of calm', () => {
    const damper = upDamper()
    const nowMs = pass(damper, countFailure(damper, flap, 0), null)
    expect(damper.repeatFailures).toBe(1)
    onPassedCycle(damper, flap, clean(nowMs + flap.failbackDelayMaxMs - 1))
    expect(damper.repeatFailures).toBe(1)
    onPassedCycle(damper, flap, clean(nowMs + flap.failbackDelayMaxMs))
    expect(damper.repeatFailures).toBe(0)
  })

  test('repeat failures are counted as long as probation grows, and three in any case', () => {
    expect(maxRepeatFailures(flap)).toBe(3)
    expect(maxRepeatFailures({ ...flap, failbackDelayMs: 1000 })).toBe(5)
    expect(maxRepeatFailures({ ...flap, failbackDelayMs: flap.failbackDelayMaxMs })).toBe(3)
    expect(maxRepeatFailures(NO_PROBATION)).toBe(3)
  })

  test('without probation, too, there is an end to the passes that a server needs', () => {
    for (const failbackDelayMaxMs of [0, flap.failbackDelayMaxMs]) {
      const policy = { ...NO_PROBATION, failbackDelayMaxMs }
      const damper = upDamper()
      let nowMs = 0
      for (let count = 0; count < 50; count++) nowMs = countFailure(damper, policy, nowMs)
      expect(damper.phase).toBe('up')
      expect(passesNeeded(damper, policy, false)).toBe(3 * policy.rise)
    }
  })

  test('with probation 0 the rank is back at once; at the start nothing is owed', () => {
    const damper = upDamper()
    countFailure(damper, NO_PROBATION, 0)
    expect(damper.phase).toBe('up')
    const starting = newDamper()
    onFailedCycle(starting, flap, at(0))
    for (const _ of [1, 2, 3]) onPassedCycle(starting, flap, clean())
    expect(starting.phase).toBe('up')
  })
})

test('whatever happens, waits are within their bounds and only a server that serves fails again', () => {
  const moves = fc.array(fc.constantFrom('pass', 'suspicious', 'fail', 'gone', 'wait'), {
    maxLength: 300,
  })
  fc.assert(
    fc.property(moves, (sequence) => {
      const damper = newDamper()
      let nowMs = 0
      for (const move of sequence) {
        nowMs += move === 'wait' ? 3_700_000 : 700
        const before = { ...damper }
        if (move === 'pass' || move === 'suspicious') {
          onPassedCycle(damper, flap, { ...clean(nowMs), suspicious: move === 'suspicious' })
        } else if (move === 'gone') backoffHold(damper, flap, nowMs)
        else if (move === 'fail') onFailedCycle(damper, flap, at(nowMs))
        expect(damper.backoffMs).toBeLessThanOrEqual(flap.backoffMaxMs)
        expect(damper.probationMs).toBeGreaterThanOrEqual(0)
        expect(damper.probationMs).toBeLessThanOrEqual(flap.failbackDelayMaxMs)
        if (damper.backoffMs > 0) expect(damper.backoffMs).toBeGreaterThanOrEqual(flap.backoffMinMs)
        if (damper.repeatFailures > before.repeatFailures) expect(before.phase).not.toBe('down')
        if (damper.phase === 'up' && before.known) expect(damper.probationMs).toBe(0)
        if (damper.phase === 'probation') expect(damper.probationMs).toBeGreaterThan(0)
      }
    }),
  )
})
