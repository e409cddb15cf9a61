// Any night on a virtual clock: every event is told once, or marked, and never too many an hour.

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VRRP_STATES } from '../../src/documents/transition.ts'
import type { SendOutcome } from '../../src/notify/compose-message.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import { DRAINED, FAILED, holding, madeEvent, SNAPSHOT } from './notify-fixtures.ts'
import { createOutboxScenario, DOWN } from './outbox-scenario.ts'

/** Any night: events of any kind at any time, a current state that changes, attempts that end anyhow. */
const anyNight = fc.record({
  events: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: HOUR_MS }),
      lateMs: fc.integer({ min: 0, max: 5000 }),
      state: fc.constantFrom(...VRRP_STATES),
      name: fc.constantFrom('recdns0', 'recdns1', 'elsewhere'),
      snapshot: fc.constantFrom(SNAPSHOT, FAILED, { ...SNAPSHOT, override: DRAINED }),
    }),
    { maxLength: 40 },
  ),
  outcomes: fc.array(
    fc.constantFrom<SendOutcome>({ ok: true }, DOWN, { ...DOWN, maybeDelivered: true }),
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
      const scenario = createOutboxScenario({
        pace: { maxPerHour: perHour },
        takesMs,
        deliver(message, atMs) {
          const outcome = left.shift() ?? { ok: true }
          const ids = message.events.map((event) => event.id)
          if (!message.possiblyRepeated) expect(ids.filter((id) => maybe.has(id))).toEqual([])
          if (outcome.ok) arrived.push({ atMs, ids, marked: message.possiblyRepeated })
          else if (outcome.maybeDelivered) for (const id of ids) maybe.add(id)
          return outcome
        },
      })
      scenario.current(holding(['recdns0']))
      const sorted = events.toSorted((a, b) => a.atMs + a.lateMs - (b.atMs + b.lateMs))
      const made = sorted.map(({ atMs, lateMs, state, ...differences }) =>
        scenario.event(madeEvent(atMs, state, differences), atMs + lateMs),
      )
      scenario.until(400 * HOUR_MS)
      expect(scenario.outbox.items).toEqual([])
      expect(scenario.done).toEqual(new Set(made.map((spooledEvent) => spooledEvent.id)))
      const told = arrived.flatMap(({ ids }) => ids)
      expect(new Set(told).size).toBe(told.length)
      const loud = made.filter((spooledEvent) => spooledEvent.state === 'FAULT')
      expect(loud.filter((spooledEvent) => !told.includes(spooledEvent.id))).toEqual([])
      for (const { atMs } of arrived) {
        const within = arrived.filter(
          (entry) => entry.atMs >= atMs && entry.atMs < atMs + HOUR_MS - takesMs,
        )
        expect(within.length).toBeLessThanOrEqual(perHour)
      }
    }),
    { numRuns: process.env.HOLDFAST_LONG === '1' ? 2000 : 150 },
  )
})
