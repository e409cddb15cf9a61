// What must hold in every simulated world, and a watch that takes note of where it does not. Pure.
import type { Config } from '../../../src/config/config.ts'
import { byRank, type PublishedPriority } from '../../../src/core/priority.ts'
import type { ServerState } from '../../../src/core/server-state.ts'
import type { State } from '../../../src/core/state.ts'
import type { StepObserver } from '../../../src/simulate/holdfast.ts'
import type { Node } from '../../../src/simulate/node.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import type { World, WorldEvent } from '../../../src/simulate/world.ts'
import { blackHoleMs, CHECK_FINDS_MS, electionMs, maxMoves } from './bounds.ts'
import { createStepWatch, type StepRule, type StepWatch } from './step-rules.ts'

export type Rule =
  | StepRule
  /** keepalived works with a priority that no daemon published. */
  | 'unpublished'
  /** A drained server comes back when its daemon dies. */
  | 'drained-dead'
  /** The files of a dead daemon are believed although its status has expired. */
  | 'dead-man'
  /** A dead server keeps an address that a healthy one could have. */
  | 'black-hole'
  /** A drained server keeps an address that a healthy one could have, or an isolated one has any. */
  | 'order-ignored'
  /** Long after the last fault something is not as it should be. */
  | 'unsettled'
  /** An address moved although nothing changed on its holder. */
  | 'moved-for-nothing'
  | 'moves-too-often'

export interface Violation {
  readonly atMs: number
  readonly rule: Rule
  readonly sentence: string
}

/** Watches one world from its start; it costs time, so a world without one is faster. */
export interface Watch {
  readonly violations: readonly Violation[]
  /** To be given to the policy and to the world that are watched. */
  readonly observe: StepObserver
  readonly onEvent: (event: WorldEvent) => void
  /** Looks at the whole world; to be called every simulated second or so. */
  audit(world: World): void
  /** From now on no address may move. */
  beginCalm(): void
  /** The last fault is long enough ago: all must be healthy, and the best must hold. */
  checkSettled(world: World): void
  /** Counts the moves in windows of every length that matters. */
  finish(): void
}

interface ServerRecord {
  state: State | null
  validUntilMs: number
  readonly steps: StepWatch
  /** Since when named has answered nobody, and keepalived has published that it serves. */
  deadSinceMs: number | null
  readonly servesSinceMs: (number | null)[]
  /** The operator's order that its daemon could obey, and since when. */
  order: Node['override']
  orderedSinceMs: number | null
}

/** What is known of one world. */
interface Watched {
  readonly config: Config
  readonly vrrp: VrrpOptions
  readonly records: readonly ServerRecord[]
  nowMs: number
  readonly report: (rule: Rule, sentence: string) => void
}

/** Windows in which moves are counted. */
const WINDOWS_MS = [0, 1000, 10_000, 60_000, 600_000, 3_600_000]
/** From here on a priority says that the server serves well, if not that it has its rank back. */
const SERVES_WELL = 50

