// A pair of balancers over real servers on a virtual clock: the daemon's own runtime, models of the rest.
import { backendsOf } from '../../../src/config/balancer-backends.ts'
import type { BalancerConfig } from '../../../src/config/balancer-table.ts'
import type { Config } from '../../../src/config/config.ts'
import { endpointName } from '../../../src/core/check.ts'
import { type Agenda, createAgenda } from '../../../src/simulate/agenda.ts'
import type { Random } from '../../../src/simulate/random.ts'
import {
  createVrrp,
  type ElectedInstance,
  type VrrpOptions,
  type VrrpRouter,
} from '../../../src/simulate/vrrp.ts'
import {
  type BalancerContext,
  createSimulatedBalancer,
  type SimulatedBalancer,
} from './balancer.ts'
import type { BalancersFault, TimedBalancersFault } from './fault.ts'
import { type BalancersContext, boot, inject } from './fault-injection.ts'
import { createServer, type SimulatedServer } from './real-server.ts'

export interface BalancersOptions {
  /** Has a [balancer]; each real server has the same addresses in all services. */
  readonly config: Config
  readonly balancers: number
  readonly faults: readonly TimedBalancersFault[]
  readonly random: Random
  readonly vrrp: VrrpOptions
  readonly onEvent?: (event: BalancersEvent) => void
  /** Called after each thing that has happened, with all that followed from it at once. */
  readonly onStep?: () => void
}

export type BalancersEvent = { readonly atMs: number } & (
  | { readonly kind: 'fault'; readonly fault: BalancersFault; readonly ends: boolean }
  | {
      readonly kind: 'weight'
      readonly balancer: number
      readonly backend: string
      /** null for a file that is gone. */
      readonly weight: number | null
      readonly byDaemon: boolean
    }
  | { readonly kind: 'table'; readonly balancer: number }
  | {
      readonly kind: 'holder'
      readonly instance: number
      readonly balancer: number
      readonly holds: boolean
    }
  | {
      readonly kind: 'answer'
      readonly balancer: number
      readonly backend: string
      readonly endpoint: string
    }
)

export interface BalancersWorld {
  readonly config: Config
  readonly balancer: BalancerConfig
  readonly balancers: readonly SimulatedBalancer[]
  readonly servers: readonly SimulatedServer[]
  readonly vrrp: readonly ElectedInstance[]
  readonly context: BalancersContext
  nowMs(): number
  /** Runs on until `untilMs`. */
  run(untilMs: number): Promise<void>
}

const ADDRESS_AFTER_MS = 1
/** So many promises may wait for one another until an answer has reached the core that asked. */
const MAX_CHAIN = 8

/** A world at time 0 with everything just started. */
export function createBalancersWorld(options: BalancersOptions): BalancersWorld {
  const { config, random } = options
  const { balancer: balancerConfig } = config
  if (balancerConfig === null) throw new Error('the config has no [balancer]')
  const emit = options.onEvent ?? (() => {})
  const agenda = createAgenda()
  const names = Array.from({ length: options.balancers }, (_, index) => `lb${index + 1}`)
  const clock = { nowMs: 0 }
  const nowMs = () => clock.nowMs
  const servers = realServers(balancerConfig).map(({ name, own, virtual }, index) =>
    createServer(name, index, { own: [...own], virtual: [...virtual] }, random),
  )

  const ask = answering(config, servers, nowMs)
  const balancers = names.map((name, index) =>
    createSimulatedBalancer(name, index, {
      config,
      order: names,
      servers: servers.length,
      agenda,
      nowMs,
      random,
      ask,
      answered: ({ index: at }, { name: backend }, query) => {
        const endpoint = endpointName(query.endpoint)
        emit({ atMs: nowMs(), kind: 'answer', balancer: at, backend, endpoint })
      },
      weightChanged: ({ index: at }, backend, weight, byDaemon) =>
        emit({ atMs: nowMs(), kind: 'weight', balancer: at, backend, weight, byDaemon }),
      tableChanged: ({ index: at }) => emit({ atMs: nowMs(), kind: 'table', balancer: at }),
      wants: (balancer, instance) => elections.elect(balancer, instance),
    }),
  )

  const context: BalancersContext = {
    agenda,
    nowMs,
    random,
    balancers,
    servers,
    backendsOf: (server) => namesOf(balancerConfig, servers[server]?.name),
    partitionUntilMs: Number.NEGATIVE_INFINITY,
    upstreamUntilMs: Number.NEGATIVE_INFINITY,
    keepalivedChanged: (balancer, saysGoodbye) =>
      elections.keepalivedChanged(balancer, saysGoodbye),
    topologyChanged: () => elections.topologyChanged(),
    onImpact() {},
    report: (fault, ends) => emit({ atMs: nowMs(), kind: 'fault', fault, ends }),
  }

  const elections = createElections(config, options.vrrp, context, emit)
  for (const { atMs, fault } of options.faults) agenda.add(atMs, () => inject(context, fault))
  for (const balancer of balancers) boot(context, balancer)

  return {
    config,
    balancer: balancerConfig,
    balancers,
    servers,
    vrrp: elections.vrrp,
    context,
    nowMs,
    run: (untilMs) => run(agenda, clock, untilMs, options.onStep),
  }
}

