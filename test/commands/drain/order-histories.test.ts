// Random histories of two operators and a daemon: no order is lost, and none comes back.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readOverride } from '../../../src/adapters/override-file.ts'
import { encodeOverride } from '../../../src/documents/override-document.ts'
import { activeOf, isExplained } from './histories/explain.ts'
import { type Change, createSite } from './histories/override-site.ts'
import { type Command, call, type Outcome } from './histories/play-history.ts'

/** Longer than every time that a command waits. */
const OVER_MS = 60_000
const HOUR_MS = 3_600_000

const atMs = fc.integer({ min: 0, max: 40 }).map((value) => value * 100)
const command: fc.Arbitrary<Command> = fc.record({
  atMs,
  what: fc.constantFrom('drain', 'isolate', 'undrain'),
  timeoutMs: fc.integer({ min: 500, max: 4000 }),
  forMs: fc.option(fc.integer({ min: 1000, max: 9000 })),
  interruptedAfterMs: fc.option(fc.integer({ min: 0, max: 4000 }), { freq: 1 }),
  dies: fc.option(fc.record({ atAction: fc.integer({ min: 1, max: 12 }), after: fc.boolean() }), {
    freq: 1,
  }),
})
const change: fc.Arbitrary<Change> = fc.record({
  atMs,
  others: fc.boolean(),
  daemon: fc.integer({ min: 0, max: 5 }).map((value) => value > 0),
  follows: fc.boolean(),
  wallErrorMs: fc.constantFrom(0, 0, HOUR_MS, -HOUR_MS),
})
const ORDER = { by: 'eve', reason: '', sinceWallMs: 0, untilWallMs: null } as const
const firsts = [
  null,
  encodeOverride({ ...ORDER, mode: 'isolated' }),
  encodeOverride({ ...ORDER, mode: 'drained', id: 'e' }),
]

interface History {
  readonly first: string | null
  readonly commands: readonly Command[]
  readonly changes: readonly Change[]
}

const byTime = (one: { readonly atMs: number }, other: { readonly atMs: number }) =>
  one.atMs - other.atMs
const history: fc.Arbitrary<History> = fc.record({
  first: fc.constantFrom(...firsts),
  commands: fc.array(command, { minLength: 1, maxLength: 6 }).map((all) => all.toSorted(byTime)),
  changes: fc
    .tuple(change, fc.array(change, { maxLength: 4 }))
    .map(([first, all]) => [{ ...first, atMs: 0 }, ...all].toSorted(byTime)),
})

const ALONE: Change = { atMs: 0, others: false, daemon: true, follows: true, wallErrorMs: 0 }

async function play({ first, commands, changes }: History) {
  // In the end all is well, so that whatever waits comes to an end.
  const well: Change = { ...ALONE, atMs: OVER_MS, others: true }
  const site = createSite([...changes, well], first)
  try {
    const begin = activeOf(readOverride(site.path))
    const under: Promise<Outcome>[] = []
    for (const entry of commands) {
      await site.run(entry.atMs)
      under.push(call(site, entry))
    }
    await site.run(2 * OVER_MS)
    const outcomes = await Promise.all(under)
    const last = activeOf(readOverride(site.path))
    const { ended } = site
    return {
      begin,
      outcomes,
      last,
      ended,
      explained: isExplained(begin, outcomes, last, 2 * OVER_MS),
    }
  } finally {
    site.end()
  }
}

test('what stands at the end is explained by some order of the commands that ended with 0', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (drawn) => {
      const { explained, ended, ...played } = await play(drawn)
      if (!explained) throw new Error(JSON.stringify({ drawn, played }, null, 1))
      for (const { order, lastedMs } of ended)
        expect(lastedMs).toBeGreaterThanOrEqual((order.untilWallMs ?? 0) - order.sinceWallMs)
    }),
    { numRuns: 100 },
  )
}, 300_000)

const PLAIN = { timeoutMs: 3000, forMs: null, interruptedAfterMs: null, dies: null }

