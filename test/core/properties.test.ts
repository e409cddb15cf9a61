// Whatever happens in whatever order, the core keeps its promises.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { provenUntilMs } from '../../src/core/evidence.ts'
import { OUTCOME_NAMES } from '../../src/core/outcome.ts'
import { orderTo } from '../support/order-to.ts'
import { testConfig } from './config.ts'
import { local, startWorld } from './world.ts'

const FLAP = { failbackDelayMs: 2000, failbackDelayMaxMs: 20_000 }
const CONFIG = testConfig({ upstream: {}, flap: FLAP, timing: { maxConcurrentQueries: 8 } })
const TABLES = [
  [local('127.0.0.1', 'lo')],
  [local('127.0.0.1', 'lo'), local('192.0.2.11')],
  [local('127.0.0.1', 'lo'), local('192.0.2.11'), local('192.0.2.53', 'eth0', 0)],
  [],
]

const move = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      ms: fc.integer({ min: 0, max: 4000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('behave' as const),
      outcomes: fc.array(fc.constantFrom(...OUTCOME_NAMES), { minLength: 1, maxLength: 5 }),
      latencyMs: fc.integer({ min: 0, max: 600 }),
    }),
  },
  fc.record({
    kind: fc.constant('table' as const),
    index: fc.integer({ min: 0, max: 3 }),
    removed: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('order' as const),
    servers: fc.constantFrom(['s1', 's2'], ['s2'], ['s3', 's2', 's1'], null),
  }),
  fc.record({
    kind: fc.constant('override' as const),
    mode: fc.constantFrom('drained' as const, 'isolated' as const, null),
  }),
  fc.record({
    kind: fc.constant('config' as const),
    fall: fc.integer({ min: 1, max: 3 }),
    confirm: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant('stray' as const), queryId: fc.integer({ min: 0, max: 500 }) }),
)

function apply(
  world: ReturnType<typeof startWorld>,
  entry: typeof move extends fc.Arbitrary<infer T> ? T : never,
): void {
  const { nowMs } = world
  switch (entry.kind) {
    case 'run':
      world.runUntil(nowMs + entry.ms)
      return
    case 'behave': {
      let turn = 0
      world.behaviour = () => ({
        outcome: entry.outcomes[turn++ % entry.outcomes.length] ?? 'ok',
        latencyMs: entry.latencyMs,
      })
      return
    }
    case 'table':
      world.setAddresses(
        TABLES[entry.index] ?? [],
        entry.removed ? [{ address: '192.0.2.53', interface: 'eth0' }] : [],
      )
      return
    case 'order':
      world.order(entry.servers)
      return
    case 'override':
      world.override(entry.mode === null ? null : orderTo(entry.mode))
      return
    case 'config':
      world.send({
        kind: 'config',
        nowMs,
        config: testConfig({
          upstream: {},
          flap: { ...FLAP, fall: entry.fall },
          timing: { retries: entry.confirm, maxConcurrentQueries: 8 },
        }),
      })
      return
    case 'stray':
      world.send({ kind: 'result', nowMs, queryId: entry.queryId, outcome: 'ok', latencyMs: 1 })
      return
    default:
      entry satisfies never
  }
}

test('any sequence of events', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const world = startWorld(CONFIG, TABLES[2])
      for (const entry of moves) {
        apply(world, entry)
        const { state } = world
        const priority = world.priorities.get('recdns0')
        if (state.health === 'failed' || state.override !== null)
          expect(priority === 'fault' || Number(priority) <= 30).toBe(true)
        if (state.health === 'degraded')
          expect(priority === 'fault' || Number(priority) <= 50).toBe(true)
        if (state.override?.mode === 'isolated') expect(priority).toBe('fault')
        if (state.health !== 'healthy') expect(state.reasons.length).toBeGreaterThan(0)
        expect(state.upstreamQueries).toBeLessThanOrEqual(8)
        if (state.health !== 'failed')
          expect(world.validUntilMs).toBeLessThanOrEqual(provenUntilMs(state))
        expect(world.validUntilMs).toBeGreaterThan(world.nowMs)
        // Without a wake there must be an answer to wait for.
        if (state.queries.size === 0)
          expect(world.wakeAtMs - world.nowMs).toBeLessThanOrEqual(30_000)
        expect(state.damper.backoffMs).toBeLessThanOrEqual(30_000)
      }
    }),
    { numRuns: 400 },
  )
})

test('once all answers are good for long enough, a listed server without an override is healthy', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const world = startWorld(CONFIG, TABLES[2])
      for (const entry of moves) apply(world, entry)
      world.behaviour = () => ({ outcome: 'ok', latencyMs: 1 })
      world.setAddresses(TABLES[1] ?? [])
      world.order(['s1', 's2', 's3'])
      world.override(null)
      // The longest backoff, rising, the longest probation, and the debounce of the upstream group.
      world.runUntil(world.nowMs + 8000 + 10_000 + 20_000 + 20_000)
      expect(world.state.health).toBe('healthy')
      expect(world.priorities.get('recdns0')).toBe(250)
    }),
    { numRuns: 200 },
  )
})
