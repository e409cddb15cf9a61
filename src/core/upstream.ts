// Upstream groups: K of N probes through one loopback address, on a clock and a debounce of their own.
import { questionText } from '../dns/probe.ts'
import { cycleWakeMs, isFinished, sendDue, startSweep } from './cycle.ts'
import { takeCredit } from './freshness.ts'
import { probesPassed } from './plan.ts'
import type { Inquiry, State, Upstream } from './state.ts'
import { log, type StepContext } from './step-context.ts'

/** Starts the sweeps that are due and asks what is due. */
export function runUpstreams(context: StepContext): void {
  for (const upstream of context.state.upstreams) {
    const { cycle, group } = upstream
    if (cycle.sweep === null && context.nowMs >= cycle.nextSweepMs) {
      startSweep(context, cycle, 'burst', group.periodMs)
    }
    sendDue(context, cycle)
    finishIfDone(context, upstream)
  }
}

/** Takes a concluded inquiry into its sweep. */
export function upstreamConcluded(context: StepContext, inquiry: Inquiry): void {
  inquiry.item.failing = inquiry.outcome !== 'ok'
  if (inquiry.sweep !== null) inquiry.sweep.open--
  const upstream = context.state.upstreams.find((candidate) => candidate.cycle === inquiry.cycle)
  if (upstream !== undefined) finishIfDone(context, upstream)
}

export function upstreamsWakeMs(state: State): number {
  let wakeMs = Number.POSITIVE_INFINITY
  for (const upstream of state.upstreams)
    wakeMs = Math.min(wakeMs, cycleWakeMs(state, upstream.cycle))
  return wakeMs
}

function finishIfDone(context: StepContext, upstream: Upstream): void {
  const { cycle, group } = upstream
  const { sweep } = cycle
  if (sweep === null || !isFinished(sweep)) return
  cycle.sweep = null
  cycle.sweeps++
  cycle.nextSweepMs = Math.max(context.nowMs, sweep.startedMs + group.periodMs)
  takeCredit(cycle.items)
  upstream.passed = probesPassed(group, cycle.items)
  const before = upstream.up
  debounce(upstream, upstream.passed >= group.quorum)
  if (upstream.up === before) return
  context.changed = true
  log(context, { kind: 'upstream', up: upstream.up === true, ...upstreamFigures(upstream) })
}

/** How the last sweep went, for people. */
export function upstreamFigures({ group, passed, cycle }: Upstream) {
  const { name, quorum, probes } = group
  const figures = { group: name, passed, of: probes.length, quorum }
  const failed = cycle.items.find(({ outcome }) => outcome !== null && outcome !== 'ok')
  if (failed?.outcome === undefined || failed.outcome === null) return figures
  return {
    ...figures,
    failure: { question: questionText(failed.probe.question), outcome: failed.outcome },
  }
}

/** The first sweep decides alone; later only `fall` or `rise` contrary ones in a row. */
function debounce(upstream: Upstream, good: boolean): void {
  if (upstream.up === null) {
    upstream.up = good
  } else if (good === upstream.up) {
    upstream.contrary = 0
  } else {
    upstream.contrary++
    if (upstream.contrary >= (upstream.up ? upstream.group.fall : upstream.group.rise)) {
      upstream.up = good
      upstream.contrary = 0
    }
  }
}
