// Faults among simulated servers, carried out: what each does to the world when it begins, and what ends it.
import type { Fault, FaultKind } from './fault.ts'
import type { Node } from './node.ts'
import {
  crash,
  type FaultContext,
  freeze,
  injector,
  lasts,
  loseQueries,
  loseUpstream,
  slowDown,
} from './server-faults.ts'

/** The parts of the world that faults can change. */
export interface ServersContext extends FaultContext<Fault> {
  readonly nodes: readonly Node[]
  order: readonly string[]
  /** Servers below this number and the others do not hear each other; null when all do. */
  partition: number | null
  partitionUntilMs: number
  upstreamUntilMs: number
  /** Links or partitions have changed. */
  topologyChanged(): void
}

type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>

function nodeOf(context: ServersContext, fault: { readonly server: number }): Node {
  return context.nodes[fault.server % context.nodes.length] as Node
}

function loseLink(context: ServersContext, fault: FaultOf<'link-loss'>): void {
  const { topologyChanged } = context
  const ends = { begin: topologyChanged, end: topologyChanged }
  lasts(context, fault, nodeOf(context, fault), 'linkDownUntilMs', ends)
}

function part(context: ServersContext, fault: FaultOf<'partition'>): void {
  const set = (partition: number | null) => {
    context.partition = partition
    context.topologyChanged()
  }
  lasts(context, fault, context, 'partitionUntilMs', {
    begin: () => set(fault.split),
    end: () => set(null),
  })
}

function killDaemon(context: ServersContext, fault: FaultOf<'daemon-death'>): void {
  const node = nodeOf(context, fault)
  const wasDead = node.daemonDeadUntilMs > context.nowMs()
  lasts(context, fault, node, 'daemonDeadUntilMs', {
    begin() {
      if (!wasDead) node.killChecker()
    },
    end: () => node.startChecker(context.order),
  })
}

/** Rivals read no config while they run. */
function reloadAgainAndAgain(context: ServersContext, fault: FaultOf<'reload-storm'>): void {
  const node = nodeOf(context, fault)
  const endMs = context.nowMs() + fault.forMs
  const reload = (): void => {
    if (context.nowMs() > endMs) return
    node.checker.reloaded?.()
    context.agenda.add(context.nowMs() + fault.everyMs, reload)
  }
  reload()
}

function slowDisk(context: ServersContext, fault: FaultOf<'slow-disk'>): void {
  const node = nodeOf(context, fault)
  lasts(context, fault, node, 'slowDiskUntilMs', {
    begin: () => node.checker.diskSlowed?.(fault.waitMs),
    end: () => node.checker.diskSlowed?.(0),
  })
}

function silenceUpstream(context: ServersContext, fault: FaultOf<'upstream-silence'>): void {
  const untilMs = context.nowMs() + fault.forMs
  for (const { bind } of context.nodes)
    bind.condition.upstreamSilentUntilMs = Math.max(bind.condition.upstreamSilentUntilMs, untilMs)
}

/** The file changes on one server after another, as a tool that goes from host to host does it. */
function reorder(context: ServersContext, fault: FaultOf<'order'>): void {
  const order = fault.order.flatMap((server) => context.nodes[server]?.name ?? [])
  context.order = order
  const stepMs = (fault.overMs ?? 0) / context.nodes.length
  if (stepMs === 0) {
    for (const node of context.nodes) node.checker.orderChanged(order)
    return
  }
  for (const [index, node] of context.nodes.entries()) {
    context.agenda.add(context.nowMs() + index * stepMs, () => {
      if (context.order === order) node.checker.orderChanged(order)
    })
  }
}

function loseSocket(context: ServersContext, fault: FaultOf<'lost-socket'>): void {
  const { condition } = nodeOf(context, fault).bind
  condition.losesNextSocket = true
  if (fault.withinMs === undefined) return
  context.agenda.add(context.nowMs() + fault.withinMs, () => {
    condition.losesNextSocket = false
  })
}

function drain(context: ServersContext, fault: FaultOf<'drain'>): void {
  const node = nodeOf(context, fault)
  const set = (mode: Node['override']) => {
    node.override = mode
    node.checker.override(mode)
  }
  lasts(context, fault, node, 'drainedUntilMs', {
    begin: () => set(fault.mode),
    isOn: () => node.override !== null,
    end: () => set(null),
  })
}

function stall(context: ServersContext, fault: FaultOf<'stall'>): void {
  const node = nodeOf(context, fault)
  const untilMs = context.nowMs() + fault.forMs
  node.daemonStalledUntilMs = Math.max(node.daemonStalledUntilMs, untilMs)
  node.checker.stalled?.(untilMs)
}

/** Begins a fault now and sees to its end. */
export const inject = injector<Fault, ServersContext>({
  errors: (context, fault) => loseQueries(context, nodeOf(context, fault), fault),
  crash: (context, fault) => crash(context, nodeOf(context, fault), fault),
  freeze: (context, fault) => freeze(context, nodeOf(context, fault), fault),
  slow: (context, fault) => slowDown(context, nodeOf(context, fault), fault),
  'lost-socket': loseSocket,
  'link-loss': loseLink,
  partition: part,
  'daemon-death': killDaemon,
  'reload-storm': reloadAgainAndAgain,
  stall,
  'slow-disk': slowDisk,
  'upstream-silence': silenceUpstream,
  'upstream-outage': (context, fault) => loseUpstream(context, context.nodes, fault),
  order: reorder,
  drain,
})