test("a drain that fails leaves another operator's isolation alone, and says whose it is", async () => {
  const commands: Command[] = [
    { ...PLAIN, atMs: 0, what: 'drain' },
    // By then another server takes over.
    { ...PLAIN, atMs: 2500, what: 'isolate', timeoutMs: 6000 },
  ]
  const changes = [ALONE, { ...ALONE, atMs: 3400, others: true }]
  const { outcomes, last } = await play({ first: null, commands, changes })
  expect(outcomes.map(({ code }) => code)).toEqual([1, 0])
  expect(last).toMatchObject({ mode: 'isolated', id: outcomes[1]?.order?.id })
  const said = outcomes[0]?.steps.at(-1)
  expect(said?.result).toBe('failed')
  expect(said?.text).toContain('another drain replaced this one: drained by')
})

test('an undrain that waits lifts no drain that was given meanwhile', async () => {
  const commands: Command[] = [
    { ...PLAIN, atMs: 0, what: 'undrain', timeoutMs: 20_000 },
    { ...PLAIN, atMs: 2000, what: 'drain' },
  ]
  const changes = [
    { ...ALONE, others: true, daemon: false },
    { ...ALONE, atMs: 1900, others: true },
  ]
  const { outcomes, last } = await play({ first: firsts[2] ?? null, commands, changes })
  expect(outcomes[1]?.code).toBe(0)
  expect(last?.id).toBe(outcomes[1]?.order?.id)
})

test('a drain with an end that is given over one without ends nothing', async () => {
  const commands: Command[] = [
    { ...PLAIN, atMs: 0, what: 'drain' },
    { ...PLAIN, atMs: 3000, what: 'drain', forMs: 9000 },
  ]
  const { outcomes, last } = await play({
    first: null,
    commands,
    changes: [{ ...ALONE, others: true }],
  })
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
  expect(last).toMatchObject({ id: outcomes[1]?.order?.id, endMs: Number.POSITIVE_INFINITY })
})

test('a drain with an end that fails puts back the order without one that it found', async () => {
  const commands: Command[] = [{ ...PLAIN, atMs: 0, what: 'drain', forMs: 1000 }]
  const changes = [ALONE]
  const { last } = await play({ first: firsts[2] ?? null, commands, changes })
  expect(last).toMatchObject({ id: 'e', mode: 'drained' })
})

test('a drain that was cut off ends together with the one that it found, by the later end', async () => {
  const until = { given: { bootId: 'this-boot', bootMs: 0, isClockSet: true }, untilWallMs: 5000 }
  const first = encodeOverride({ ...ORDER, ...until, mode: 'drained', id: 'e' })
  const commands: Command[] = [
    { ...PLAIN, atMs: 0, what: 'isolate', forMs: 1000, dies: { atAction: 1, after: true } },
  ]
  const { ended, last } = await play({ first, commands, changes: [{ ...ALONE, others: true }] })
  expect(ended.length).toBeGreaterThan(0)
  for (const { order, lastedMs } of ended) {
    expect(order.id).not.toBe('e')
    expect(lastedMs).toBeGreaterThanOrEqual(5000)
  }
  expect(last).toBeNull()
})

test('of two drains at once the one that fails puts back what neither has ordered', async () => {
  const commands: Command[] = [
    { ...PLAIN, atMs: 0, what: 'drain' },
    { ...PLAIN, atMs: 1000, what: 'drain' },
  ]
  const { outcomes, last } = await play({ first: null, commands, changes: [ALONE] })
  expect(outcomes.map(({ code }) => code)).toEqual([1, 1])
  expect(last).toBeNull()
})

test('a return that the disk refuses is tried again, and complained of now and then', async () => {
  const until = { given: { bootId: 'this-boot', bootMs: 0, isClockSet: true }, untilWallMs: 5000 }
  const first = encodeOverride({ ...ORDER, ...until, mode: 'drained', id: 'e' })
  const site = createSite([{ ...ALONE, others: true }], first, (nowMs) => nowMs < 100_000)
  try {
    await site.run(99_000)
    const complaints = site.said.filter((line) => line.endsWith('the disk is full'))
    expect(complaints.length).toBeGreaterThan(4)
    expect(complaints.length).toBeLessThan(11)
    await site.run(120_000)
    expect(readOverride(site.path)).toBeNull()
  } finally {
    site.end()
  }
})
