// When it is told: what moves together, flaps, and a current state of the interface that lags behind.
import { describe, expect, test } from 'bun:test'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import { FAILED, holding, madeEvent } from './notify-fixtures.ts'
import { createOutboxScenario } from './outbox-scenario.ts'

describe('when it is told', () => {
  test('instances that move together are told together', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0', 'recdns1']))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.event(madeEvent(1300, 'MASTER', { name: 'recdns1' }))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  3.0 recdns0, recdns1 MASTER on ns2'])
  })

  test('flaps become one digest a window', () => {
    const scenario = createOutboxScenario()
    for (let at = 1000; at < 180_000; at += 5000) {
      const isMaster = (at / 1000) % 2 === 1
      scenario.event(
        madeEvent(at, isMaster ? 'MASTER' : 'BACKUP', isMaster ? {} : { snapshot: FAILED }),
      )
      scenario.current(holding(isMaster ? ['recdns0'] : []))
    }
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  3.0 recdns0 MASTER on ns2',
      ' 63.0 recdns0 MASTER on ns2 (12 transitions)',
      '123.0 recdns0 MASTER on ns2 (12 transitions)',
      '183.0 recdns0 DEAD on ns2 (11 transitions)',
    ])
    expect(scenario.sent[1]?.message.body).toContain(
      'Before\n  2026-11-21 00:00:01  recdns0  MASTER',
    )
  })

  test('a transition of a healthy backup belongs to the story of its instance', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.event(madeEvent(2000, 'BACKUP'))
    scenario.current(holding([]))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  3.0 recdns0 BACKUP on ns2 (2 transitions)'])
    expect(scenario.done.size).toBe(2)
  })

  test('no more than so many in any hour, and what is beyond is told by the next', () => {
    const scenario = createOutboxScenario({ pace: { perHour: 3, windowMs: 0, settleMs: 0 } })
    scenario.current(holding([]))
    for (let minute = 0; minute < 30; minute += 1)
      scenario.event(madeEvent(minute * 60_000, 'FAULT'))
    scenario.until(2 * HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  0.0 recdns0 FAULT on ns2',
      ' 60.0 recdns0 FAULT on ns2',
      '120.0 recdns0 FAULT on ns2',
      '3600.0 recdns0 FAULT on ns2 (27 transitions)',
    ])
  })
})

describe('what the interface says', () => {
  test('decides which of two scripts that overtook each other came last', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.event(madeEvent(1040, 'BACKUP', { snapshot: FAILED }))
    scenario.until(HOUR_MS)
    expect(scenario.sent[0]?.message.subject).toBe('recdns0 MASTER on ns2 (2 transitions)')
    expect(scenario.sent[0]?.message.instances[0]?.holding).toBe(true)
  })

  test('tells that a server is dead although its mastery was noted last', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: FAILED }))
    scenario.event(madeEvent(1040, 'MASTER'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  7.0 recdns0 DEAD on ns2 (2 transitions)'])
  })

  test('is waited for a little when it lags behind', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.until(4000)
    expect(scenario.sent).toEqual([])
    scenario.current(holding(['recdns0']))
    expect(scenario.subjects()).toEqual(['  4.0 recdns0 MASTER on ns2'])
  })

  test('is told when it never comes true', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  7.0 recdns0 NOT MASTER on ns2'])
  })

  test('orders events by when they happened, whenever they are found', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(9000, 'MASTER'), 10_000)
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: FAILED }), 10_000)
    scenario.until(HOUR_MS)
    const { message } = scenario.sent[0] ?? {}
    expect(message?.events.map((event) => event.state)).toEqual(['BACKUP', 'MASTER'])
    expect(message?.subject).toBe('recdns0 MASTER on ns2 (2 transitions)')
  })
})
