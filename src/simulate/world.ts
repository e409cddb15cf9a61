// The simulated world: servers with BIND, a policy's program and keepalived, a network, a clock.

import type { Config } from '../config/config.ts'
import { byRank } from '../core/priority.ts'
import { createAgenda, createVirtualClock } from './agenda.ts'
import type { Fault, TimedFault } from './fault.ts'
import { inject, type ServersContext } from './fault-injection.ts'
import { createMeter, type Measures, type MeterSubject } from './measure.ts'
import { createNode, type Node } from './node.ts'
import type { Checker, Policy, SimulatedInstance } from './policy.ts'
import type { Random } from './random.ts'
import { createVrrp, type ElectedInstance, type VrrpOptions, type VrrpPriority } from './vrrp.ts'

export interface WorldOptions {
  readonly config: Config
  readonly policy: Policy
  readonly servers: number
  readonly faults: readonly TimedFault[]
  readonly random: Random
  readonly endMs: number
  /** Measuring begins here. */
  readonly fromMs: number
  readonly vrrp: VrrpOptions
  /** Told of everything that happens, for histories and timelines. */
  readonly onEvent?: (event: WorldEvent) => void
}

export type WorldEvent =
  | { readonly atMs: number; readonly kind: 'fault'; readonly fault: Fault; readonly ends: boolean }
  | {
      readonly atMs: number
      readonly kind: 'holder'
      readonly instance: string
      readonly server: string
      readonly holds: boolean
    }
  | {
      readonly atMs: number
      readonly kind: 'priority'
      readonly instance: string
      readonly server: string
      readonly priority: VrrpPriority
    }

/** A service address is on the new holder's interface this long after the election. */
const ADDRESS_AFTER_MS = 1
const BAD_FROM = 0.5

export interface World {
  readonly nodes: readonly Node[]
  readonly vrrp: readonly ElectedInstance[]
  readonly instances: readonly SimulatedInstance[]
  readonly context: ServersContext
  /** Runs on until `untilMs`. */
  run(untilMs: number): void
  nowMs(): number
  measures(): Measures
}

/** Makes a world at time 0 with everything just started. */
export function createWorld(options: WorldOptions): World {
  const { config, policy, random } = options
  const agenda = createAgenda()
  const emit = options.onEvent ?? (() => {})
  const instances = simulatedInstances(config)
  const checkers: Checker[] = []
  const { nowMs, run } = createVirtualClock(agenda, checkers)

  const names = Array.from({ length: options.servers }, (_, index) => `s${index + 1}`)
  const nodes = names.map((name, index) =>
    createNode(name, index, {
      agenda,
      nowMs,
      instances,
      onLoopback: config.addresses.serviceAddressesOnLoopback,
      policy,
      random,
      wants: (node, instance) => elections.elect(node, instance),
      onImpact,
    }),
  )
  checkers.push(...nodes.map(({ checker }) => checker))
  const context: ServersContext = {
    agenda,
    nowMs,
    nodes,
    random,
    order: names,
    partition: null,
    partitionUntilMs: 0,
    upstreamUntilMs: 0,
    topologyChanged: () => elections.topologyChanged(),
    onImpact,
    report: (fault, ends) => emit({ atMs: nowMs(), kind: 'fault', fault, ends }),
  }

  const elections = createElections(context, instances, options.vrrp, emit)
  const { vrrp } = elections
  const subject = meterSubject(context, instances)
  const meter = createMeter(instances.length, names.length, subject, options.fromMs)

  function onImpact(): void {
    meter.onImpact(nowMs())
  }

  for (const { atMs, fault } of options.faults) agenda.add(atMs, () => inject(context, fault))
  for (const node of nodes) {
    for (const instance of instances.keys()) vrrp[instance]?.setPriority(node.index, 1)
    node.startChecker(context.order)
  }
  return { nodes, vrrp, instances, context, run, nowMs, measures: () => meter.result(nowMs()) }
}

