// The plan of a sweep: which probes go to which targets.
import type { ProbeGroupConfig, UpstreamGroupConfig } from '../config/config.ts'
import type { Transport } from '../dns/probe.ts'
import { evidenceOf, forgetEvidence } from './evidence.ts'
import { nothingFresh } from './freshness.ts'
import { noLatency } from './latency.ts'
import {
  type Evidence,
  type Item,
  type ProbedAddress,
  requiredGroups,
  type State,
} from './state.ts'
import { targetName } from './target.ts'

/**
 * Makes the items of all cycles fit the probed addresses and the config. Items that stay keep
 * their history.
 */
export function planItems(state: State, nowMs: number): void {
  forgetEvidence(state)
  const evidence = (name: string, { graceEndsMs }: ProbedAddress) =>
    evidenceOf(state, name, nowMs, Math.max(nowMs, graceEndsMs))
  const known = new Map<string, Item>()
  for (const item of state.required.items) known.set(item.name, item)
  for (const upstream of state.upstreams) {
    for (const item of upstream.cycle.items) known.set(item.name, item)
  }
  const addresses = [...state.probed.values()]
  state.required.items = requiredGroups(state.config).flatMap((group) =>
    itemsOf(group, addresses, group.transports, known, evidence),
  )
  for (const upstream of state.upstreams) {
    upstream.cycle.items = itemsOf(
      upstream.group,
      upstreamAddresses(addresses),
      upstream.group.transports,
      known,
      () => null,
    )
  }
}

/** The items of a sweep that is under way: without the addresses that went, with those that came. */
export function replanSweep(
  queue: readonly Item[],
  cursor: number,
  before: readonly Item[],
  items: readonly Item[],
): Item[] {
  const now = new Set(items)
  const then = new Set(before)
  const left = queue.slice(cursor).filter((item) => now.has(item))
  return left.concat(items.filter((item) => !then.has(item)))
}

function itemsOf(
  group: ProbeGroupConfig,
  addresses: readonly ProbedAddress[],
  transports: readonly Transport[],
  known: ReadonlyMap<string, Item>,
  evidence: (name: string, address: ProbedAddress) => Evidence | null,
): Item[] {
  const items: Item[] = []
  for (const [probeIndex, probe] of group.probes.entries()) {
    for (const address of addresses) {
      for (const transport of transports) {
        const target = { transport, address: address.address, family: address.family }
        const name = `${group.name}/${probeIndex}@${targetName(target)}`
        const old = known.get(name)
        if (old !== undefined && old.group === group) {
          old.address = address
          items.push(old)
        } else {
          items.push({
            name,
            group,
            probe,
            probeIndex,
            target,
            address,
            evidence: evidence(targetName(target), address),
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
  return items
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

/** How many of a group's probes have every item answered well. */
export function probesPassed(group: UpstreamGroupConfig, items: readonly Item[]): number {
  const failing = new Set<number>()
  const asked = new Set<number>()
  for (const item of items) {
    asked.add(item.probeIndex)
    if (item.outcome !== 'ok') failing.add(item.probeIndex)
  }
  return group.probes.filter((_, index) => asked.has(index) && !failing.has(index)).length
}
