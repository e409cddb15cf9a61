// A whole experiment: every policy through every scenario, several times, as tasks, and as one document of results.
import type { Config } from '../config/config.ts'
import type {
  Delays,
  PolicyResult,
  SimulationDocument,
  Spread,
} from '../view/simulation/simulation-document.ts'
import type { Measures } from './measure.ts'
import type { Study } from './study.ts'
import type { Task } from './task.ts'
import type { VrrpOptions } from './vrrp.ts'

/** A policy as an experiment lists it. */
export interface PolicyEntry {
  readonly kind: 'holdfast' | 'rival'
  readonly name: string
  readonly source: string
  /** What its servers are configured with; of a rival, only clusters and addresses matter. */
  readonly config: Config
}

export interface Experiment {
  readonly studies: readonly Study[]
  readonly policies: readonly PolicyEntry[]
  readonly servers: number
  readonly hours: number
  readonly afterHours: number
  readonly runs: number
  readonly seed: string
  readonly vrrp: VrrpOptions
}

const HOUR_MS = 3_600_000

/** All tasks: by scenario, point, policy and run, the last varying fastest. */
export function tasksOf(experiment: Experiment): Task[] {
  const { servers, hours, afterHours, runs, seed, vrrp } = experiment
  return experiment.studies.flatMap((study) =>
    study.points.flatMap(({ ratePercent, scenario }) =>
      experiment.policies.flatMap(({ kind, name, config }) =>
        Array.from({ length: runs }, (_, run) => ({
          policy: { kind, name },
          config,
          scenario,
          servers,
          seed: [seed, study.name, ratePercent ?? '-', run].join('/'),
          endMs: hours * HOUR_MS,
          fromMs: afterHours * HOUR_MS,
          vrrp,
        })),
      ),
    ),
  )
}

/** @param measures one for each of `tasksOf`, in the same order */
export function documentOf(
  experiment: Experiment,
  measures: readonly Measures[],
): SimulationDocument {
  const { studies, servers, hours, afterHours, runs, seed, vrrp } = experiment
  let next = 0
  const scenarios = studies.map(({ name, summary, points }) => ({
    scenario: name,
    summary,
    points: points.map(({ ratePercent }) => ({
      ratePercent,
      policies: experiment.policies.map(({ name }) => {
        const own = measures.slice(next, next + runs)
        next += runs
        return summarise(name, own)
      }),
    })),
  }))
  const policies = experiment.policies.map(({ name, source }) => ({ name, source }))
  return { seed, servers, hours, afterHours, runs, vrrp, policies, scenarios }
}

/**
 * Means of several runs with their spread, and percentiles over all of them.
 *
 * @param runs at least one, in any order that is always the same
 */
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
