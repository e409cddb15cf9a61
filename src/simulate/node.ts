// One simulated server: its addresses, its BIND, its checker, its keepalived.

import type { Agenda } from './agenda.ts'
import { createBind, SOCKETS_OPEN_MS } from './bind.ts'
import type { Checker, Policy, PolicyHost, SimulatedAddress, SimulatedInstance } from './policy.ts'
import type { Random } from './random.ts'
import { type FaultTarget, newFaultTarget } from './server-faults.ts'
import type { VrrpPriority } from './vrrp.ts'

export interface Node extends FaultTarget {
  readonly index: number
  readonly checker: Checker
  readonly instances: readonly SimulatedInstance[]
  /** What the policy wants; keepalived overrides it with FAULT while its interface is down. */
  readonly wanted: readonly VrrpPriority[]
  linkDownUntilMs: number
  daemonDeadUntilMs: number
  /** Until when its daemon is stopped, and can obey no order. */
  daemonStalledUntilMs: number
  drainedUntilMs: number
  slowDiskUntilMs: number
  override: 'drained' | 'isolated' | null
  holds(instance: number): boolean
  take(instance: number): void
  release(instance: number): void
  startChecker(order: readonly string[]): void
  killChecker(): void
}

/** What a node needs of the world. */
export interface NodeContext {
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly instances: readonly SimulatedInstance[]
  readonly onLoopback: boolean
  readonly policy: Policy
  readonly random: Random
  /** The policy on this server wants another priority. */
  readonly wants: (node: Node, instance: number, priority: VrrpPriority) => void
  /** Something that clients feel has changed. */
  readonly onImpact: () => void
}

const LOOPBACK = '127.0.0.1'
const INTERFACE = 'eth0'

export function createNode(name: string, index: number, context: NodeContext): Node {
  const { agenda, nowMs, instances, random } = context
  const bind = createBind(random.fork(`bind ${name}`))
  const wanted: VrrpPriority[] = instances.map(() => 1)
  const held = instances.map((): number | null => null)
  const own = `192.0.2.${11 + index}`
  let life = 0
  let table: readonly SimulatedAddress[] = readTable()
  for (const { address } of table) bind.addressCame(address, Number.NEGATIVE_INFINITY)

  function readTable(): SimulatedAddress[] {
    const addresses = [entry(LOOPBACK, 'lo', null), entry(own, INTERFACE, null)]
    for (const [at, { address }] of instances.entries()) {
      if (context.onLoopback) addresses.push(entry(address, 'lo', null))
      const sinceMs = held[at]
      if (typeof sinceMs === 'number') addresses.push(entry(address, INTERFACE, sinceMs))
    }
    return addresses
  }

  function addressMoved(at: number, comes: boolean): void {
    const { address } = instances[at] as SimulatedInstance
    held[at] = comes ? nowMs() : null
    table = readTable()
    if (!context.onLoopback) {
      if (comes) bind.addressCame(address, nowMs())
      else bind.addressWent(address)
      agenda.add(nowMs() + SOCKETS_OPEN_MS, context.onImpact)
    }
    node.checker.addressesChanged(comes ? [] : [{ address, interface: INTERFACE }])
  }

  const host: PolicyHost = {
    server: index,
    serverName: name,
    instances,
    random: random.fork(`policy ${name}`),
    nowMs,
    later(afterMs, run) {
      const born = life
      agenda.add(nowMs() + afterMs, () => {
        if (life === born) run()
      })
    },
    keepalivedLater: (afterMs, run) => agenda.add(nowMs() + afterMs, run),
    ask: (address, transport, upstream, timeoutMs) =>
      bind.ask(address, transport, upstream, timeoutMs, nowMs()),
    addresses: () => table,
    setPriority(instance, priority) {
      wanted[instance] = priority
      context.wants(node, instance, priority)
    },
  }

  const node: Node = {
    ...newFaultTarget(name, bind),
    index,
    checker: context.policy.create(host),
    instances,
    wanted,
    linkDownUntilMs: Number.NEGATIVE_INFINITY,
    daemonDeadUntilMs: Number.NEGATIVE_INFINITY,
    daemonStalledUntilMs: Number.NEGATIVE_INFINITY,
    drainedUntilMs: Number.NEGATIVE_INFINITY,
    slowDiskUntilMs: Number.NEGATIVE_INFINITY,
    override: null,
    holds: (at) => held[at] !== null,
    take: (at) => addressMoved(at, true),
    release: (at) => addressMoved(at, false),
    startChecker(order) {
      node.checker.start(order)
      if (node.override !== null) node.checker.override(node.override)
    },
    killChecker() {
      life++
      node.checker.killed()
    },
  }
  return node
}

function entry(address: string, name: string, sinceMs: number | null): SimulatedAddress {
  const family = address.includes(':') ? 6 : 4
  return { address, family, interface: name, loopback: name === 'lo', sinceMs }
}
