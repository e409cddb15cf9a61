// One run of one policy through one scenario: a unit of work that can be done anywhere, with the same result.
import type { Config } from '../config/config.ts'
import { drawFaults, type Scenario } from './fault.ts'
import { holdfastPolicy } from './holdfast.ts'
import type { Measures } from './measure.ts'
import type { Policy } from './policy.ts'
import { createRandom } from './random.ts'
import { RIVALS } from './rivals.ts'
import type { VrrpOptions } from './vrrp.ts'
import { createWorld, type WorldEvent } from './world.ts'

/** Plain data: it goes to other processes as JSON. */
export interface Task {
  /** `holdfast`, under any label, follows the config; others are rivals by their names. */
  readonly policy: { readonly kind: 'holdfast' | 'rival'; readonly name: string }
  readonly config: Config
  readonly scenario: Scenario
  readonly servers: number
  /** One seed, one history of faults, whatever the policy. */
  readonly seed: string
  readonly endMs: number
  readonly fromMs: number
  readonly vrrp: VrrpOptions
}

/** Progress is told after each slice of a run. */
const SLICE_MS = 600_000

export interface TaskObserver {
  /** Told how much of the virtual time has passed. */
  readonly onProgress?: (doneMs: number) => void
  readonly onEvent?: (event: WorldEvent) => void
}

/** Throws only when the task names a rival that there is not. */
export function runTask(task: Task, observer: TaskObserver = {}): Measures {
  const { config, servers, endMs, fromMs, vrrp } = task
  const random = createRandom(task.seed)
  const faults = drawFaults(task.scenario, servers, endMs, random)
  const world = createWorld({
    config,
    policy: policyOf(task),
    servers,
    faults,
    random,
    endMs,
    fromMs,
    vrrp,
    ...(observer.onEvent === undefined ? {} : { onEvent: observer.onEvent }),
  })
  for (let untilMs = SLICE_MS; untilMs < endMs; untilMs += SLICE_MS) {
    world.run(untilMs)
    observer.onProgress?.(untilMs)
  }
  world.run(endMs)
  return world.measures()
}

function policyOf({ policy, config }: Task): Policy {
  if (policy.kind === 'holdfast') return holdfastPolicy(config, { name: policy.name })
  const rival = RIVALS.find((candidate) => candidate.name === policy.name)
  if (rival === undefined) throw new Error(`there is no policy "${policy.name}"`)
  return rival
}
