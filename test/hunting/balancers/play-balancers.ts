// Plays one case of a hunt around balancers and hands back which rules it broke.

import { createRandom } from '../../../src/simulate/random.ts'
import { type BalancersViolation, createBalancersWatch } from './balancers-watch.ts'
import { type BalancersEvent, createBalancersWorld } from './balancers-world.ts'
import type { BalancersCase } from './draw-balancers.ts'

export interface BalancersPlayed {
  readonly violations: readonly BalancersViolation[]
  readonly serverHours: number
}

const AUDIT_EVERY_MS = 1000

export async function playBalancers(
  spec: BalancersCase,
  onEvent: (event: BalancersEvent) => void = () => {},
): Promise<BalancersPlayed> {
  const { config, vrrp, balancers, faults } = spec
  const watch = createBalancersWatch(config, vrrp)
  const world = createBalancersWorld({
    config,
    balancers,
    faults,
    vrrp,
    random: createRandom(spec.seed),
    onEvent(event) {
      watch.onEvent(event)
      onEvent(event)
    },
    onStep: watch.onStep,
  })
  watch.attach(world)
  while (world.nowMs() < spec.settledMs && watch.violations.length === 0) {
    await world.run(Math.min(spec.settledMs, world.nowMs() + AUDIT_EVERY_MS))
    watch.audit()
  }
  if (watch.violations.length === 0) watch.checkSettled()
  const serverHours = (balancers * world.nowMs()) / 3_600_000
  return { violations: watch.violations, serverHours }
}