async function run(
  agenda: Agenda,
  clock: { nowMs: number },
  untilMs: number,
  onStep: (() => void) | undefined,
): Promise<void> {
  while (agenda.nextMs() <= untilMs) {
    clock.nowMs = Math.max(clock.nowMs, agenda.nextMs())
    agenda.take()()
    // Time stands still while what was answered is taken in.
    for (let link = 0; link < MAX_CHAIN; link++) await null
    onStep?.()
  }
  clock.nowMs = untilMs
}

/** The backends that a real server is, one a service. */
function namesOf(balancer: BalancerConfig, name: string | undefined): string[] {
  return backendsOf(balancer)
    .filter(({ server }) => server.name === name)
    .map((backend) => backend.name)
}

/** How real servers answer what a balancer asks them. */
function answering(
  config: Config,
  servers: readonly SimulatedServer[],
  nowMs: () => number,
): BalancerContext['ask'] {
  const upstream = questionsUpstream(config)
  return (balancer, backend, { endpoint: { address, transport }, question, timeoutMs }) => {
    const server = servers.find(({ name }) => name === backend.server.name)
    if (server === undefined) throw new Error(`there is no real server ${backend.server.name}`)
    if ((balancer.cutUntilMs[server.index] as number) > nowMs())
      return { outcome: 'timeout', latencyMs: timeoutMs }
    const name = upstream.has(question.name) ? question.name : null
    return server.ask({ address, transport, upstream: name, timeoutMs }, nowMs())
  }
}

/** keepalived on all balancers, and the addresses that it moves. */
function createElections(
  config: Config,
  options: VrrpOptions,
  context: BalancersContext,
  emit: (event: BalancersEvent) => void,
) {
  const { agenda, nowMs, balancers } = context
  const instances = config.clusters.flatMap((pool) => pool.instances)
  function elect(balancer: SimulatedBalancer, instance: number): void {
    if (!balancer.isKeepalivedAlive()) return
    vrrp[instance]?.setPriority(balancer.index, balancer.priorities[instance] ?? 'off')
  }

  /** Whose keepalived sends adverts and hears them. */
  const onAir = balancers.map(() => false)
  const reaches = (from: number, to: number) =>
    nowMs() >= context.partitionUntilMs && onAir[from] === true && onAir[to] === true
  const vrrp = instances.map((_, instance) =>
    createVrrp(balancers.length, options, {
      agenda,
      nowMs,
      reaches,
      onMove: (router) => moved(instance, router),
    }),
  )

  function moved(instance: number, router: VrrpRouter): void {
    const balancer = balancers[router.server] as SimulatedBalancer
    const hold = (holds: boolean) => {
      if (balancer.holds.has(instance) === holds) return
      balancer.addressMoved(instance, holds)
      emit({ atMs: nowMs(), kind: 'holder', instance, balancer: balancer.index, holds })
    }
    if (router.state !== 'master') hold(false)
    else agenda.add(nowMs() + ADDRESS_AFTER_MS, () => hold(router.state === 'master'))
  }

  function keepalivedChanged(balancer: SimulatedBalancer, saysGoodbye: boolean): void {
    const { index } = balancer
    if (!saysGoodbye) onAir[index] = false
    for (const instance of vrrp) instance.setPriority(index, 'off')
    onAir[index] = balancer.isKeepalivedAlive()
    for (const at of vrrp.keys()) elect(balancer, at)
    for (const instance of vrrp) instance.connectivityChanged()
  }

  return {
    vrrp,
    elect,
    keepalivedChanged,
    topologyChanged(): void {
      for (const instance of vrrp) instance.connectivityChanged()
    },
  }
}

/** Each real server once, however many services it is in. */
function realServers({ services }: BalancerConfig) {
  const byName = new Map<string, { readonly own: Set<string>; readonly virtual: Set<string> }>()
  for (const service of services) {
    for (const { name, addresses } of service.servers) {
      const known = byName.get(name) ?? { own: new Set(), virtual: new Set() }
      for (const { address } of addresses) known.own.add(address)
      for (const { address } of service.addresses) known.virtual.add(address)
      byName.set(name, known)
    }
  }
  return [...byName].map(([name, known]) => ({ name, ...known }))
}

/** By name: a core keeps the questions of before that a new config has, too. */
function questionsUpstream({ groups }: Config): ReadonlySet<string> {
  const upstream = groups.filter((group) => group.kind === 'upstream')
  return new Set(upstream.flatMap((group) => group.probes.map((probe) => probe.question.name)))
}
