// A whole experiment: every policy through every scenario, several times, as tasks and as one document.
import type { Config } from '../config/config.ts'
import type { SimulationDocument } from '../view/simulation/simulation-document.ts'
import type { Measures } from './measure.ts'
import type { Study } from './study.ts'
import { summarise } from './summary.ts'
import type { Task } from './task.ts'
import type { VrrpOptions } from './vrrp.ts'

/** A policy as an experiment lists it. */
export interface PolicyEntry {
  readonly kind: 'holdfast' | 'rival'
  readonly name: string
  readonly source: string
  /** What its servers are configured with; of a rival, only pools and addresses matter. */
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
