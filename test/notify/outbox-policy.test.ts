// What is told of a transition, and what is not: the policy on a virtual clock.
import { describe, expect, test } from 'bun:test'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
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

  test.each<Case>([
    ['a new master', 'MASTER', {}, 'recdns0 MASTER on ns2'],
    ['no healthy backup', 'BACKUP', {}, null],
    ['no degraded backup', 'BACKUP', { snapshot: { ...SNAPSHOT, verdict: 'degraded' } }, null],
    ['a backup whose DNS has failed, as dead', 'BACKUP', { snapshot: FAILED }, DEAD],
    ['a backup whose daemon had died, as dead', 'BACKUP', { snapshot: expired }, DEAD],
    [
      'a daemon that was stopped, as what it is',
      'BACKUP',
      { snapshot: stopped },
      'recdns0 BACKUP on ns2',
    ],
    ...(['FAULT', 'STOP', 'DELETED'] as const).flatMap((state): Case[] => [
      [`${state}, always`, state, {}, `recdns0 ${state} on ns2`],
      [`${state} of a failed server`, state, { snapshot: FAILED }, `recdns0 ${state} on ns2`],
    ]),
    ...(['BACKUP', 'STOP', 'DELETED'] as const).map((state): Case => {
      const subject = `recdns0 ${state} on ns2 (planned)`
      return [`${state} of a drained server, as planned`, state, { snapshot: drained }, subject]
    }),
    [
      'a fault of a drained server, unplanned',
      'FAULT',
      { snapshot: drained },
      'recdns0 FAULT on ns2',
    ],
    [
      'a fault of an isolated server, as planned',
      'FAULT',
      { snapshot: isolated },
      'recdns0 FAULT on ns2 (planned)',
    ],
    [
      'a drained server that must serve after all, unplanned',
      'MASTER',
      { snapshot: drained },
      'recdns0 MASTER on ns2',
    ],
    [
      'a server that the order lists no more, as planned',
      'BACKUP',
      { snapshot: unlisted },
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
    const scenario = createOutboxScenario()
    scenario.current(holding([], { override: OVERRIDE }))
    scenario.until(10_000)
    scenario.current(holding([]))
    scenario.event(madeEvent(13_000, 'MASTER'))
    scenario.current(holding(['recdns0']))
    scenario.until(100_000)
    scenario.current(holding([]))
    scenario.event(madeEvent(200_000, 'BACKUP', { snapshot: FAILED }))
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
    const event = scenario.event(madeEvent(1000, 'BACKUP', { snapshot: starting }))
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
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: { ...starting, verdict: null } }))
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