export function createWatch(config: Config, vrrp: VrrpOptions, servers: number): Watch {
  const violations: Violation[] = []
  const seen = new Map<ServerState, PublishedPriority>()
  const report = (rule: Rule, sentence: string, atMs = watched.nowMs) => {
    violations.push({ atMs, rule, sentence })
  }
  const records = Array.from({ length: servers }, (_, index) =>
    newRecord(createStepWatch(`s${index + 1}`, seen, report)),
  )
  const watched: Watched = { config, vrrp, records, nowMs: 0, report }
  const moves = createMoves(config, vrrp, servers, report)
  let isCalm = false

  const observe: StepObserver = (server, event, result, atMs) => {
    watched.nowMs = atMs
    const record = records[server] as ServerRecord
    record.state = result.state
    for (const effect of result.effects) {
      if (effect.kind === 'status') record.validUntilMs = effect.validUntilMs
      // A process that was stopped is something that was done to it.
      else if (effect.kind === 'log' && effect.entry.kind === 'lapsed') moves.done(atMs)
    }
    record.steps.step(event, result, atMs)
  }

  function onEvent(event: WorldEvent): void {
    watched.nowMs = event.atMs
    if (event.kind === 'fault') moves.done(event.atMs)
    if (event.kind !== 'holder') return
    if (isCalm) {
      const what = event.holds ? 'came to' : 'left'
      report('moved-for-nothing', `${event.instance} ${what} ${event.server}`)
    }
    if (event.holds) moves.moved(event.instance, event.atMs)
  }

  function audit(world: World): void {
    watched.nowMs = world.nowMs()
    for (const node of world.nodes) {
      auditDaemon(watched, world, node)
      auditService(watched, world, node)
    }
    for (const instance of world.instances.keys()) auditHolder(watched, world, instance)
  }

  return {
    violations,
    observe,
    onEvent,
    audit,
    beginCalm() {
      isCalm = true
    },
    checkSettled: (world) => checkSettled(watched, world),
    finish: moves.count,
  }
}

function newRecord(steps: StepWatch): ServerRecord {
  return {
    state: null,
    validUntilMs: Number.NEGATIVE_INFINITY,
    steps,
    deadSinceMs: null,
    servesSinceMs: [],
    order: null,
    orderedSinceMs: null,
  }
}

/** The moves of each instance's addresses, and what was done that may explain them. */
function createMoves(
  config: Config,
  vrrp: VrrpOptions,
  servers: number,
  report: (rule: Rule, sentence: string, atMs: number) => void,
) {
  const movesMs = new Map<string, number[]>()
  const actionsMs: number[] = [0]

  function countMoves(instance: string, timesMs: readonly number[], windowMs: number): void {
    let first = 0
    let firstAction = 0
    let nextAction = 0
    for (const [last, atMs] of timesMs.entries()) {
      while ((timesMs[first] as number) < atMs - windowMs) first++
      const fromMs = atMs - windowMs - electionMs(vrrp)
      while ((actionsMs[firstAction] ?? Number.POSITIVE_INFINITY) < fromMs) firstAction++
      while ((actionsMs[nextAction] ?? Number.POSITIVE_INFINITY) <= atMs) nextAction++
      const moves = last - first + 1
      const actions = nextAction - firstAction
      const most = maxMoves(config, vrrp, { servers, windowMs, actions })
      if (moves <= most) continue
      const what = `moved ${moves} times in ${windowMs} ms, not ${most}`
      report('moves-too-often', `${instance} ${what}`, atMs)
    }
  }

  return {
    done: (atMs: number) => actionsMs.push(atMs),
    moved(instance: string, atMs: number): void {
      const times = movesMs.get(instance)
      if (times === undefined) movesMs.set(instance, [atMs])
      else times.push(atMs)
    },
    count(): void {
      for (const [instance, timesMs] of movesMs)
        for (const windowMs of WINDOWS_MS) countMoves(instance, timesMs, windowMs)
    },
  }
}

function auditDaemon(watched: Watched, world: World, node: Node): void {
  const record = watched.records[node.index] as ServerRecord
  const isAlive = watched.nowMs >= node.daemonDeadUntilMs
  // The state is what it was when the daemon died.
  const diedDrained = !isAlive && (record.state?.override ?? null) !== null
  for (const [instance, { name }] of world.instances.entries()) {
    const worth = world.vrrp[instance]?.routers[node.index]?.priority
    if (typeof worth !== 'number' || worth <= 1) continue
    if (worth !== record.state?.published.get(name))
      watched.report('unpublished', `keepalived on ${node.name} has ${worth} for ${name}`)
    if (diedDrained && worth > 30)
      watched.report('drained-dead', `${node.name}, whose daemon is dead, has ${worth} for ${name}`)
    if (watched.nowMs > record.validUntilMs + CHECK_FINDS_MS + 1)
      watched.report('dead-man', `${node.name}, whose status is stale, has ${worth} for ${name}`)
  }
}

