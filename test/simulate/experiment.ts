// A small experiment for tests: a few policies, a few minutes.

import {
  documentOf,
  type Experiment,
  type PolicyEntry,
  tasksOf,
} from '../../src/simulate/experiment.ts'
import { RIVALS } from '../../src/simulate/rivals.ts'
import { findScenario } from '../../src/simulate/scenarios.ts'
import type { Study } from '../../src/simulate/study.ts'
import { runTask } from '../../src/simulate/task.ts'
import type { SimulationDocument } from '../../src/view/simulation/simulation-document.ts'
import { testConfig } from '../core/config.ts'

export function experimentOf(
  scenarios: readonly string[],
  changes: Partial<Experiment> = {},
): Experiment {
  const config = testConfig()
  const studies = scenarios.map((name) => findScenario(name) as Study)
  const rivals = RIVALS.slice(0, 2).map(
    ({ name, source }): PolicyEntry => ({ kind: 'rival', name, source, config }),
  )
  return {
    studies,
    policies: [{ kind: 'holdfast', name: 'holdfast', source: 'this program', config }, ...rivals],
    servers: 3,
    hours: 0.2,
    afterHours: 0.02,
    runs: 2,
    seed: 'test',
    vrrp: { version: 3, advertMs: 100 },
    ...changes,
  }
}

export function carriedOut(experiment: Experiment): SimulationDocument {
  return documentOf(
    experiment,
    tasksOf(experiment).map((task) => runTask(task)),
  )
}
