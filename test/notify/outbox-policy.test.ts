// What is told of a transition, and what is not: the policy on a virtual clock.
import { describe, expect, test } from 'bun:test'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import { DRAINED, FAILED, holding, MIDNIGHT_MS, madeEvent, SNAPSHOT, TRUTH } from './made-up.ts'
import { createNight } from './night.ts'

const OVERRIDE = {
  ...DRAINED,
  sinceWallMs: MIDNIGHT_MS,
  untilWallMs: null,
} as const

/** What happened to recdns0, and the subject of the one message after it; null where there is none. */
type Case = readonly [
  what: string,
  state: SpooledEvent['state'],
  differences: Partial<SpooledEvent>,
  subject: string | null,
]
const DEAD = 'recdns0 DEAD on ns2'

describe('what is told', () => {
  const drained = { ...SNAPSHOT, override: DRAINED }
  const isolated = { ...SNAPSHOT, override: { ...DRAINED, mode: 'isolated' } } as const
  const expired = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
  const stopped = { ...FAILED, daemon: 'stopping' } as const
  const unlisted = { ...SNAPSHOT, standing: 'drained' } as const
  const group = { subject: 'GROUP', name: 'both', priority: null } as const

  test('a new master', () => {
    expect(told('MASTER')).toEqual(['recdns0 MASTER on ns2'])
  })

  test('no healthy backup', () => {
    expect(told('BACKUP')).toEqual([])
    expect(told('BACKUP', { snapshot: { ...SNAPSHOT, verdict: 'degraded' } })).toEqual([])
  })

  test('a backup whose DNS has failed, as dead', () => {
    expect(told('BACKUP', { snapshot: FAILED })).toEqual(['recdns0 DEAD on ns2'])
  })

  test('a backup whose daemon had died, as dead', () => {
    const snapshot = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
    expect(told('BACKUP', { snapshot })).toEqual(['recdns0 DEAD on ns2'])
  })

  test('a daemon that was stopped, as what it is', () => {
    const snapshot = { ...FAILED, daemon: 'stopping' } as const
    expect(told('BACKUP', { snapshot })).toEqual(['recdns0 BACKUP on ns2'])
  })

  test.each(['FAULT', 'STOP', 'DELETED'] as const)('%s, always', (state) => {
    expect(told(state)).toEqual([`recdns0 ${state} on ns2`])
    expect(told(state, { snapshot: FAILED })).toEqual([`recdns0 ${state} on ns2`])
  })

  test.each(['BACKUP', 'STOP', 'DELETED'] as const)(
    '%s of a drained server, as planned',
    (state) => {
      expect(told(state, { snapshot: { ...SNAPSHOT, override: DRAINED } })).toEqual([
        `recdns0 ${state} on ns2 (planned)`,
      ])
    },
  )

  test('a fault of a drained server is none of the plan, one of an isolated server is', () => {
    const isolated = { ...DRAINED, mode: 'isolated' } as const
    expect(told('FAULT', { snapshot: { ...SNAPSHOT, override: DRAINED } })).toEqual([
      'recdns0 FAULT on ns2',
    ])
    expect(told('FAULT', { snapshot: { ...SNAPSHOT, override: isolated } })).toEqual([
      'recdns0 FAULT on ns2 (planned)',
    ])
  })

  test('a drained server that must serve after all is no part of the plan', () => {
    expect(told('MASTER', { snapshot: { ...SNAPSHOT, override: DRAINED } })).toEqual([
      'recdns0 MASTER on ns2',
    ])
  })

  test('a server that the order lists no more, as planned', () => {
    expect(told('BACKUP', { snapshot: { ...SNAPSHOT, standing: 'drained' } })).toEqual([
      'recdns0 BACKUP on ns2 (planned)',
    ],
    ['a sync group by its name', 'FAULT', group, 'both FAULT on ns2'],
  ])('%s', (_, state, differences, subject) => {
    const scenario = createOutboxScenario()
    const made = madeEvent(1000, state, differences)
    scenario.current(holding(made.state === 'MASTER' ? [made.name] : []))
    scenario.event(made)
    scenario.until(HOUR_MS)
    expect(scenario.done).toEqual(new Set([made.id]))
    expect(scenario.sent.map(({ message }) => message.subject)).toEqual(
      subject === null ? [] : [subject],
    )
  })

  test('a return after an order was lifted, as planned; a later one not', () => {
    const night = createNight()
    night.current(holding([], { override: OVERRIDE }))
    night.until(10_000)
    night.current(holding([]))
    night.event(madeEvent(13_000, 'MASTER'))
    night.current(holding(['recdns0']))
    night.until(100_000)
    night.current(holding([]))
    night.event(madeEvent(200_000, 'BACKUP', { snapshot: FAILED }))
    night.until(300_000)
    night.event(madeEvent(300_000, 'MASTER'))
    night.current(holding(['recdns0']))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([
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
    const night = createNight()
    night.current(undecided)
    const event = night.event(madeEvent(1000, 'BACKUP', { snapshot: starting }))
    night.until(10_000)
    expect(night.sent).toEqual([])
    night.current(holding([], { verdict }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([...expected])
    expect(night.done.has(event.id)).toBe(true)
  })

  test('a verdict that never comes is no reason to say nothing', () => {
    const night = createNight()
    night.current(undecided)
    night.event(madeEvent(1000, 'BACKUP', { snapshot: { ...starting, verdict: null } }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([' 61.0 recdns0 DEAD on ns2'])
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
