// From the kernel's address table to the addresses that are probed, and to what this server holds.

import type { AddressConfig, Config } from '../config/config.ts'
import { contains, parseCidr, parseIp } from '../config/values/ip.ts'
import { matchesGlob } from '../config/values/name.ts'
import { type LocalAddress, targetName } from './check.ts'
import { abandon, concludeVanished, handOver } from './check-run.ts'
import type { CoreConfig } from './core-config.ts'
import { holdDown } from './damper.ts'
import type { AddressesEvent } from './event.ts'
import { takeConcluded } from './group.ts'
import { planChecks, replanSweep } from './plan.ts'
import {
  type CheckRun,
  type Group,
  groupsOf,
  NOT_MISSED,
  type ProbedAddress,
  type State,
  type Sweep,
} from './state.ts'
import { log, type StepContext } from './step-context.ts'

/** Takes in a new table: what came, what went, what is to be probed, and what this server holds. */
export function takeAddresses(context: StepContext, event: AddressesEvent): void {
  const { state, nowMs } = context
  reportChanges(context, event)
  const isProbed = addressFilter(state.config.addresses)
  if (event.removed.some((gone) => isProbed(gone))) holdDown(state.damper, state.config.flap, nowMs)
  state.addresses = event.addresses
  const hadTargets = state.required.checks.length > 0
  replan(context)
  for (const address of state.probed.values())
    if (address.listedReadings !== NOT_MISSED) address.listedReadings++
  if (!hadTargets) sweepNow(state, nowMs)
  context.changed = true
}

/** The first addresses are probed at once, whatever wait their absence has brought. */
function sweepNow(state: State, nowMs: number): void {
  for (const group of groupsOf(state)) group.nextSweepMs = Math.min(group.nextSweepMs, nowMs)
}

/** Makes targets, checks and running sweeps fit the address table and the config. */
export function replan(context: StepContext): void {
  const { state, nowMs } = context
  const before = new Map<Group, Group['checks']>()
  const groups = groupsOf(state)
  for (const group of groups) before.set(group, group.checks)
  state.probed = probedAddresses(state, nowMs)
  state.graceWakeMs = Math.min(...[...state.probed.values()].map((address) => address.graceProbeMs))
  planChecks(state, nowMs)
  for (const group of groups) {
    if (group.sweep === null) continue
    group.sweep.queue = replanSweep(
      group.sweep.queue,
      group.sweep.cursor,
      before.get(group) ?? [],
      group.checks,
    )
    group.sweep.cursor = 0
    respread(group.sweep, state.config.timing.checkIntervalMs)
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
    } else if (!state.probed.has(check.target.address)) {
      concludeVanished(context, run)
      takeConcluded(context, run)
    } else if (group.kind === 'required' && !required.has(check)) {
      replaceCheck(context, run)
    }
  }
}

/** The check of the same id takes over, else any at the same target: it is the target that is suspected. */
function replaceCheck(context: StepContext, run: CheckRun): void {
  const { state } = context
  const { checks } = state.required
  const target = targetName(run.check.target)
  const successor =
    checks.find(({ id }) => id === run.check.id) ??
    checks.find((check) => targetName(check.target) === target)
  if (successor === undefined) {
    abandon(state, run)
    return
  }
  const ended = handOver(context, run, successor)
  if (ended !== null) takeConcluded(context, ended)
}

/**
 * Instances whose service addresses this server holds: those with one on an interface other than
 * loopback, where standing addresses live on every server. A duplicate is another host's.
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
  for (const pool of config.clusters) {
    for (const instance of pool.instances) {
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
export function targetFilter(
  config: Pick<CoreConfig, 'addresses' | 'clusters'>,
): (local: LocalAddress) => boolean {
  const isProbed = addressFilter(config.addresses)
  const service = new Set(
    config.clusters.flatMap((pool) => pool.instances.flatMap((instance) => instance.addresses)),
  )
  return (local) => {
    const isTarget =
      local.state === 'ready' || (local.state === 'dadfailed' && service.has(local.address))
    return isTarget && isProbed(local)
  }
}

function probedAddresses(state: State, nowMs: number): Map<string, ProbedAddress> {
  const isTarget = targetFilter(state.config)
  const probed = new Map<string, ProbedAddress>()
  for (const local of state.addresses) {
    if (!isTarget(local)) continue
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
    log(context, { kind: 'address-removed', address, interface: name, holdDownMs: backoffHoldMs })
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

/** What is left of a spread sweep shares what is left of its period, so that no sweep takes longer. */
function respread(sweep: Sweep, periodMs: number): void {
  if (sweep.mode !== 'spread' || sweep.queue.length === 0) return
  // A shorter period, which a new config may bring, has no time for the gaps of a longer one.
  sweep.nextAskMs = Math.min(sweep.nextAskMs, sweep.startedMs + periodMs)
  const leftMs = sweep.startedMs + periodMs - sweep.nextAskMs
  sweep.gapMs = leftMs / sweep.queue.length
}
