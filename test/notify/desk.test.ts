// The policy on a virtual clock: what is told, when, and what is not.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Input, Outcome } from '../../src/notify/desk.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import type { SeenOverride } from '../../src/notify/sight.ts'
import { VRRP_STATES } from '../../src/notify/transition.ts'
import { FAILED, holding, MIDNIGHT_MS, madeEvent, SIGHT, TRUTH } from './made-up.ts'
import { createNight } from './night.ts'

const DOWN: Outcome = { ok: false, error: 'connection refused', maybeDelivered: false }
const DRAINED: SeenOverride = { mode: 'drained', by: 'root', reason: 'new disk' }
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
    night.truth(holding(made.state === 'MASTER' ? [made.name] : []))
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
    night.truth(holding([], { override: OVERRIDE }))
    night.until(10_000)
    night.truth(holding([]))
    night.event(madeEvent(13_000, 'MASTER'))
    night.truth(holding(['recdns0']))
    night.until(100_000)
    night.truth(holding([]))
    night.event(madeEvent(200_000, 'BACKUP', { sight: FAILED }))
    night.until(300_000)
    night.event(madeEvent(300_000, 'MASTER'))
    night.truth(holding(['recdns0']))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([
      ' 15.0 recdns0 MASTER on ns2 (planned)',
      '202.0 recdns0 DEAD on ns2',
      '302.0 recdns0 MASTER on ns2',
    ])
  })

  test('what a channel asks for', () => {
    const night = createNight({ channel: { events: ['backup'] } })
    night.truth(holding([]))
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
    night.truth(undecided)
    const event = night.event(madeEvent(1000, 'BACKUP', { sight: starting }))
    night.until(10_000)
    expect(night.sent).toEqual([])
    night.truth(holding([], { verdict }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([...expected])
    expect(night.done.has(event.id)).toBe(true)
  })

  test('a verdict that never comes is no reason to say nothing', () => {
    const night = createNight()
    night.truth(undecided)
    night.event(madeEvent(1000, 'BACKUP', { sight: { ...starting, verdict: null } }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([' 61.0 recdns0 DEAD on ns2'])
  })

  test('nothing is said before it is known where service is', () => {
    const night = createNight()
    night.event(madeEvent(1000, 'FAULT'))
    night.until(30_000)
    expect(night.sent).toEqual([])
    night.truth(TRUTH)
    expect(night.subjects()).toEqual([' 30.0 recdns0 FAULT on ns2'])
  })
})

describe('when it is told', () => {
  test('instances that move together are told together', () => {
    const night = createNight()
    night.truth(holding(['recdns0', 'recdns1']))
    night.event(madeEvent(1000, 'MASTER'))
    night.event(madeEvent(1300, 'MASTER', { name: 'recdns1' }))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  3.0 recdns0, recdns1 MASTER on ns2'])
  })

  test('flaps become one digest a window', () => {
    const night = createNight()
    for (let at = 1000; at < 180_000; at += 5000) {
      const isMaster = (at / 1000) % 2 === 1
      night.event(madeEvent(at, isMaster ? 'MASTER' : 'BACKUP', isMaster ? {} : { sight: FAILED }))
      night.truth(holding(isMaster ? ['recdns0'] : []))
    }
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual([
      '  3.0 recdns0 MASTER on ns2',
      ' 63.0 recdns0 MASTER on ns2 (12 transitions)',
      '123.0 recdns0 MASTER on ns2 (12 transitions)',
      '183.0 recdns0 DEAD on ns2 (11 transitions)',
    ])
    expect(night.sent[1]?.message.body).toContain('Before\n  2026-11-21 00:00:01  recdns0  MASTER')
  })

  test('a transition of a healthy backup belongs to the story of its instance', () => {
    const night = createNight()
    night.truth(holding(['recdns0']))
    night.event(madeEvent(1000, 'MASTER'))
    night.event(madeEvent(2000, 'BACKUP'))
    night.truth(holding([]))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  3.0 recdns0 BACKUP on ns2 (2 transitions)'])
    expect(night.done.size).toBe(2)
  })

  test('no more than so many in any hour, and what is beyond is told by the next', () => {
    const night = createNight({ pace: { perHour: 3, windowMs: 0, settleMs: 0 } })
    night.truth(holding([]))
    for (let minute = 0; minute < 30; minute += 1) night.event(madeEvent(minute * 60_000, 'FAULT'))
    night.until(2 * HOUR_MS)
    expect(night.subjects()).toEqual([
      '  0.0 recdns0 FAULT on ns2',
      ' 60.0 recdns0 FAULT on ns2',
      '120.0 recdns0 FAULT on ns2',
      '3600.0 recdns0 FAULT on ns2 (27 transitions)',
    ])
  })
})

describe('the truth on the interface', () => {
  test('decides which of two scripts that overtook each other came last', () => {
    const night = createNight()
    night.truth(holding(['recdns0']))
    night.event(madeEvent(1000, 'MASTER'))
    night.event(madeEvent(1040, 'BACKUP', { sight: FAILED }))
    night.until(HOUR_MS)
    expect(night.sent[0]?.message.subject).toBe('recdns0 MASTER on ns2 (2 transitions)')
    expect(night.sent[0]?.message.instances[0]?.holding).toBe(true)
  })

  test('tells that a server is dead although its mastery was noted last', () => {
    const night = createNight()
    night.truth(holding([]))
    night.event(madeEvent(1000, 'BACKUP', { sight: FAILED }))
    night.event(madeEvent(1040, 'MASTER'))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  7.0 recdns0 DEAD on ns2 (2 transitions)'])
  })

  test('is waited for a little when it lags behind', () => {
    const night = createNight()
    night.truth(holding([]))
    night.event(madeEvent(1000, 'MASTER'))
    night.until(4000)
    expect(night.sent).toEqual([])
    night.truth(holding(['recdns0']))
    expect(night.subjects()).toEqual(['  4.0 recdns0 MASTER on ns2'])
  })

  test('is told when it never comes true', () => {
    const night = createNight()
    night.truth(holding([]))
    night.event(madeEvent(1000, 'MASTER'))
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  7.0 recdns0 NOT MASTER on ns2'])
  })

  test('orders events by when they happened, whenever they are found', () => {
    const night = createNight()
    night.truth(holding(['recdns0']))
    night.event(madeEvent(9000, 'MASTER'), 10_000)
    night.event(madeEvent(1000, 'BACKUP', { sight: FAILED }), 10_000)
    night.until(HOUR_MS)
    const { message } = night.sent[0] ?? {}
    expect(message?.events.map((it) => it.state)).toEqual(['BACKUP', 'MASTER'])
    expect(message?.subject).toBe('recdns0 MASTER on ns2 (2 transitions)')
  })
})

describe('while telling fails', () => {
  test('attempts back off, and one message tells all in the end', () => {
    const night = createNight({
      deliver: (_, atMs) => (atMs < HOUR_MS ? DOWN : { ok: true }),
    })
    night.truth(holding(['recdns0']))
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
    const outcomes: Outcome[] = [{ ok: false, error: 'timeout', maybeDelivered: true }, DOWN]
    const night = createNight({ deliver: () => outcomes.shift() ?? { ok: true } })
    night.truth(holding([]))
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
    night.truth(holding([]))
    const first = night.event(madeEvent(1000, 'FAULT'))
    night.until(150_000)
    expect(night.done.has(first.id)).toBe(true)
    expect(night.logged).toContain(
      'error: channel mail: gave up telling that instance recdns0 is FAULT (priority 250)',
    )
    night.event(madeEvent(250_000, 'FAULT'))
    night.until(HOUR_MS)
    expect(night.sent.at(-1)?.message.body).toContain('1 earlier transitions are told in the log')
    expect(night.outbox.lost).toBe(0)
  })

  test('new rules are tried at once', () => {
    let rules = 0
    const night = createNight({ deliver: () => (rules === 0 ? DOWN : { ok: true }) })
    night.truth(holding([]))
    night.event(madeEvent(0, 'FAULT'))
    night.until(100_000)
    rules += 1
    const { channel, pace } = night.outbox
    night.input({ kind: 'rules', channel, pace } as Omit<Input, 'nowMs'>)
    expect(night.sent.at(-1)?.atMs).toBe(100_000)
  })

  test('what happens meanwhile waits for the next message', () => {
    const night = createNight({ takesMs: 5000 })
    night.truth(holding([]))
    night.event(madeEvent(0, 'FAULT'))
    night.event(madeEvent(3000, 'FAULT', { name: 'recdns1' }))
    night.input({ kind: 'lost', count: 3 } as Omit<Input, 'nowMs'>)
    night.until(HOUR_MS)
    expect(night.subjects()).toEqual(['  2.0 recdns0 FAULT on ns2', ' 67.0 recdns1 FAULT on ns2'])
    expect(night.sent[1]?.message.body).toContain('3 earlier transitions')
  })
})

/** Any night: events of any kind at any time, a truth that changes, attempts that end anyhow. */
const anyNight = fc.record({
  events: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: HOUR_MS }),
      lateMs: fc.integer({ min: 0, max: 5000 }),
      state: fc.constantFrom(...VRRP_STATES),
      name: fc.constantFrom('recdns0', 'recdns1', 'elsewhere'),
      sight: fc.constantFrom(SIGHT, FAILED, { ...SIGHT, override: DRAINED }),
    }),
    { maxLength: 40 },
  ),
  outcomes: fc.array(
    fc.constantFrom<Outcome>({ ok: true }, DOWN, { ...DOWN, maybeDelivered: true }),
  ),
  takesMs: fc.integer({ min: 0, max: 20_000 }),
  perHour: fc.integer({ min: 1, max: 5 }),
})

