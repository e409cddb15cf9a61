// What may be expected of a pair of balancers: how soon a real server is out, and all is well again. Pure.
import { ownConfig } from '../../../src/balancer/quorum.ts'
import type { Config } from '../../../src/config/config.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import { CHECK_FINDS_MS, checkMs, freshnessMs, settleMs } from '../servers/bounds.ts'
import { maxAppliedMs } from './ipvs.ts'

/** The daemon looks after its files so often. */
const UPKEEP_MS = 1000
/** An order's file is noticed and read within this time. */
const NOTICES_ORDER_MS = 60
const MARGIN_MS = 50

/**
 * How long a real server that answers nothing over one of its transports can keep any weight in the
 * balancers' files: `fall` failing check cycles, one that was half through, and one more; there is no
 * holder tolerance with a real server. A balancer's own core finds a missing quorum no later.
 */
export function healthMs(config: Config): number {
  const { timing, flap } = config
  return (flap.fall + 2) * (timing.checkIntervalMs + checkMs(config))
}

/** The same until it has left both halves of the table. */
export function outMs(config: Config, files: number): number {
  return healthMs(config) + maxAppliedMs(files) + MARGIN_MS
}

/** How long keepalived believes a daemon that is dead: until its last status has expired, and two checks. */
export function believedMs(config: Config): number {
  const { balancer } = config
  if (balancer === null) throw new Error('the config has no [balancer]')
  return freshnessMs(ownConfig(config, balancer)) + CHECK_FINDS_MS + MARGIN_MS
}

/** How long a live daemon may leave an order without effect. */
export const ORDER_MS = NOTICES_ORDER_MS + MARGIN_MS
/** How long a live daemon may leave a file missing that it has written. */
export const REPAIR_MS = UPKEEP_MS + MARGIN_MS

/**
 * How long after the last fault the pool is whole on both balancers, and the virtual addresses are on
 * the first of them: the real servers settle, they climb, and then the balancers' own cores settle.
 */
export function balancersSettleMs(config: Config, vrrp: VrrpOptions): number {
  const { balancer } = config
  if (balancer === null) throw new Error('the config has no [balancer]')
  return 2 * settleMs(config, vrrp) + balancer.slowStartMs + REPAIR_MS
}
