// The plan of a check cycle: which probes go to which endpoints.
import type { Transport } from '../dns/probe.ts'
import { endpointName } from './check.ts'
import { type CoreConfig, requiredGroups } from './core-config.ts'
import { evidenceOf, forgetEvidence } from './evidence.ts'
import { nothingFresh } from './freshness.ts'
import { noLatency } from './latency.ts'
import {
  type CheckState,
  type Evidence,
  groupsOf,
  type ProbedAddress,
  type State,
} from './state.ts'

/**
 * Makes the checks of all groups fit the probed addresses and the config. Those that stay keep
 * their history.
 */
export function planChecks(state: State, nowMs: number): void {
  forgetEvidence(state)
  const evidence = (name: string, { graceEndsMs }: ProbedAddress) =>
    evidenceOf(state, name, nowMs, Math.max(nowMs, graceEndsMs))
  const known = new Map<string, CheckState>()
  for (const { checks } of groupsOf(state)) for (const check of checks) known.set(check.id, check)
  const addresses = [...state.probed.values()]
  state.required.checks = requiredGroups(state.config).flatMap((group) =>
    checksOf(group, addresses, group.transports, known, evidence),
  )
  for (const upstream of state.upstreams) {
    upstream.checks = checksOf(
      upstream.config,
      upstreamAddresses(addresses),
      upstream.config.transports,
      known,
      () => null,
    )
  }
}

/** The checks of a check cycle that is under way: without the addresses that went, with those that came. */
export function replanCycle(
  queue: readonly CheckState[],
  cursor: number,
  before: readonly CheckState[],
  checks: readonly CheckState[],
): CheckState[] {
  const now = new Set(checks)
  const then = new Set(before)
  const left = queue.slice(cursor).filter((check) => now.has(check))
  return left.concat(checks.filter((check) => !then.has(check)))
}

function checksOf(
  group: CoreConfig['groups'][number],
  addresses: readonly ProbedAddress[],
  transports: readonly Transport[],
  known: ReadonlyMap<string, CheckState>,
  evidence: (name: string, address: ProbedAddress) => Evidence | null,
): CheckState[] {
  const checks: CheckState[] = []
  for (const [probeIndex, source] of group.probes.entries()) {
    for (const address of addresses) {
      for (const transport of transports) {
        const endpoint = { transport, address: address.address, family: address.family }
        const id = `${group.name}/${probeIndex}@${endpointName(endpoint)}`
        const old = known.get(id)
        if (old !== undefined && old.group === group) {
          old.address = address
          checks.push(old)
        } else {
          checks.push({
            id,
            endpoint,
            source,
            group,
            probeIndex,
            address,
            evidence: evidence(endpointName(endpoint), address),
            freshness: group.kind === 'upstream' ? nothingFresh() : null,
            latency: old?.latency ?? noLatency(),
            outcome: null,
            detail: undefined,
            latencyMs: null,
            atMs: null,
            failing: false,
            ignored: false,
          })
        }
      }
    }
  }
  return checks
}

/**
 * What lies upstream is the same from every address, so one is asked: a loopback address, because
 * it never moves.
 */
function upstreamAddresses(addresses: readonly ProbedAddress[]): readonly ProbedAddress[] {
  const loopback = addresses.filter((address) => address.loopback)
  const choice =
    loopback.find((address) => address.address === '127.0.0.1') ?? loopback[0] ?? addresses[0]
  return choice === undefined ? [] : [choice]
}
