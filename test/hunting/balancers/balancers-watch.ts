// What must hold around a pair of balancers, and a watch that takes note of where it does not. Pure.
import type { Config } from '../../../src/config/config.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import {
  type BalancersRule,
  checkHolders,
  checkSettled,
  look,
  newRecord,
  noteFault,
  type Watched,
} from './balancer-rules.ts'
import { believedMs, healthMs, ORDER_MS } from './balancers-bounds.ts'
import type { BalancersEvent, BalancersWorld } from './balancers-world.ts'
import { maxAppliedMs } from './ipvs.ts'

export interface BalancersViolation {
  readonly atMs: number
  readonly rule: BalancersRule
  readonly sentence: string
}

/** Watches one world from its start. */
export interface BalancersWatch {
  readonly violations: readonly BalancersViolation[]
  /** To be given to the world that is watched. */
  readonly onEvent: (event: BalancersEvent) => void
  readonly onStep: () => void
  /** To be called before the world runs. */
  attach(world: BalancersWorld): void
  /** Looks at the whole world; to be called every simulated second or so. */
  audit(): void
  /** The last fault is long enough ago. */
  checkSettled(): void
}

export function createBalancersWatch(config: Config, vrrp: VrrpOptions): BalancersWatch {
  const violations: BalancersViolation[] = []
  const services = config.balancer?.services ?? []
  const files = services.reduce((sum, { servers }) => sum + servers.length, 0)
  const nowMs = () => watched.world?.nowMs() ?? 0
  const watched: Watched = {
    config,
    vrrp,
    services,
    files,
    orderAppliedMs: ORDER_MS + maxAppliedMs(files),
    maxShortMs: healthMs(config),
    maxBelievedMs: believedMs(config),
    liftedMs: new Map(),
    records: [],
    world: null,
    partedMs: Number.NEGATIVE_INFINITY,
    nowMs,
    report: (rule, sentence) => violations.push({ atMs: nowMs(), rule, sentence }),
  }

  function onEvent(event: BalancersEvent): void {
    if (event.kind === 'fault') {
      noteFault(watched, event)
      return
    }
    const record = watched.records[event.balancer]
    if (record === undefined) return
    switch (event.kind) {
      case 'weight':
        record.isTouched = true
        for (const member of record.members)
          if (member.backend.name === event.backend) member.written(event.weight, event.byDaemon)
        return
      case 'table':
      case 'holder':
        record.isTouched = true
        return
      case 'answer':
        for (const member of record.members)
          if (member.backend.name === event.backend) member.answered(event.endpoint)
        return
      default:
        event satisfies never
    }
  }

  return {
    violations,
    onEvent,
    onStep() {
      for (const record of watched.records) {
        if (!record.isTouched) continue
        record.isTouched = false
        look(watched, record)
      }
    },
    attach(world) {
      watched.world = world
      watched.records = world.balancers.map((balancer) =>
        newRecord(watched, balancer, world.servers),
      )
    },
    audit() {
      for (const record of watched.records) look(watched, record)
      checkHolders(watched)
    },
    checkSettled: () => checkSettled(watched),
  }
}
