// While telling fails: attempts that back off, are repeated or given up, and what waits meanwhile.
import { describe, expect, test } from 'bun:test'
import type { SendOutcome } from '../../src/notify/compose-message.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import type { Input } from '../../src/notify/outbox-policy.ts'
import { FAILED, holding, madeEvent } from './notify-fixtures.ts'
import { createOutboxScenario, DOWN } from './outbox-scenario.ts'

describe('while telling fails', () => {
  test('attempts back off, and one message tells all in the end', () => {
    const scenario = createOutboxScenario({
      deliver: (_, atMs) => (atMs < HOUR_MS ? DOWN : { ok: true }),
    })
    scenario.current(holding(['recdns0']))
    scenario.event(madeEvent(0, 'MASTER'))
    scenario.event(madeEvent(600_000, 'BACKUP', { snapshot: FAILED }))
    scenario.event(madeEvent(1_200_000, 'MASTER'))
    scenario.until(2 * HOUR_MS)
    const times = scenario.sent.map(({ atMs }) => atMs / 1000)
    expect(times).toEqual([2, 12, 32, 72, 152, 312, 632, 1232, 1832, 2432, 3032, 3632])
    const last = scenario.sent.at(-1)?.message
    expect(last?.subject).toBe('[holdfast] ns2 now serves recdns0 (3 transitions)')
    expect(last?.body).toContain('Delivery failed 11 times in the last 61 min: connection refused')
    expect(last?.possiblyRepeated).toBe(false)
    // The cause is logged once, not with each attempt.
    expect(scenario.logged).toEqual([
      'warn: channel mail: connection refused; next attempt in 10 s',
      'info: channel mail: sent 3 transitions after 11 failed attempts in 61 min',
    ])
    expect(scenario.done.size).toBe(3)
  })

  test('an attempt without an end marks what it tried to tell', () => {
    const outcomes: SendOutcome[] = [{ ok: false, error: 'timeout', maybeDelivered: true }, DOWN]
    const scenario = createOutboxScenario({ deliver: () => outcomes.shift() ?? { ok: true } })
    scenario.current(holding([]))
    scenario.event(madeEvent(1000, 'FAULT'))
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  3.0 [holdfast] ns2: FAULT on recdns0',
      ' 13.0 [holdfast] ns2: FAULT on recdns0 (possibly repeated)',
      ' 33.0 [holdfast] ns2: FAULT on recdns0 (possibly repeated)',
    ])
    const ids = scenario.sent.map(({ message }) => message.id)
    expect(new Set(ids).size).toBe(1)
  })

  test('what is too old is given up after one more attempt, and owned up to', () => {
    const scenario = createOutboxScenario({
      channel: { expireAfterMs: 60_000 },
      deliver: (_, atMs) => (atMs < 200_000 ? DOWN : { ok: true }),
    })
    scenario.current(holding([]))
    const first = scenario.event(madeEvent(1000, 'FAULT'))
    scenario.until(150_000)
    expect(scenario.done.has(first.id)).toBe(true)
    expect(scenario.logged).toContain(
      'error: channel mail: gave up on: instance recdns0 is FAULT (priority 250)',
    )
    scenario.event(madeEvent(250_000, 'FAULT'))
    scenario.until(HOUR_MS)
    expect(scenario.sent.at(-1)?.message.body).toContain(
      '1 earlier transition is not in any message',
    )
    expect(scenario.outbox.lost).toBe(0)
  })

  test('new rules are tried at once', () => {
    let rules = 0
    const scenario = createOutboxScenario({ deliver: () => (rules === 0 ? DOWN : { ok: true }) })
    scenario.current(holding([]))
    scenario.event(madeEvent(0, 'FAULT'))
    scenario.until(100_000)
    rules += 1
    const { channel, pace } = scenario.outbox
    scenario.input({ kind: 'rules', channel, pace } as Omit<Input, 'nowMs'>)
    expect(scenario.sent.at(-1)?.atMs).toBe(100_000)
  })

  test('what happens meanwhile waits for the next message', () => {
    const scenario = createOutboxScenario({ takesMs: 5000 })
    scenario.current(holding([]))
    scenario.event(madeEvent(0, 'FAULT'))
    scenario.event(madeEvent(3000, 'FAULT', { name: 'recdns1' }))
    scenario.input({ kind: 'lost', count: 3 } as Omit<Input, 'nowMs'>)
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      '  2.0 [holdfast] ns2: FAULT on recdns0',
      ' 67.0 [holdfast] ns2: FAULT on recdns1',
    ])
    expect(scenario.sent[1]?.message.body).toContain('3 earlier transitions')
  })
})
