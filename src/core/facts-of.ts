// Draws from the state what others may know of it.
import type { CoreConfig } from './core-config.ts'
import type { CheckFacts, InstanceFacts, ServerFacts } from './facts.ts'
import { electionEntry, serverStateNow } from './health.ts'
import { lateAfterMs } from './latency.ts'
import { byRank } from './priority.ts'
import { type CheckState, groupsOf, type State } from './state.ts'

/** All that is known of the server now. */
export function factsOf(state: State): ServerFacts {
  const { required, upstreams } = state
  const { cycle, nextCycleMs, cycles } = required
  return {
    config: state.config,
    stopped: state.stopped,
    decided: state.decided,
    health: state.health,
    healthSinceMs: state.healthSinceMs,
    serverStateSinceMs: state.serverStateSinceMs,
    reasons: state.reasons,
    override: state.override,
    addresses: state.addresses,
    state: serverStateNow(state),
    damper: { ...state.damper },
    cycle: cycle === null ? null : { mode: cycle.mode, startedMs: cycle.startedMs },
    ...{ nextCycleMs, cycles },
    instances: instancesOf(state),
    published: new Map(state.published),
    upstreams: upstreams.map(({ config, up, passed }) => {
      const { name, probes, quorum } = config
      return { name, up, passed, of: probes.length, quorum }
    }),
    checks: groupsOf(state).flatMap(({ checks }) =>
      checks.map((check) => checkFacts(check, state.config)),
    ),
  }
}

function instancesOf(state: State): InstanceFacts[] {
  return state.config.clusters.flatMap((cluster) =>
    cluster.instances.map((instance) => ({
      name: instance.name,
      cluster: cluster.name,
      ...electionEntry(state, cluster.name, instance, state.health),
      servers: byRank(state.orders.get(cluster.name) ?? [], instance.reverseOrder),
      holding: state.holding.has(instance.name),
      addresses: instance.addresses,
    })),
  )
}

function checkFacts(check: CheckState, { timing }: CoreConfig): CheckFacts {
  const { outcome, detail, latencyMs, atMs, failing, ignored } = check
  return {
    check,
    interface: check.address.interface,
    outcome,
    ...(detail === undefined ? {} : { detail }),
    latencyMs,
    lateMs: lateAfterMs(check.latency, timing.slowThresholdMinMs, check.group.timeoutMs),
    ...{ atMs, failing, ignored },
  }
}
