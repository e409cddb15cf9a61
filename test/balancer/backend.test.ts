// What a backend is worth before anything is known of it: what an operator has ordered, and no more.
import { describe, expect, test } from 'bun:test'
import { backendStanding } from '../../src/balancer/backend.ts'
import { factsOf } from '../../src/core/facts-of.ts'
import type { Override } from '../../src/core/override.ts'
import { initialState } from '../../src/core/state.ts'
import { step } from '../../src/core/step.ts'
import { testConfig } from '../core/config.ts'

const ORDER = { by: 'somebody', reason: '', sinceWallMs: 0, untilWallMs: null } as const

function standingWith(override: Override | null) {
  const { state } = step(initialState(testConfig(), 0), { kind: 'override', nowMs: 0, override })
  return backendStanding(factsOf(state))
}

describe('before its first verdict, a real server', () => {
  test('stands nowhere', () => {
    expect(standingWith(null)).toBeNull()
    expect(standingWith({ ...ORDER, mode: 'drained', instances: ['recdns0'] })).toBeNull()
  })

  test('is drained by an order and not failed, so that its connections live on', () => {
    expect(standingWith({ ...ORDER, mode: 'drained' })).toBe('drained')
    expect(standingWith({ ...ORDER, mode: 'isolated' })).toBe('isolated')
  })
})
