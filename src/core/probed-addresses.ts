// From the kernel's address table to the addresses that are probed, and to what this server holds.

import type { AddressConfig, Config } from '../config/config.ts'
import { contains, parseCidr, parseIp } from '../config/values/ip.ts'
import { matchesGlob } from '../config/values/name.ts'
import { endpointName, type LocalAddress } from './check.ts'
import { abandon, concludeAddressGone, handOver } from './check-run.ts'
import type { CoreConfig } from './core-config.ts'
import { backoffHold } from './damper.ts'
import type { AddressesEvent } from './event.ts'
import { takeConcluded } from './group.ts'
import { planChecks, replanCycle } from './plan.ts'
import {
  type CheckRun,
  type Cycle,
  type Group,
  groupsOf,
  NOT_MISSED,
  type ProbedAddress,
  type State,
} from './state.ts'
import { log, type StepContext } from './step-context.ts'

/** Takes in a new table: what came, what went, what is to be probed, and what this server holds. */
export function takeAddresses(context: StepContext, event: AddressesEvent): void {
  const { state, nowMs } = context
  reportChanges(context, event)
  const isProbed = addressFilter(state.config.addresses)
  if (event.removed.some((gone) => isProbed(gone)))
    backoffHold(state.damper, state.config.flap, nowMs)
  state.addresses = event.addresses
  const hadEndpoints = state.required.checks.length > 0
  replan(context)
  for (const address of state.probed.values())
    if (address.listedReadings !== NOT_MISSED) address.listedReadings++
  if (!hadEndpoints) cycleNow(state, nowMs)
  context.changed = true
}

/** The first addresses are probed at once, whatever wait their absence has brought. */
function cycleNow(state: State, nowMs: number): void {
  for (const group of groupsOf(state)) group.nextCycleMs = Math.min(group.nextCycleMs, nowMs)
}

/** Makes endpoints, checks and running cycles fit the address table and the config. */
export function replan(context: StepContext): void {
  const { state, nowMs } = context
  const before = new Map<Group, Group['checks']>()
  const groups = groupsOf(state)
  for (const group of groups) before.set(group, group.checks)
  state.probed = probedAddresses(state, nowMs)
  state.graceWakeMs = Math.min(...[...state.probed.values()].map((address) => address.graceProbeMs))
  planChecks(state, nowMs)
  for (const group of groups) {
    if (group.cycle === null) continue
    group.cycle.queue = replanCycle(
      group.cycle.queue,
      group.cycle.cursor,
      before.get(group) ?? [],
      group.checks,
    )
    group.cycle.cursor = 0
    respread(group.cycle, state.config.timing.checkIntervalMs)
  }
  reviseRuns(context, groups)
  updateHolding(context)
}

/** Ends what is asked at addresses that have gone, and by probes that are no longer in the config. */
function reviseRuns(context: StepContext, groups: readonly Group[]): void {
  const { state } = context
  const required = new Set(state.required.checks)
  for (const run of [...state.runs]) {
    const { group, check } = run
    if (!groups.includes(group)) {
      abandon(state, run)
    } else if (!state.probed.has(check.endpoint.address)) {
      concludeAddressGone(context, run)
      takeConcluded(context, run)
    } else if (group.kind === 'required' && !required.has(check)) {
      replaceCheck(context, run)
    }
  }
}

/** The check of the same id takes over, else any at the same endpoint: it is the endpoint that is suspected. */
function replaceCheck(context: StepContext, run: CheckRun): void {
  const { state } = context
  const { checks } = state.required
  const endpoint = endpointName(run.check.endpoint)
  const successor =
    checks.find(({ id }) => id === run.check.id) ??
    checks.find((check) => endpointName(check.endpoint) === endpoint)
  if (successor === undefined) {
    abandon(state, run)
    return
  }
  const ended = handOver(context, run, successor)
  if (ended !== null) takeConcluded(context, ended)
}

/**
 * Instances whose service addresses this server holds: those with one on an interface other than
 * loopback, where loopback service addresses live on every server. A duplicate is another host's.
 */
export function heldInstances(
  config: Pick<Config, 'clusters'>,
  addresses: readonly (Pick<LocalAddress, 'address' | 'loopback'> & { readonly state: unknown })[],
): Set<string> {
  const outside = new Set(
    addresses
      .filter((local) => !local.loopback && local.state !== 'dadfailed')
      .map((local) => local.address),
  )
  const held = new Set<string>()
  for (const cluster of config.clusters) {
    for (const instance of cluster.instances) {
      if (instance.addresses.some((address) => outside.has(address))) held.add(instance.name)
    }
  }
  return held
}

