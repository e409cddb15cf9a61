// The policy under test: the daemon's own core, and keepalived's dead man's switch beside it.
import type { Config } from '../config/config.ts'
import type { LocalAddress } from '../core/check.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { PublishedPriority } from '../core/priority.ts'
import { mayServe } from '../core/server-state.ts'
import type { Step } from '../core/step.ts'
import { createCore } from './core.ts'
import { checkPhaseMs, createDeadMansSwitch } from './dead-mans-switch.ts'
import type { Checker, Policy, PolicyHost, SimulatedAddress } from './policy.ts'
import type { VrrpPriority } from './vrrp.ts'

const LOWEST = 1

/** Sees every step of every simulated server. */
export type StepObserver = (server: number, event: Event, result: Step, nowMs: number) => void

export interface HoldfastOptions {
  readonly name?: string
  readonly observe?: StepObserver
}

export function holdfastPolicy(config: Config, options: HoldfastOptions = {}): Policy {
  return {
    name: options.name ?? 'holdfast',
    source: 'this program',
    create: (host) =>
      createHoldfast({ ...config, server: { name: host.serverName } }, host, options.observe),
  }
}

/** What keepalived on a server makes of the files that the daemon publishes. */
function createKeepalived(host: PolicyHost) {
  const instances = new Map(host.instances.map((instance, index) => [instance.name, index]))
  const published: VrrpPriority[] = host.instances.map(() => LOWEST)
  const deadMansSwitch = createDeadMansSwitch(checkPhaseMs(host.random.next()), {
    nowMs: host.nowMs,
    later: host.keepalivedLater,
    changed() {
      for (const index of published.keys()) elect(index)
    },
  })

  function elect(index: number): void {
    const file = published[index] as VrrpPriority
    host.setPriority(index, deadMansSwitch.passes() || file === 'fault' ? file : LOWEST)
  }

  return {
    deadMansSwitch,
    publish(instance: string, priority: PublishedPriority): void {
      const index = instances.get(instance)
      if (index === undefined) return
      published[index] = priority === 'lowest' ? LOWEST : priority
      elect(index)
    },
  }
}

/** What was there before the daemon has no age that it could know. */
function knownSince(address: SimulatedAddress, startedMs: number): LocalAddress {
  const { sinceMs } = address
  const isYounger = sinceMs !== null && sinceMs > startedMs
  return { ...address, sinceMs: isYounger ? sinceMs : null, state: 'ready' }
}

/**
 * The daemon's process: its core, and what becomes of what that publishes.
 *
 * @param reread the core wants the table of addresses once more
 */
function createProcess(host: PolicyHost, observe: StepObserver | undefined, reread: () => void) {
  const keepalived = createKeepalived(host)
  const { deadMansSwitch } = keepalived
  let diskWaitMs = 0
  const seen = {
    nowMs: host.nowMs,
    ask({ endpoint, run, source, timeoutMs }: QueryEffect) {
      const isUpstream = run.check.group.kind === 'upstream' && source.kind !== 'quorum'
      const upstream = isUpstream ? source.question.name : null
      return host.ask(endpoint.address, endpoint.transport, upstream, timeoutMs)
    },
    perform,
  }
  const core = createCore(
    observe === undefined
      ? seen
      : { ...seen, observe: (event, result, nowMs) => observe(host.server, event, result, nowMs) },
  )

  function stall(untilMs: number): void {
    core.stall(untilMs)
    deadMansSwitch.daemonStopped()
  }

  function waitForDisk(): void {
    if (diskWaitMs > 0) stall(host.nowMs() + diskWaitMs)
  }

  function perform(effect: Exclude<Effect, QueryEffect>): void {
    switch (effect.kind) {
      case 'priority':
        keepalived.publish(effect.instance, effect.priority)
        waitForDisk()
        return
      case 'status':
        deadMansSwitch.statusWritten(effect.validUntilMs, mayServe(effect.state))
        waitForDisk()
        return
      case 'reread':
        reread()
        return
      case 'log':
        return
      default:
        effect satisfies never
    }
  }

  return {
    core,
    stall,
    diskSlowed(waitMs: number): void {
      diskWaitMs = waitMs
    },
    killed(): void {
      core.end()
      deadMansSwitch.daemonStopped()
    },
  }
}

function createHoldfast(
  config: Config,
  host: PolicyHost,
  observe: StepObserver | undefined,
): Checker {
  const { core, ...life } = createProcess(host, observe, () => sendAddresses([]))
  let startedMs = 0
  let current = config

  function sendAddresses(
    removed: readonly { readonly address: string; readonly interface: string }[],
  ): void {
    const addresses = host.addresses().map((address) => knownSince(address, startedMs))
    core.send({ kind: 'addresses', nowMs: host.nowMs(), addresses, removed })
  }

  function sendOrder(servers: readonly string[]): void {
    for (const cluster of config.clusters)
      core.send({ kind: 'order', nowMs: host.nowMs(), cluster: cluster.name, servers })
  }

  return {
    start(order) {
      startedMs = host.nowMs()
      current = config
      core.begin(config)
      sendOrder(order)
      sendAddresses([])
    },
    addressesChanged: sendAddresses,
    orderChanged: sendOrder,
    override(mode) {
      core.send({ kind: 'override', nowMs: host.nowMs(), override: simulatedOverride(mode) })
    },
    configChanged(changed) {
      current = { ...changed, server: config.server }
      core.send({ kind: 'config', nowMs: host.nowMs(), config: current })
    },
    reloaded() {
      // What is read again equals what was read before, and is not the same object.
      core.send({ kind: 'config', nowMs: host.nowMs(), config: structuredClone(current) })
    },
    stalled: life.stall,
    diskSlowed: life.diskSlowed,
    killed: life.killed,
    wakeAtMs: core.wakeAtMs,
    tick: core.tick,
  }
}

/** An order that some operator gave. */
export function simulatedOverride(mode: 'drained' | 'isolated' | null) {
  return mode === null
    ? null
    : { mode, by: 'simulation', reason: '', sinceWallMs: 0, untilWallMs: null }
}
