// What is asked of a simulation: a scenario, or one scenario at each of several error rates.
import type { Fault, Scenario } from './fault.ts'

/** One scenario with its name, ready to run. */
export interface Point {
  /** The error rate that this point of a curve stands for, in percent; null for a lone scenario. */
  readonly ratePercent: number | null
  readonly scenario: Scenario
}

export interface Study {
  readonly name: string
  readonly summary: string
  readonly points: readonly Point[]
}

/** A study of one scenario. */
export function single(scenario: Scenario): Study {
  return {
    name: scenario.name,
    summary: scenario.summary,
    points: [{ ratePercent: null, scenario }],
  }
}

/** The least number of servers for which a study names nobody who is not there. */
export function serversNamed(study: Study): number {
  let most = 1
  for (const { scenario } of study.points) {
    for (const { servers } of scenario.steady)
      if (servers !== 'all') most = Math.max(most, ...servers.map((server) => server + 1))
    for (const { servers } of scenario.random)
      if (servers !== undefined) most = Math.max(most, ...servers.map((server) => server + 1))
    for (const { fault } of scenario.timed) most = Math.max(most, serversOf(fault))
  }
  return most
}

function serversOf(fault: Fault): number {
  if ('server' in fault) return fault.server + 1
  if (fault.kind === 'partition') return fault.split + 1
  return fault.kind === 'order' ? Math.max(0, ...fault.order) + 1 : 0
}
