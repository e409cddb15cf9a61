// While telling fails: attempts that back off, are repeated or given up, and what waits meanwhile.
import { describe, expect, test } from 'bun:test'
import type { SendOutcome } from '../../src/notify/compose-message.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import type { Input } from '../../src/notify/outbox-policy.ts'
import { FAILED, holding, madeEvent } from './made-up.ts'
import { createNight, DOWN } from './night.ts'

describe('while telling fails', () => {
  test('attempts back off, and one message tells all in the end', () => {
    const night = createNight({
      deliver: (_, atMs) => (atMs < HOUR_MS ? DOWN : { ok: true }),
    })
    night.current(holding(['recdns0']))
    night.event(madeEvent(0, 'MASTER'))
    night.event(madeEvent(600_000, 'BACKUP', { sight: FAILED }))
    night.event(madeEvent(1_200_000, 'MASTER'))
    night.until(2 * HOUR_MS)
    const times = night.sent.map(({ atMs }) => atMs / 1000)
    expect(times).toEqual([2, 12, 32, 72, 152, 312, 632, 1232, 1832, 2432, 3032, 3632])
    const last = night.sent.at(-1)?.message
    expect(last?.subject).toBe('recdns0 MASTER on ns2 (3 transitions)')
    expect(last?.body).toContain('was tried 11 times in the last 61 min: connection refused')
    expect(last?.possiblyRepeated).toBe(false)
    // The cause is logged once, not with each attempt.
    expect(night.logged).toEqual([
      'warn: channel mail: connection refused; next attempt in 10 s',
      'info: channel mail: told of 3 transitions after 11 failed attempts in 61 min',
    ])
    expect(night.done.size).toBe(3)
  })

  test('an attempt without an end marks what it tried to tell', () => {
    const outcomes: SendOutcome[] = [{ ok: false, error: 'timeout', maybeDelivered: true }, DOWN]
    const night = createNight({ deliver: () => outcomes.shift() ?? { ok: true } })
    night.current(holding([]))
    night.event(madeEvent(1000, 'FAULT'))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([
      '  3.0 recdns0 FAULT on ns2',
      ' 13.0 recdns0 FAULT on ns2 (possibly repeated)',
      ' 33.0 recdns0 FAULT on ns2 (possibly repeated)',
    ])
    const ids = night.sent.map(({ message }) => message.id)
    expect(new Set(ids).size).toBe(1)
  })

  test('what is too old is given up after one more attempt, and owned up to', () => {
    const night = createNight({
      channel: { giveUpMs: 60_000 },
      deliver: (_, atMs) => (atMs < 200_000 ? DOWN : { ok: true }),
    })
    night.current(holding([]))
    const first = night.event(madeEvent(1000, 'FAULT'))
    night.until(150_000)
    expect(night.done.has(first.id)).toBe(true)
    expect(night.logged).toContain(
      'error: channel mail: gave up telling that instance recdns0 is FAULT (priority 250)',
    )
    night.event(madeEvent(250_000, 'FAULT'))
    night.until(HOUR_MS)
    expect(night.sent.at(-1)?.message.body).toContain('1 earlier transition is told in the log')
    expect(night.outbox.lost).toBe(0)
  })

  test('new rules are tried at once', () => {
    let rules = 0
    const night = createNight({ deliver: () => (rules === 0 ? DOWN : { ok: true }) })
    night.current(holding([]))
    night.event(madeEvent(0, 'FAULT'))
    night.until(100_000)
    rules += 1
    const { channel, pace } = night.outbox
    night.input({ kind: 'rules', channel, pace } as Omit<Input, 'nowMs'>)
    expect(night.sent.at(-1)?.atMs).toBe(100_000)
  })

  test('what happens meanwhile waits for the next message', () => {
    const night = createNight({ takesMs: 5000 })
    night.current(holding([]))
    night.event(madeEvent(0, 'FAULT'))
    night.event(madeEvent(3000, 'FAULT', { name: 'recdns1' }))
    night.input({ kind: 'lost', count: 3 } as Omit<Input, 'nowMs'>)
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  2.0 recdns0 FAULT on ns2', ' 67.0 recdns1 FAULT on ns2'])
    expect(night.sent[1]?.message.body).toContain('3 earlier transitions')
  })
})
