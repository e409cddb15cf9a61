// What a drain does to the history of failures, and what a drain of some instances leaves alone.
import { describe, expect, test } from 'bun:test'
import {
  type Damper,
  endProbation,
  newDamper,
  onFailedCycle,
  onPassedCycle,
} from '../../src/core/damper.ts'
import { isWhole, overrideOf } from '../../src/core/override.ts'
import { orderTo } from '../support/order-to.ts'
import { testConfig } from './config.ts'

const { flap } = testConfig()
const PASS = { periodMs: 1000, holder: false, suspicious: false }
const FAILURE = { nowMs: 5000, conclusive: true, holder: true }

function served(): Damper {
  const damper = newDamper()
  onPassedCycle(damper, flap, { ...PASS, nowMs: 0 })
  return damper
}

function recover(damper: Damper): void {
  for (let pass = 1; pass <= flap.rise; pass++)
    onPassedCycle(damper, flap, { ...PASS, nowMs: 10_000 + pass * 1000 })
}

describe('a drained server', () => {
  test('that fails and recovers has not failed again', () => {
    const damper = served()
    onFailedCycle(damper, flap, { ...FAILURE, planned: true })
    expect(damper.phase).toBe('down')
    recover(damper)
    expect(damper).toMatchObject({ phase: 'up', repeatFailures: 0, probationMs: 0 })
  })

  test('that was on probation owes none when its operator puts it back, but is remembered', () => {
    const damper = served()
    onFailedCycle(damper, flap, FAILURE)
    recover(damper)
    expect(damper.phase).toBe('probation')
    endProbation(damper, 20_000)
    expect(damper).toMatchObject({ phase: 'up', probationMs: 0, repeatFailures: 1 })
  })
})

describe('an order for some instances', () => {
  const order = orderTo('drained', { instances: ['one'] })
  test('is about them alone', () => {
    expect(overrideOf(order, 'one')).toBe(order)
    expect(overrideOf(order, 'two')).toBeNull()
    expect(isWhole(order)).toBe(false)
    const { instances: _, ...whole } = order
    expect(isWhole(whole)).toBe(true)
  })
})