function auditService(watched: Watched, world: World, node: Node): void {
  const record = watched.records[node.index] as ServerRecord
  const { alive, frozenUntilMs } = node.bind.condition
  if (alive && frozenUntilMs <= watched.nowMs) record.deadSinceMs = null
  else record.deadSinceMs ??= watched.nowMs
  // Nobody can obey while the daemon is stopped, and another order is another thing to obey.
  const order = watched.nowMs < node.daemonStalledUntilMs ? null : node.override
  if (order !== record.order) record.orderedSinceMs = order === null ? null : watched.nowMs
  record.order = order
  for (const instance of world.instances.keys()) {
    const worth = world.vrrp[instance]?.routers[node.index]?.priority
    if (typeof worth === 'number' && worth >= SERVES_WELL)
      record.servesSinceMs[instance] ??= watched.nowMs
    else record.servesSinceMs[instance] = null
  }
}

function auditHolder(watched: Watched, world: World, instance: number): void {
  for (const holder of world.nodes) {
    const record = watched.records[holder.index] as ServerRecord
    const wrongSinceMs = earlier(record.deadSinceMs, record.orderedSinceMs)
    if (!holder.holds(instance) || wrongSinceMs === null) continue
    const mostMs = blackHoleMs(watched.config, watched.vrrp)
    if (watched.nowMs - wrongSinceMs < mostMs) continue
    const name = world.instances[instance]?.name
    const isDead = wrongSinceMs === record.deadSinceMs
    // A dead named is another matter: the order may be younger than that.
    const orderedMs = watched.nowMs - (record.orderedSinceMs ?? watched.nowMs)
    const isHeard = orderedMs >= mostMs && watched.nowMs >= holder.daemonDeadUntilMs
    if (record.order === 'isolated' && isHeard)
      watched.report('order-ignored', `${holder.name}, isolated, has ${name}`)
    for (const other of world.nodes) {
      const sinceMs = watched.records[other.index]?.servesSinceMs[instance] ?? null
      if (sinceMs === null || watched.nowMs - sinceMs < mostMs) continue
      if (other === holder || watched.nowMs - apartMs(watched, world, holder, other) < mostMs)
        continue
      const keeps = `keeps ${name}; ${other.name} could have it`
      if (isDead) watched.report('black-hole', `${holder.name}, dead, ${keeps}`)
      else watched.report('order-ignored', `${holder.name}, ${holder.override}, ${keeps}`)
    }
  }
}

/** When two servers last did not hear each other, or might not have. */
function apartMs(watched: Watched, { context }: World, one: Node, other: Node): number {
  const untilMs = [context.partitionUntilMs, one.linkDownUntilMs, other.linkDownUntilMs]
  return Math.min(watched.nowMs, Math.max(...untilMs))
}

function checkSettled(watched: Watched, world: World): void {
  watched.nowMs = world.nowMs()
  for (const { name, index } of world.nodes) {
    const state = watched.records[index]?.state
    if (state?.health !== 'healthy') watched.report('unsettled', `${name} is ${state?.health}`)
    else if (state.damper.phase !== 'up') watched.report('unsettled', `${name} is on probation`)
  }
  for (const [instance, { name, reverseOrder }] of world.instances.entries()) {
    const order = byRank(world.context.order, reverseOrder)
    const best = order.find((server) =>
      world.nodes.some((node) => node.name === server && usable(watched, node)),
    )
    const holders = world.nodes.filter((node) => node.holds(instance)).map((node) => node.name)
    if (holders.length !== 1 || holders[0] !== best)
      watched.report(
        'unsettled',
        `${name} is on ${holders.join(' and ') || 'nobody'}, not on ${best}`,
      )
  }
}

function usable(watched: Watched, node: Node): boolean {
  return node.override === null && watched.nowMs >= node.linkDownUntilMs
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
