// What is told of a transition, and what is not: the policy on a virtual clock.
import { describe, expect, test } from 'bun:test'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import {
  CURRENT_STATE,
  DRAINED,
  FAILED,
  holding,
  MIDNIGHT_MS,
  madeEvent,
  SNAPSHOT,
} from './notify-fixtures.ts'
import { createOutboxScenario } from './outbox-scenario.ts'

const OVERRIDE = {
  ...DRAINED,
  sinceWallMs: MIDNIGHT_MS,
  untilWallMs: null,
} as const

describe('what is told', () => {
  /** The subjects of all messages after one event. */
  function told(
    ...event: Parameters<typeof madeEvent> extends [unknown, ...infer Rest] ? Rest : never
  ) {
    const scenario = createOutboxScenario()
    const made = madeEvent(1000, ...event)
    scenario.current(holding(made.state === 'MASTER' ? [made.name] : []))
    scenario.event(made)
    scenario.until(HOUR_MS)
    expect(scenario.done).toEqual(new Set([made.id]))
    return scenario.sent.map(({ message }) => message.subject)
  }

  test('a new master', () => {
    expect(told('MASTER')).toEqual(['recdns0 MASTER on ns2'])
  })

  test('no healthy backup', () => {
    expect(told('BACKUP')).toEqual([])
    expect(told('BACKUP', { sight: { ...SNAPSHOT, verdict: 'degraded' } })).toEqual([])
  })

  test('a backup whose DNS has failed, as dead', () => {
    expect(told('BACKUP', { sight: FAILED })).toEqual(['recdns0 DEAD on ns2'])
  })

  test('a backup whose daemon had died, as dead', () => {
    const sight = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
    expect(told('BACKUP', { sight })).toEqual(['recdns0 DEAD on ns2'])
  })

  test('a daemon that was stopped, as what it is', () => {
    const sight = { ...FAILED, daemon: 'stopping' } as const
    expect(told('BACKUP', { sight })).toEqual(['recdns0 BACKUP on ns2'])
  })

  test.each(['FAULT', 'STOP', 'DELETED'] as const)('%s, always', (state) => {
    expect(told(state)).toEqual([`recdns0 ${state} on ns2`])
    expect(told(state, { sight: FAILED })).toEqual([`recdns0 ${state} on ns2`])
  })

  test.each(['BACKUP', 'STOP', 'DELETED'] as const)(
    '%s of a drained server, as planned',
    (state) => {
      expect(told(state, { sight: { ...SNAPSHOT, override: DRAINED } })).toEqual([
        `recdns0 ${state} on ns2 (planned)`,
      ])
    },
  )

  test('a fault of a drained server is none of the plan, one of an isolated server is', () => {
    const isolated = { ...DRAINED, mode: 'isolated' } as const
    expect(told('FAULT', { sight: { ...SNAPSHOT, override: DRAINED } })).toEqual([
      'recdns0 FAULT on ns2',
    ])
    expect(told('FAULT', { sight: { ...SNAPSHOT, override: isolated } })).toEqual([
      'recdns0 FAULT on ns2 (planned)',
    ])
  })

  test('a drained server that must serve after all is no part of the plan', () => {
    expect(told('MASTER', { sight: { ...SNAPSHOT, override: DRAINED } })).toEqual([
      'recdns0 MASTER on ns2',
    ])
  })

  test('a server that the order lists no more, as planned', () => {
    expect(told('BACKUP', { sight: { ...SNAPSHOT, standing: 'drained' } })).toEqual([
      'recdns0 BACKUP on ns2 (planned)',
    ])
  })

  test('a sync group by its name', () => {
    expect(told('FAULT', { subject: 'GROUP', name: 'both', priority: null })).toEqual([
      'both FAULT on ns2',
    ])
  })

  test('a return after an order was lifted, as planned; a later one not', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([], { override: OVERRIDE }))
    scenario.until(10_000)
    scenario.current(holding([]))
    scenario.event(madeEvent(13_000, 'MASTER'))
    scenario.current(holding(['recdns0']))
    scenario.until(100_000)
    scenario.current(holding([]))
    scenario.event(madeEvent(200_000, 'BACKUP', { sight: FAILED }))
    scenario.until(300_000)
    scenario.event(madeEvent(300_000, 'MASTER'))
    scenario.current(holding(['recdns0']))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      ' 15.0 recdns0 MASTER on ns2 (planned)',
      '202.0 recdns0 DEAD on ns2',
      '302.0 recdns0 MASTER on ns2',
    ])
  })

  test('what a channel asks for', () => {
    const scenario = createOutboxScenario({ channel: { events: ['backup'] } })
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'BACKUP'))
    scenario.event(madeEvent(200_000, 'FAULT'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  3.0 recdns0 BACKUP on ns2'])
    expect(scenario.outbox.items).toEqual([])
  })
})

describe('before the first verdict', () => {
  const starting = { ...FAILED, daemon: 'starting' } as const
  const undecided = holding([], { decided: false, verdict: 'failed' })

  test.each([
    ['healthy', []],
    ['failed', [' 10.0 recdns0 DEAD on ns2']],
  ] as const)('a backup is judged by it once it is there: %s', (verdict, expected) => {
    const scenario = createOutboxScenario()
    scenario.current(undecided)
    const event = scenario.event(madeEvent(1000, 'BACKUP', { sight: starting }))
    scenario.until(10_000)
    expect(scenario.sent).toEqual([])
    scenario.current(holding([], { verdict }))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([...expected])
    expect(scenario.done.has(event.id)).toBe(true)
  })

  test('a verdict that never comes is no reason to say nothing', () => {
    const scenario = createOutboxScenario()
    scenario.current(undecided)
    scenario.event(madeEvent(1000, 'BACKUP', { sight: { ...starting, verdict: null } }))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([' 61.0 recdns0 DEAD on ns2'])
  })

  test('nothing is said before it is known where service is', () => {
    const scenario = createOutboxScenario()
    scenario.event(madeEvent(1000, 'FAULT'))
    scenario.until(30_000)
    expect(scenario.sent).toEqual([])
    scenario.current(CURRENT_STATE)
    expect(scenario.subjects()).toEqual([' 30.0 recdns0 FAULT on ns2'])
  })
})
