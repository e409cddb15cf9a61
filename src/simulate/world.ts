// The simulated world: servers with BIND, a policy's program and keepalived, a network, a clock.
import type { Config } from '../config/config.ts'
import { byRank } from '../core/rank.ts'
import { createAgenda } from './agenda.ts'
import { createVirtualClock } from './clock.ts'
import type { Fault, TimedFault } from './fault.ts'
import { inject, type ServersContext } from './fault-injection.ts'
import { createMeter, type Measures } from './measure.ts'
import { createNode, type Node } from './node.ts'
import type { Checker, Policy, SimulatedInstance } from './policy.ts'
import type { Random } from './random.ts'
import {
  createVrrp,
  type VrrpInstance,
  type VrrpOptions,
  type VrrpPriority,
  type VrrpRouter,
} from './vrrp.ts'

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
  readonly vrrp: readonly VrrpInstance[]
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
      standing: config.addresses.standing,
      policy,
      random,
      wants: (node, instance) => elect(node, instance),
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
    topologyChanged,
    onImpact,
    report: (fault, ends) => emit({ atMs: nowMs(), kind: 'fault', fault, ends }),
  }

  const linkUp = (server: number) => nowMs() >= (nodes[server] as Node).linkDownUntilMs
  const reaches = (from: number, to: number) => {
    if (!linkUp(from) || !linkUp(to)) return false
    return context.partition === null || from < context.partition === to < context.partition
  }
  const vrrp = instances.map((_, instance) =>
    createVrrp(options.servers, options.vrrp, {
      agenda,
      nowMs,
      reaches,
      onMove: (router) => moved(instance, router),
    }),
  )

  const addressOf = (instance: number) => (instances[instance] as SimulatedInstance).address
  const bindOf = (server: number) => (nodes[server] as Node).bind
  const badness = (instance: number, server: number) =>
    linkUp(server) ? bindOf(server).badnessAt(addressOf(instance), nowMs()) : 1
  const isGood = (instance: number, server: number) => badness(instance, server) < BAD_FROM
  const usable = (server: number) => {
    const node = nodes[server] as Node
    return linkUp(server) && node.override === null && context.order.includes(node.name)
  }
  const meter = createMeter(
    instances.length,
    names.length,
    {
      holders: (instance) =>
        names.flatMap((_, server) =>
          (nodes[server] as Node).holds(instance) && linkUp(server) ? [server] : [],
        ),
      badness,
      loss: (instance, server) => bindOf(server).lossAt(addressOf(instance), nowMs()),
      usable,
      bestGood(instance) {
        const { direction } = instances[instance] as SimulatedInstance
        const ranked = byRank(context.order, direction)
        const servers = ranked.map((name) => names.indexOf(name))
        return servers.find((server) => isGood(instance, server) && usable(server)) ?? null
      },
    },
    options.fromMs,
  )

  function onImpact(): void {
    meter.onImpact(nowMs())
  }

  /** keepalived works with what the policy wants, or with FAULT while its interface is down. */
  function elect(node: Node, instance: number): void {
    const wanted = node.wanted[instance] as VrrpPriority
    const priority = linkUp(node.index) ? wanted : 'fault'
    emit({
      atMs: nowMs(),
      kind: 'priority',
      instance: (instances[instance] as SimulatedInstance).name,
      server: node.name,
      priority,
    })
    vrrp[instance]?.setPriority(node.index, priority)
  }

  function topologyChanged(): void {
    for (const node of nodes) for (const instance of instances.keys()) elect(node, instance)
    for (const instance of vrrp) instance.connectivityChanged()
  }

  function moved(instance: number, router: VrrpRouter): void {
    const node = nodes[router.server] as Node
    if (router.state === 'master') {
      agenda.add(nowMs() + ADDRESS_AFTER_MS, () => {
        if (router.state === 'master' && !node.holds(instance)) hold(instance, node, true)
      })
    } else if (node.holds(instance)) {
      hold(instance, node, false)
    }
  }

  function hold(instance: number, node: Node, holds: boolean): void {
    emit({
      atMs: nowMs(),
      kind: 'holder',
      instance: (instances[instance] as SimulatedInstance).name,
      server: node.name,
      holds,
    })
    if (holds) node.take(instance)
    else node.release(instance)
    onImpact()
  }

  for (const { atMs, fault } of options.faults) agenda.add(atMs, () => inject(context, fault))
  for (const node of nodes) {
    for (const instance of instances.keys()) vrrp[instance]?.setPriority(node.index, 1)
    node.startChecker(context.order)
  }
  return { nodes, vrrp, instances, context, run, nowMs, measures: () => meter.result(nowMs()) }
}

/**
 * One service address stands for all of an instance: they move together. It is the config's own, by
 * which a core knows that it holds the instance.
 */
function simulatedInstances(config: Config): SimulatedInstance[] {
  return config.pools.flatMap((pool) =>
    pool.instances.map(({ name, direction, addresses }) => {
      const [address] = addresses
      if (address === undefined) throw new Error(`the instance ${name} has no address`)
      return { name, pool: pool.name, address, direction }
    }),
  )
}
