// What a backend is worth before anything is known of it: what an operator has ordered, and no more.
import { describe, expect, test } from 'bun:test'
import { backendServerState } from '../../src/balancer/backend.ts'
import { factsOf } from '../../src/core/facts-of.ts'
import type { Override } from '../../src/core/override.ts'
import { initialState } from '../../src/core/state.ts'
import { step } from '../../src/core/step.ts'
import { testConfig } from '../core/config.ts'
import { orderTo } from '../support/order-to.ts'

function serverStateWith(override: Override | null) {
  const { state } = step(initialState(testConfig(), 0), { kind: 'override', nowMs: 0, override })
  return backendServerState(factsOf(state))
}

describe('before its first result, a real server', () => {
  test('stands nowhere', () => {
    expect(serverStateWith(null)).toBeNull()
    expect(serverStateWith(orderTo('drained', { instances: ['recdns0'] }))).toBeNull()
  })

  test('is drained by an order and not failed, so that its connections live on', () => {
    expect(serverStateWith(orderTo('drained'))).toBe('drained')
    expect(serverStateWith(orderTo('isolated'))).toBe('isolated')
  })
})
