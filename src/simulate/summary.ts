// From the measures of several runs to one result: means with their spread, percentiles over all runs.
import type { Delays, PolicyResult, Spread } from '../view/simulation/simulation-document.ts'
import type { Measures } from './measure.ts'

/** @param runs at least one, in any order that is always the same */
export function summarise(policy: string, runs: readonly Measures[]): PolicyResult {
  const over = (pick: (measures: Measures) => number) => spreadOf(runs.map(pick))
  const total = (pick: (measures: Measures) => number) =>
    runs.reduce((sum, run) => sum + pick(run), 0)
  const undetected = total((run) => run.undetected)
  const unreturned = total((run) => run.unreturned)
  return {
    policy,
    failoversPerHour: over((run) => run.failoversPerHour),
    badShare: over((run) => run.badShare),
    noHolderShare: over((run) => run.noHolderShare),
    twoHoldersShare: over((run) => run.twoHoldersShare),
    lostShare: over((run) => run.lostShare),
    detection: delaysOf(
      runs.flatMap((run) => run.detectionsMs),
      undetected,
    ),
    undetected,
    riddenOut: total((run) => run.riddenOut),
    return: delaysOf(
      runs.flatMap((run) => run.returnsMs),
      unreturned,
    ),
    unreturned,
  }
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)),
    least: Math.min(...values),
    most: Math.max(...values),
  }
}

/** Percentiles by the nearest rank; what never came is later than all that did. */
function delaysOf(delaysMs: readonly number[], never: number): Delays {
  const sorted = [...delaysMs].sort((a, b) => a - b)
  const count = sorted.length + never
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? null
  return { count, p50Ms: at(0.5), p99Ms: at(0.99) }
}
