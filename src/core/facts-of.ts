// Draws from the state what others may know of it.
import type { CoreConfig } from './core-config.ts'
import type { CheckFacts, InstanceFacts, ServerFacts } from './facts.ts'
import { lateAfterMs } from './latency.ts'
import { byRank } from './priority.ts'
import { type CheckState, groupsOf, type State } from './state.ts'
import { electionEntry, serverStanding } from './verdict.ts'

/** All that is known of the server now. */
export function factsOf(state: State): ServerFacts {
  const { required, upstreams } = state
  const { sweep, nextSweepMs, sweeps } = required
  const {
    stopped,
    decided,
    verdict,
    verdictSinceMs,
    standingSinceMs,
    reasons,
    override,
    addresses,
  } = state
  return {
    config: state.config,
    ...{ stopped, decided, verdict, verdictSinceMs, standingSinceMs, reasons, override, addresses },
    standing: serverStanding(state),
    damper: { ...state.damper },
    sweep: sweep === null ? null : { mode: sweep.mode, startedMs: sweep.startedMs },
    ...{ nextSweepMs, sweeps },
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
  return state.config.clusters.flatMap((pool) =>
    pool.instances.map((instance) => ({
      name: instance.name,
      pool: pool.name,
      ...electionEntry(state, pool.name, instance, state.verdict),
      servers: byRank(state.orders.get(pool.name) ?? [], instance.reverseOrder),
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