function isLinkUp({ nodes, nowMs }: ServersContext, server: number): boolean {
  return nowMs() >= (nodes[server] as Node).linkDownUntilMs
}

/** keepalived on all servers, and the addresses that it moves. */
function createElections(
  context: ServersContext,
  instances: readonly SimulatedInstance[],
  options: VrrpOptions,
  emit: (event: WorldEvent) => void,
) {
  const { agenda, nowMs, nodes } = context
  const linkUp = (server: number) => isLinkUp(context, server)
  const reaches = (from: number, to: number) => {
    if (!linkUp(from) || !linkUp(to)) return false
    return context.partition === null || from < context.partition === to < context.partition
  }
  const vrrp = instances.map((_, instance) =>
    createVrrp(nodes.length, options, {
      agenda,
      nowMs,
      reaches,
      onMove(router) {
        const node = nodes[router.server] as Node
        if (router.state !== 'master') hold(instance, node, false)
        else
          agenda.add(nowMs() + ADDRESS_AFTER_MS, () => {
            if (router.state === 'master') hold(instance, node, true)
          })
      },
    }),
  )

  function hold(instance: number, node: Node, holds: boolean): void {
    if (node.holds(instance) === holds) return
    const { name } = instances[instance] as SimulatedInstance
    emit({ atMs: nowMs(), kind: 'holder', instance: name, server: node.name, holds })
    if (holds) node.take(instance)
    else node.release(instance)
    context.onImpact()
  }

  /** keepalived works with what the policy wants, or with FAULT while its interface is down. */
  function elect(node: Node, instance: number): void {
    const wanted = node.wanted[instance] as VrrpPriority
    const priority = linkUp(node.index) ? wanted : 'fault'
    const { name } = instances[instance] as SimulatedInstance
    emit({ atMs: nowMs(), kind: 'priority', instance: name, server: node.name, priority })
    vrrp[instance]?.setPriority(node.index, priority)
  }

  return {
    vrrp,
    elect,
    topologyChanged(): void {
      for (const node of nodes) for (const instance of instances.keys()) elect(node, instance)
      for (const instance of vrrp) instance.connectivityChanged()
    },
  }
}

/** What the meter sees of the world. */
function meterSubject(
  context: ServersContext,
  instances: readonly SimulatedInstance[],
): MeterSubject {
  const { nodes, nowMs } = context
  const linkUp = (server: number) => isLinkUp(context, server)
  const nodeOf = (server: number) => nodes[server] as Node
  const instanceOf = (instance: number) => instances[instance] as SimulatedInstance
  const badness = (instance: number, server: number) =>
    linkUp(server) ? nodeOf(server).bind.badnessAt(instanceOf(instance).address, nowMs()) : 1
  const usable = (server: number) => {
    const node = nodeOf(server)
    return linkUp(server) && node.override === null && context.order.includes(node.name)
  }
  return {
    holders: (instance) =>
      [...nodes.keys()].filter((server) => nodeOf(server).holds(instance) && linkUp(server)),
    badness,
    loss: (instance, server) => nodeOf(server).bind.lossAt(instanceOf(instance).address, nowMs()),
    usable,
    bestGood(instance) {
      const ranked = byRank(context.order, instanceOf(instance).reverseOrder)
      const servers = ranked.map((name) => nodes.findIndex((node) => node.name === name))
      const isGood = (server: number) => badness(instance, server) < BAD_FROM
      return servers.find((server) => isGood(server) && usable(server)) ?? null
    },
  }
}

/**
 * One service address stands for all of an instance: they move together. It is the config's own, by
 * which a core knows that it holds the instance.
 */
function simulatedInstances(config: Config): SimulatedInstance[] {
  return config.clusters.flatMap((cluster) =>
    cluster.instances.map(({ name, reverseOrder, addresses }) => {
      const [address] = addresses
      if (address === undefined) throw new Error(`the instance ${name} has no address`)
      return { name, cluster: cluster.name, address, reverseOrder }
    }),
  )
}
