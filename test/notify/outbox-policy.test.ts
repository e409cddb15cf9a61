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
const DEAD = '[holdfast] ns2: DNS failed, recdns0 released'

describe('what is told', () => {
  const drained = { ...SNAPSHOT, override: DRAINED }
  const isolated = { ...SNAPSHOT, override: { ...DRAINED, mode: 'isolated' } } as const
  const expired = { ...SNAPSHOT, staleness: 'it expired 3.1 s ago' }
  const stopped = { ...FAILED, daemon: 'stopping' } as const
  const unlisted = { ...SNAPSHOT, state: 'drained' } as const
  const group = { subject: 'GROUP', name: 'both', priority: null } as const

  test.each<Case>([
    ['a new master', 'MASTER', {}, '[holdfast] ns2 now serves recdns0'],
    ['no healthy backup', 'BACKUP', {}, null],
    ['no degraded backup', 'BACKUP', { snapshot: { ...SNAPSHOT, health: 'degraded' } }, null],
    ['a backup whose DNS has failed, as dead', 'BACKUP', { snapshot: FAILED }, DEAD],
    [
      'a backup whose daemon had died, as dead',
      'BACKUP',
      { snapshot: expired },
      '[holdfast] ns2: holdfast failed, recdns0 released',
    ],
    [
      'a daemon that was stopped, as what it is',
      'BACKUP',
      { snapshot: stopped },
      '[holdfast] ns2: holdfast stopped, recdns0 released',
    ],
    ...(
      [
        ['FAULT', '[holdfast] ns2: FAULT on recdns0'],
        ['STOP', '[holdfast] ns2: keepalived stopped, recdns0 released'],
        ['DELETED', '[holdfast] ns2: recdns0 removed from keepalived'],
      ] as const
    ).flatMap(([state, subject]): Case[] => [
      [`${state}, always`, state, {}, subject],
      [`${state} of a failed server`, state, { snapshot: FAILED }, subject],
    ]),
    ...(['BACKUP', 'STOP', 'DELETED'] as const).map((state): Case => {
      const subject = '[holdfast] ns2: drained, recdns0 released (planned)'
      return [`${state} of a drained server, as planned`, state, { snapshot: drained }, subject]
    }),
    [
      'a fault of a drained server, unplanned',
      'FAULT',
      { snapshot: drained },
      '[holdfast] ns2: FAULT on recdns0',
    ],
    [
      'a fault of an isolated server, as planned',
      'FAULT',
      { snapshot: isolated },
      '[holdfast] ns2: isolated, recdns0 released (planned)',
    ],
    [
      'a drained server that must serve after all, unplanned',
      'MASTER',
      { snapshot: drained },
      '[holdfast] ns2 now serves recdns0',
    ],
    [
      'a server that the order lists no more, as planned',
      'BACKUP',
      { snapshot: unlisted },
      '[holdfast] ns2: not in the server order, recdns0 released (planned)',
    ],
    ['a sync group by its name', 'FAULT', group, '[holdfast] ns2: FAULT on both'],
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
      ' 15.0 [holdfast] ns2 now serves recdns0 (planned)',
      '202.0 [holdfast] ns2: DNS failed, recdns0 released',
      '302.0 [holdfast] ns2 now serves recdns0',
    ])
  })

  test('what a channel asks for', () => {
    const scenario = createOutboxScenario({ channel: { events: ['backup'] } })
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'BACKUP'))
    scenario.event(madeEvent(200_000, 'FAULT'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  3.0 [holdfast] ns2: BACKUP for recdns0'])
    expect(scenario.outbox.items).toEqual([])
  })
})

describe('before the first result', () => {
  const starting = { ...FAILED, daemon: 'starting' } as const
  const undecided = holding([], { decided: false, health: 'failed' })

  test.each([
    ['healthy', []],
    ['failed', [' 10.0 [holdfast] ns2: DNS failed, recdns0 released']],
  ] as const)('a backup is judged by it once it is there: %s', (health, expected) => {
    const scenario = createOutboxScenario()
    scenario.current(undecided)
    const event = scenario.event(madeEvent(1000, 'BACKUP', { snapshot: starting }))
    scenario.until(10_000)
    expect(scenario.sent).toEqual([])
    scenario.current(holding([], { health }))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([...expected])
    expect(scenario.done.has(event.id)).toBe(true)
  })

  test('health that never comes is no reason to say nothing', () => {
    const scenario = createOutboxScenario()
    scenario.current(undecided)
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: { ...starting, health: null } }))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([' 61.0 [holdfast] ns2: holdfast failed, recdns0 released'])
  })

  test('nothing is said before it is known where service is', () => {
    const scenario = createOutboxScenario()
    scenario.event(madeEvent(1000, 'FAULT'))
    scenario.until(30_000)
    expect(scenario.sent).toEqual([])
    scenario.current(CURRENT_STATE)
    expect(scenario.subjects()).toEqual([' 30.0 [holdfast] ns2: FAULT on recdns0'])
  })
})