test('on any night: nothing is lost, nothing comes twice unmarked, and no mailbox is flooded', () => {
  fc.assert(
    fc.property(anyNight, ({ events, outcomes, takesMs, perHour }) => {
      const left = [...outcomes]
      const arrived: { atMs: number; ids: string[]; marked: boolean }[] = []
      const maybe = new Set<string>()
      const night = createNight({
        pace: { perHour },
        takesMs,
        deliver(message, atMs) {
          const outcome = left.shift() ?? { ok: true }
          const ids = message.events.map((it) => it.id)
          if (!message.possiblyRepeated) expect(ids.filter((id) => maybe.has(id))).toEqual([])
          if (outcome.ok) arrived.push({ atMs, ids, marked: message.possiblyRepeated })
          else if (outcome.maybeDelivered) for (const id of ids) maybe.add(id)
          return outcome
        },
      })
      night.truth(holding(['recdns0']))
      const sorted = events.toSorted((a, b) => a.atMs + a.lateMs - (b.atMs + b.lateMs))
      const made = sorted.map(({ atMs, lateMs, state, ...differences }) =>
        night.event(madeEvent(atMs, state, differences), atMs + lateMs),
      )
      night.until(400 * HOUR_MS)
      expect(night.outbox.items).toEqual([])
      expect(night.done).toEqual(new Set(made.map((it) => it.id)))
      const told = arrived.flatMap(({ ids }) => ids)
      expect(new Set(told).size).toBe(told.length)
      const loud = made.filter((it) => it.state === 'FAULT')
      expect(loud.filter((it) => !told.includes(it.id))).toEqual([])
      for (const { atMs } of arrived) {
        const within = arrived.filter((it) => it.atMs >= atMs && it.atMs < atMs + HOUR_MS - takesMs)
        expect(within.length).toBeLessThanOrEqual(perHour)
      }
    }),
    { numRuns: process.env.HOLDFAST_LONG === '1' ? 2000 : 150 },
  )
})
