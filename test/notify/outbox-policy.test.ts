// What is told of a transition, and what is not: the policy on a virtual clock.
import { describe, expect, test } from 'bun:test'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import { DRAINED, FAILED, holding, MIDNIGHT_MS, madeEvent, SIGHT, TRUTH } from './made-up.ts'
import { createNight } from './night.ts'

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
    const night = createNight()
    const made = madeEvent(1000, ...event)
    night.current(holding(made.state === 'MASTER' ? [made.name] : []))
    night.event(made)
    night.until(HOUR_MS)
    expect(night.done).toEqual(new Set([made.id]))
    return night.sent.map(({ message }) => message.subject)
  }

  test('a new master', () => {
    expect(told('MASTER')).toEqual(['recdns0 MASTER on ns2'])
  })

  test('no healthy backup', () => {
    expect(told('BACKUP')).toEqual([])
    expect(told('BACKUP', { sight: { ...SIGHT, verdict: 'degraded' } })).toEqual([])
  })

  test('a backup whose DNS has failed, as dead', () => {
    expect(told('BACKUP', { sight: FAILED })).toEqual(['recdns0 DEAD on ns2'])
  })

  test('a backup whose daemon had died, as dead', () => {
    const sight = { ...SIGHT, staleness: 'it expired 3.1 s ago' }
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
      expect(told(state, { sight: { ...SIGHT, override: DRAINED } })).toEqual([
        `recdns0 ${state} on ns2 (planned)`,
      ])
    },
  )

  test('a fault of a drained server is none of the plan, one of an isolated server is', () => {
    const isolated = { ...DRAINED, mode: 'isolated' } as const
    expect(told('FAULT', { sight: { ...SIGHT, override: DRAINED } })).toEqual([
      'recdns0 FAULT on ns2',
    ])
    expect(told('FAULT', { sight: { ...SIGHT, override: isolated } })).toEqual([
      'recdns0 FAULT on ns2 (planned)',
    ])
  })

  test('a drained server that must serve after all is no part of the plan', () => {
    expect(told('MASTER', { sight: { ...SIGHT, override: DRAINED } })).toEqual([
      'recdns0 MASTER on ns2',
    ])
  })

  test('a server that the order lists no more, as planned', () => {
    expect(told('BACKUP', { sight: { ...SIGHT, standing: 'drained' } })).toEqual([
      'recdns0 BACKUP on ns2 (planned)',
    ])
  })

  test('a sync group by its name', () => {
    expect(told('FAULT', { subject: 'GROUP', name: 'both', priority: null })).toEqual([
      'both FAULT on ns2',
    ])
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
    night.event(madeEvent(200_000, 'BACKUP', { sight: FAILED }))
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
    const night = createNight({ channel: { events: ['backup'] } })
    night.current(holding([]))
    night.event(madeEvent(1000, 'BACKUP'))
    night.event(madeEvent(200_000, 'FAULT'))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  3.0 recdns0 BACKUP on ns2'])
    expect(night.outbox.items).toEqual([])
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
    const event = night.event(madeEvent(1000, 'BACKUP', { sight: starting }))
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
    night.event(madeEvent(1000, 'BACKUP', { sight: { ...starting, verdict: null } }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([' 61.0 recdns0 DEAD on ns2'])
  })

  test('nothing is said before it is known where service is', () => {
    const night = createNight()
    night.event(madeEvent(1000, 'FAULT'))
    night.until(30_000)
    expect(night.sent).toEqual([])
    night.current(TRUTH)
    expect(night.subjects()).toEqual([' 30.0 recdns0 FAULT on ns2'])
  })
})
