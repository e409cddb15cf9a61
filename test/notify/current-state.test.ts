// What a message says of failing checks: how often each was retried, by the configuration.
import { expect, test } from 'bun:test'
import { factsOf } from '../../src/core/facts-of.ts'
import { initialState } from '../../src/core/state.ts'
import { currentState } from '../../src/notify/current-state.ts'
import { testConfig } from '../core/config.ts'

test('a server that has failed says how its checks were retried, and when the next one is due', () => {
  const facts = factsOf(initialState(testConfig(), 0))
  const damper = { ...facts.damper, known: true, phase: 'down', backoffMs: 2000 } as const
  expect(currentState({ ...facts, damper, cycles: 7 }, null).tried).toEqual([
    'Each failed probe was retried 3 times within 100 ms without a correct response.',
    '7 check cycles since daemon start; next retry after 2 s.',
  ])
})
