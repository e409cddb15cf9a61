// Faults carried out: what each does to the world when it begins, and what ends it.
import type { Fault, FaultKind } from './fault.ts'
import type { Node } from './node.ts'
import {
  crash,
  freeze,
  loseQueries,
  loseUpstream,
  type Site,
  slowDown,
  until,
} from './server-faults.ts'

/** The parts of the world that faults can change. */
export interface Stage extends Site<Fault> {
  readonly nodes: readonly Node[]
  order: readonly string[]
  /** Servers below this number and the others do not hear each other; null when all do. */
  partition: number | null
  partitionUntilMs: number
  upstreamUntilMs: number
  /** Links or partitions have changed. */
  topologyChanged(): void
}

/** Begins a fault now and sees to its end. */
export function inject(stage: Stage, fault: Fault): void {
  stage.report(fault, false)
  const carryOut = HANDLERS[fault.kind] as (stage: Stage, fault: Fault) => void
  carryOut(stage, fault)
  stage.onImpact()
}

function nodeOf(stage: Stage, fault: { readonly server: number }): Node {
  return stage.nodes[fault.server % stage.nodes.length] as Node
}

function loseLink(stage: Stage, fault: Extract<Fault, { kind: 'link-loss' }>): void {
  const node = nodeOf(stage, fault)
  node.linkDownUntilMs = Math.max(node.linkDownUntilMs, stage.nowMs() + fault.forMs)
  stage.topologyChanged()
  until(
    stage,
    fault,
    node.linkDownUntilMs,
    () => stage.nowMs() >= node.linkDownUntilMs,
    stage.topologyChanged,
  )
}

function part(stage: Stage, fault: Extract<Fault, { kind: 'partition' }>): void {
  stage.partition = fault.split
  stage.partitionUntilMs = Math.max(stage.partitionUntilMs, stage.nowMs() + fault.forMs)
  stage.topologyChanged()
  until(
    stage,
    fault,
    stage.partitionUntilMs,
    () => stage.nowMs() >= stage.partitionUntilMs,
    () => {
      stage.partition = null
      stage.topologyChanged()
    },
  )
}

function killDaemon(stage: Stage, fault: Extract<Fault, { kind: 'daemon-death' }>): void {
  const node = nodeOf(stage, fault)
  const wasDead = node.daemonDeadUntilMs > stage.nowMs()
  node.daemonDeadUntilMs = Math.max(node.daemonDeadUntilMs, stage.nowMs() + fault.forMs)
  if (!wasDead) node.killChecker()
  until(
    stage,
    fault,
    node.daemonDeadUntilMs,
    () => stage.nowMs() >= node.daemonDeadUntilMs,
    () => node.startChecker(stage.order),
  )
}

/** Rivals read no config while they run. */
function reloadAgainAndAgain(stage: Stage, fault: Extract<Fault, { kind: 'reload-storm' }>): void {
  const node = nodeOf(stage, fault)
  const endMs = stage.nowMs() + fault.forMs
  const reload = (): void => {
    if (stage.nowMs() > endMs) return
    node.checker.reloaded?.()
    stage.agenda.add(stage.nowMs() + fault.everyMs, reload)
  }
  reload()
}

function slowDisk(stage: Stage, fault: Extract<Fault, { kind: 'slow-disk' }>): void {
  const node = nodeOf(stage, fault)
  node.slowDiskUntilMs = Math.max(node.slowDiskUntilMs, stage.nowMs() + fault.forMs)
  node.checker.diskSlowed?.(fault.waitMs)
  until(
    stage,
    fault,
    node.slowDiskUntilMs,
    () => stage.nowMs() >= node.slowDiskUntilMs,
    () => node.checker.diskSlowed?.(0),
  )
}

function silenceUpstream(stage: Stage, fault: Extract<Fault, { kind: 'upstream-silence' }>): void {
  const untilMs = stage.nowMs() + fault.forMs
  for (const { bind } of stage.nodes)
    bind.condition.upstreamSilentUntilMs = Math.max(bind.condition.upstreamSilentUntilMs, untilMs)
}

/** The file changes on one server after another, as a tool that goes from host to host does it. */
function reorder(stage: Stage, fault: Extract<Fault, { kind: 'order' }>): void {
  const order = fault.order.flatMap((server) => stage.nodes[server]?.name ?? [])
  stage.order = order
  const stepMs = (fault.overMs ?? 0) / stage.nodes.length
  if (stepMs === 0) {
    for (const node of stage.nodes) node.checker.orderChanged(order)
    return
  }
  for (const [index, node] of stage.nodes.entries()) {
    stage.agenda.add(stage.nowMs() + index * stepMs, () => {
      if (stage.order === order) node.checker.orderChanged(order)
    })
  }
}

function loseSocket(stage: Stage, fault: Extract<Fault, { kind: 'lost-socket' }>): void {
  const { condition } = nodeOf(stage, fault).bind
  condition.losesNextSocket = true
  if (fault.withinMs === undefined) return
  stage.agenda.add(stage.nowMs() + fault.withinMs, () => {
    condition.losesNextSocket = false
  })
}

function drain(stage: Stage, fault: Extract<Fault, { kind: 'drain' }>): void {
  const node = nodeOf(stage, fault)
  const set = (mode: Node['override']) => {
    node.override = mode
    node.checker.override(mode)
  }
  node.drainedUntilMs = Math.max(node.drainedUntilMs, stage.nowMs() + fault.forMs)
  set(fault.mode)
  until(
    stage,
    fault,
    node.drainedUntilMs,
    () => stage.nowMs() >= node.drainedUntilMs && node.override !== null,
    () => set(null),
  )
}

function stall(node: Node, untilMs: number): void {
  node.daemonStalledUntilMs = Math.max(node.daemonStalledUntilMs, untilMs)
  node.checker.stalled?.(untilMs)
}

/** What each kind of fault does; the compiler holds that none is missing. */
const HANDLERS: {
  readonly [K in FaultKind]: (stage: Stage, fault: Extract<Fault, { kind: K }>) => void
} = {
  errors: (stage, fault) => loseQueries(stage, nodeOf(stage, fault), fault),
  crash: (stage, fault) => crash(stage, nodeOf(stage, fault), fault),
  freeze: (stage, fault) => freeze(stage, nodeOf(stage, fault), fault),
  slow: (stage, fault) => slowDown(stage, nodeOf(stage, fault), fault),
  'lost-socket': loseSocket,
  'link-loss': loseLink,
  partition: part,
  'daemon-death': killDaemon,
  'reload-storm': reloadAgainAndAgain,
  stall: (stage, fault) => stall(nodeOf(stage, fault), stage.nowMs() + fault.forMs),
  'slow-disk': slowDisk,
  'upstream-silence': silenceUpstream,
  'upstream-outage': (stage, fault) => loseUpstream(stage, stage.nodes, fault),
  order: reorder,
  drain,
}
