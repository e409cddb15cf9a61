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
    expect(scenario.subjects()).toEqual(['  3.0 [holdfast] ns2 now serves recdns0 and recdns1'])
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
      '  3.0 [holdfast] ns2 now serves recdns0',
      ' 63.0 [holdfast] ns2 now serves recdns0 (12 transitions)',
      '123.0 [holdfast] ns2 now serves recdns0 (12 transitions)',
      '183.0 [holdfast] ns2: DNS failed, recdns0 released (11 transitions)',
    ])
    expect(scenario.sent[1]?.message.body).toContain(
      'Reported before\n  2026-11-21T00:00:01Z  recdns0  MASTER',
    )
  })

  test('a transition of a healthy backup belongs to the story of its instance', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.event(madeEvent(2000, 'BACKUP'))
    scenario.current(holding([]))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  3.0 [holdfast] ns2: BACKUP for recdns0 (2 transitions)',
    ])
    expect(scenario.done.size).toBe(2)
  })

  test('no more than so many in any hour, and what is beyond is told by the next', () => {
    const scenario = createOutboxScenario({
      pace: { maxPerHour: 3, groupIntervalMs: 0, groupWaitMs: 0 },
    })
    scenario.current(holding([]))
    for (let minute = 0; minute < 30; minute += 1)
      scenario.event(madeEvent(minute * 60_000, 'FAULT'))
    scenario.until(2 * HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  0.0 [holdfast] ns2: FAULT on recdns0',
      ' 60.0 [holdfast] ns2: FAULT on recdns0',
      '120.0 [holdfast] ns2: FAULT on recdns0',
      '3600.0 [holdfast] ns2: FAULT on recdns0 (27 transitions)',
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
    expect(scenario.sent[0]?.message.subject).toBe(
      '[holdfast] ns2 now serves recdns0 (2 transitions)',
    )
    expect(scenario.sent[0]?.message.instances[0]?.holding).toBe(true)
  })

  test('tells that a server is dead although its mastery was noted last', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: FAILED }))
    scenario.event(madeEvent(1040, 'MASTER'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  7.0 [holdfast] ns2: DNS failed, recdns0 released (2 transitions)',
    ])
  })

  test('is waited for a little when it lags behind', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.until(4000)
    expect(scenario.sent).toEqual([])
    scenario.current(holding(['recdns0']))
    expect(scenario.subjects()).toEqual(['  4.0 [holdfast] ns2 now serves recdns0'])
  })

  test('is told when it never comes true', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'MASTER'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual(['  7.0 [holdfast] ns2 no longer serves recdns0'])
  })

  test('orders events by when they happened, whenever they are found', () => {
    const scenario = createOutboxScenario()
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(9000, 'MASTER'), 10_000)
    scenario.event(madeEvent(1000, 'BACKUP', { snapshot: FAILED }), 10_000)
    scenario.until(HOUR_MS)
    const { message } = scenario.sent[0] ?? {}
    expect(message?.events.map((event) => event.state)).toEqual(['BACKUP', 'MASTER'])
    expect(message?.subject).toBe('[holdfast] ns2 now serves recdns0 (2 transitions)')
  })
})
