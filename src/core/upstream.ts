// Judges an upstream group: K of N probes through one loopback address, on a clock and a debounce of its own.

import { sourceText } from './check.ts'
import type { UpstreamConfig } from './core-config.ts'
import type { UpstreamFigures } from './effect.ts'
import { takeCredit } from './freshness.ts'
import type { CheckRun, CheckState, State, UpstreamGroup } from './state.ts'
import { log, type StepContext } from './step-context.ts'

export const UPSTREAM = {
  periodMs: (_: State, { config }: UpstreamGroup) => config.intervalMs,
  mode: () => 'burst' as const,
  cycleBegins() {},
  takeRun(_: StepContext, { check, outcome }: CheckRun): void {
    check.failing = outcome !== 'ok'
  },
  takeCycle(context: StepContext, upstream: UpstreamGroup): void {
    const { checks, config } = upstream
    takeCredit(checks)
    upstream.passed = probesPassed(config, checks)
    const before = upstream.up
    debounce(upstream, upstream.passed >= config.quorum)
    if (upstream.up === before) return
    context.changed = true
    log(context, { kind: 'upstream', up: upstream.up === true, ...upstreamFigures(upstream) })
  },
}

/** How the last check cycle went, for people. */
export function upstreamFigures({ config, passed, checks }: UpstreamGroup): UpstreamFigures {
  const { name, quorum, probes } = config
  const figures = { group: name, passed, of: probes.length, quorum }
  const failed = checks.find(({ outcome }) => outcome !== null && outcome !== 'ok')
  if (failed?.outcome === undefined || failed.outcome === null) return figures
  return { ...figures, failure: { question: sourceText(failed.source), outcome: failed.outcome } }
}

/** How many of a group's probes have every check answered well. */
function probesPassed({ probes }: UpstreamConfig, checks: readonly CheckState[]): number {
  const failing = new Set<number>()
  const asked = new Set<number>()
  for (const { probeIndex, outcome } of checks) {
    asked.add(probeIndex)
    if (outcome !== 'ok') failing.add(probeIndex)
  }
  return probes.filter((_, index) => asked.has(index) && !failing.has(index)).length
}

/** The first check cycle decides alone; later only `fall` or `rise` contrary ones in a row. */
function debounce(upstream: UpstreamGroup, good: boolean): void {
  if (upstream.up === null) {
    upstream.up = good
  } else if (good === upstream.up) {
    upstream.contrary = 0
  } else {
    upstream.contrary++
    if (upstream.contrary >= (upstream.up ? upstream.config.fall : upstream.config.rise)) {
      upstream.up = good
      upstream.contrary = 0
    }
  }
}