/** Whether the config lets an address be probed. */
export function addressFilter(
  config: Pick<AddressConfig, 'exclude' | 'excludeInterfaces'>,
): (local: Pick<LocalAddress, 'address' | 'interface'>) => boolean {
  const excluded = config.exclude.map((text) => parseCidr(text)).filter((cidr) => cidr !== null)
  return (local) => {
    if (config.excludeInterfaces.some((glob) => matchesGlob(glob, local.interface))) return false
    const ip = parseIp(local.address)
    return ip !== null && !excluded.some((cidr) => contains(cidr, ip))
  }
}

/**
 * Whether an address is asked. Nothing can be bound to a duplicate, which stays one: where that is a
 * service address, clients that came here for it would be answered by nobody.
 */
export function endpointFilter(
  config: Pick<CoreConfig, 'addresses' | 'clusters'>,
): (local: LocalAddress) => boolean {
  const isProbed = addressFilter(config.addresses)
  const service = new Set(
    config.clusters.flatMap((cluster) =>
      cluster.instances.flatMap((instance) => instance.addresses),
    ),
  )
  return (local) => {
    const isEndpoint =
      local.state === 'ready' || (local.state === 'dadfailed' && service.has(local.address))
    return isEndpoint && isProbed(local)
  }
}

function probedAddresses(state: State, nowMs: number): Map<string, ProbedAddress> {
  const isEndpoint = endpointFilter(state.config)
  const probed = new Map<string, ProbedAddress>()
  for (const local of state.addresses) {
    if (!isEndpoint(local)) continue
    const graceEndsMs =
      (local.sinceMs ?? Number.NEGATIVE_INFINITY) + state.config.addresses.newAddressGraceMs
    const other = probed.get(local.address)
    if (other !== undefined && other.graceEndsMs <= graceEndsMs) continue
    const old = state.probed.get(local.address)
    const isOld = old?.graceEndsMs === graceEndsMs
    probed.set(local.address, {
      address: local.address,
      family: local.family,
      interface: local.interface,
      loopback: local.loopback,
      graceEndsMs,
      graceProbeMs: isOld
        ? old.graceProbeMs
        : graceEndsMs > nowMs
          ? graceEndsMs
          : Number.POSITIVE_INFINITY,
      listedReadings: isOld ? old.listedReadings : NOT_MISSED,
    })
  }
  return probed
}

function updateHolding(context: StepContext): void {
  const { state } = context
  const held = heldInstances(state.config, state.addresses)
  for (const instance of held) {
    if (!state.holding.has(instance)) log(context, { kind: 'holding', instance, holding: true })
  }
  for (const instance of state.holding) {
    if (!held.has(instance)) log(context, { kind: 'holding', instance, holding: false })
  }
  state.holding = held
}

function reportChanges(context: StepContext, event: AddressesEvent): void {
  const { state } = context
  const before = new Map(state.addresses.map((local) => [addressKey(local), local]))
  for (const { address, interface: name } of event.removed) {
    const { backoffHoldMs } = state.config.flap
    log(context, {
      kind: 'address-removed',
      address,
      interface: name,
      backoffHoldMs: backoffHoldMs,
    })
    before.delete(addressKey({ address, interface: name }))
  }
  for (const local of event.addresses) {
    const old = before.get(addressKey(local))
    const { address, interface: name } = local
    if (old === undefined && local.sinceMs !== null)
      log(context, { kind: 'address-added', address, interface: name })
    if (local.state === 'dadfailed' && old?.state !== 'dadfailed') {
      log(context, { kind: 'address-dadfailed', address, interface: name })
    }
  }
}

function addressKey(local: Pick<LocalAddress, 'address' | 'interface'>): string {
  return `${local.address} ${local.interface}`
}

/** What is left of a spread cycle shares what is left of its period, so that no cycle takes longer. */
function respread(cycle: Cycle, periodMs: number): void {
  if (cycle.mode !== 'spread' || cycle.queue.length === 0) return
  // A shorter period, which a new config may bring, has no time for the gaps of a longer one.
  cycle.nextAskMs = Math.min(cycle.nextAskMs, cycle.startedMs + periodMs)
  const leftMs = cycle.startedMs + periodMs - cycle.nextAskMs
  cycle.gapMs = leftMs / cycle.queue.length
}
