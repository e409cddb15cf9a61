// A small watched world of balancers for tests: real servers, faults, and somebody who tampers with it.

import { createRandom } from '../../../src/simulate/random.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import type { BalancersRule } from './balancer-rules.ts'
import { createBalancersWatch } from './balancers-watch.ts'
import {
  type BalancersEvent,
  type BalancersWorld,
  createBalancersWorld,
} from './balancers-world.ts'
import { readBalancersConfig } from './draw-balancers.ts'
import type { BalancersFault } from './fault.ts'

const VRRP: VrrpOptions = { version: 3, advertMs: 100 }

export const PAIR = [
  'clusters.dns.instances.dns0.addresses = ["198.51.100.53"]',
  'balancer.slow_start = "9s"',
  'balancer.services.dns.addresses = ["198.51.100.53"]',
  ...[1, 2, 3].map(
    (value) => `balancer.services.dns.servers.ns${value}.addresses = ["192.0.2.1${value}"]`,
  ),
  'flap.failback_delay = "2s"',
  'flap.failback_delay_max = "10s"',
]

export interface Plan {
  readonly toml?: readonly string[]
  readonly faults?: readonly (readonly [atMs: number, fault: BalancersFault])[]
  readonly untilMs?: number
  /** Changes what the watch sees, as a bug would. */
  readonly tamper?: {
    readonly atMs: number
    run(world: BalancersWorld, say: (event: BalancersEvent) => void): void
  }
  /** At the end all ought to be well. */
  readonly settled?: boolean
}

export interface Outcome {
  readonly rules: readonly BalancersRule[]
  readonly events: readonly BalancersEvent[]
  readonly world: BalancersWorld
}

export async function play(plan: Plan): Promise<Outcome> {
  const config = readBalancersConfig(plan.toml ?? PAIR)
  const watch = createBalancersWatch(config, VRRP)
  const events: BalancersEvent[] = []
  const world = createBalancersWorld({
    config,
    balancers: 2,
    faults: (plan.faults ?? []).map(([atMs, fault]) => ({ atMs, fault })),
    random: createRandom('test'),
    vrrp: VRRP,
    onEvent(event) {
      watch.onEvent(event)
      events.push(event)
    },
    onStep: watch.onStep,
  })
  watch.attach(world)
  const { tamper } = plan
  if (tamper !== undefined)
    world.context.agenda.add(tamper.atMs, () => tamper.run(world, watch.onEvent))
  for (let atMs = 1000; atMs <= (plan.untilMs ?? 60_000); atMs += 1000) {
    await world.run(atMs)
    watch.audit()
  }
  if (plan.settled === true) watch.checkSettled()
  return { rules: [...new Set(watch.violations.map(({ rule }) => rule))], events, world }
}

/** What was written to a real server's file on a balancer by its daemon, in order. */
export function weightsOf({ events }: Outcome, balancer: number, backend: string) {
  return events.flatMap((event) =>
    event.kind === 'weight' && event.balancer === balancer && event.backend === backend
      ? [event.weight]
      : [],
  )
}
