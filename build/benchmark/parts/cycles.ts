// Duration of burst cycles of 16, 256 and 2048 queries by the core, the driver and the prober.
import { createClock } from '../../../src/adapters/clock.ts'
import { createProber } from '../../../src/adapters/prober.ts'
import { parseConfig } from '../../../src/config/parse.ts'
import type { Publisher } from '../../../src/ports.ts'
import { createDriver } from '../../../src/runtime/driver.ts'
import { type BenchContext, type Figure, ms, NO_REFERENCE, seconds } from '../figure.ts'
import { asLocal, loopbackAddresses, raiseLoopback, startNamed } from '../host.ts'
import { median } from '../statistics.ts'

const COUNTS = [16, 256, 2048]
const GOAL_COUNT = 2048
const GOAL_MS = 500
const TRANSPORTS = 2

const CONFIG = `[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.1"]
`

const NOWHERE: Publisher = {
  status: () => ({ ok: true, value: undefined }),
  tally: () => ({ ok: true, value: undefined }),
  priority: () => ({ ok: true, value: undefined }),
  retain: () => ({ ok: true, value: undefined }),
  isPublished: () => true,
}

export async function measureCycles(context: BenchContext): Promise<readonly Figure[]> {
  const addresses = loopbackAddresses(Math.max(...COUNTS) / TRANSPORTS)
  await raiseLoopback(addresses)
  context.say(`cycles: starting named on ${addresses.length} addresses`)
  const named = await startNamed(context)
  const rounds = context.quick ? 3 : 20
  const durations = new Map<number, number[]>(COUNTS.map((count) => [count, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const count of COUNTS) {
      const tookMs = await firstCycleMs(addresses.slice(0, count / TRANSPORTS))
      // The first round only warms up.
      if (round > 0) durations.get(count)?.push(tookMs)
    }
  }
  await named.stop()
  return COUNTS.map((count) => figure(count, durations.get(count) ?? []))
}

/** From the moment when a new core hears of its addresses to the end of its first check cycle, a burst. */
async function firstCycleMs(addresses: readonly string[]): Promise<number> {
  const clock = createClock()
  const parsed = parseConfig(CONFIG, { file: 'bench.toml', hostname: 'bench' })
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ text }) => text).join('\n'))
  const startMs = performance.now()
  return new Promise((resolve, reject) => {
    const driver = createDriver(
      parsed.value,
      {
        clock,
        publisher: NOWHERE,
        prober: createProber({ clock }),
        quorum: null,
        log: { line: () => {} },
      },
      {
        fingerprint: () => '',
        configWallMs: () => 0,
        version: 'bench',
        pid: process.pid,
        complaints: () => [],
        reread() {},
        onStatus(facts) {
          if (facts.cycles === 0) return
          const tookMs = performance.now() - startMs
          queueMicrotask(() => driver.dispatch({ kind: 'stop', nowMs: clock.nowMs() }))
          if (facts.health === 'healthy') resolve(tookMs)
          else reject(new Error(`the cycle found ${JSON.stringify(facts.reasons)}`))
        },
      },
    )
    driver.dispatch({
      kind: 'addresses',
      nowMs: clock.nowMs(),
      addresses: asLocal(addresses),
      removed: [],
    })
  })
}

function figure(queries: number, durations: readonly number[]): Figure {
  const measuredMs = median(durations)
  const worstMs = Math.max(...durations)
  const isGoal = queries === GOAL_COUNT
  return {
    what: `a check cycle of ${queries} queries`,
    reference: NO_REFERENCE,
    goal: isGoal ? `≤ ${seconds(GOAL_MS)}` : NO_REFERENCE,
    measured: `${ms(measuredMs)}, at most ${ms(worstMs)}`,
    met: isGoal ? measuredMs <= GOAL_MS : null,
    data: { measuredMs, worstMs, rounds: durations.length },
  }
}
