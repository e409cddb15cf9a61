// The policy under test: the daemon's own core, and keepalived's dead-man beside it.
import type { Config } from '../config/config.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { PublishedPriority } from '../core/priority.ts'
import { mayServe } from '../core/standing.ts'
import type { Step } from '../core/step.ts'
import { serverStanding } from '../core/verdict.ts'
import { createCore } from './core.ts'
import { checkPhaseMs, createDeadMan } from './dead-man.ts'
import type { Checker, Policy, PolicyHost } from './policy.ts'
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

function createHoldfast(
  config: Config,
  host: PolicyHost,
  observe: StepObserver | undefined,
): Checker {
  const instances = new Map(host.instances.map((instance, index) => [instance.name, index]))
  const published: VrrpPriority[] = host.instances.map(() => LOWEST)
  const deadMan = createDeadMan(checkPhaseMs(host.random.next()), {
    nowMs: host.nowMs,
    later: host.keepalivedLater,
    changed() {
      for (const index of published.keys()) elect(index)
    },
  })
  const seen = {
    nowMs: host.nowMs,
    ask({ target, question, timeoutMs }: QueryEffect) {
      const isUpstream = upstreamQuestions.size > 0 && upstreamQuestions.has(question.name)
      const upstream = isUpstream ? question.name : null
      return host.ask(target.address, target.transport, upstream, timeoutMs)
    },
    perform,
  }
  const core = createCore(
    observe === undefined
      ? seen
      : { ...seen, observe: (event, result, nowMs) => observe(host.server, event, result, nowMs) },
  )
  let upstreamQuestions = questionsUpstream(config)
  let startedMs = 0
  let current = config
  let diskWaitMs = 0

  function waitForDisk(): void {
    if (diskWaitMs > 0) stall(host.nowMs() + diskWaitMs)
  }

  function stall(untilMs: number): void {
    core.stall(untilMs)
    deadMan.daemonStopped()
  }

  function perform(effect: Exclude<Effect, QueryEffect>): void {
    switch (effect.kind) {
      case 'priority':
        publish(effect.instance, effect.priority)
        waitForDisk()
        return
      case 'status': {
        const state = core.state()
        if (state !== null)
          deadMan.statusWritten(effect.validUntilMs, mayServe(serverStanding(state)))
        waitForDisk()
        return
      }
      case 'reread':
        sendAddresses([])
        return
      case 'log':
        return
      default:
        effect satisfies never
    }
  }

  function publish(instance: string, priority: PublishedPriority): void {
    const index = instances.get(instance)
    if (index === undefined) return
    published[index] = priority === 'lowest' ? LOWEST : priority
    elect(index)
  }

  function elect(index: number): void {
    const file = published[index] as VrrpPriority
    host.setPriority(index, deadMan.passes() || file === 'fault' ? file : LOWEST)
  }

  function sendAddresses(
    removed: readonly { readonly address: string; readonly interface: string }[],
  ): void {
    const addresses = host.addresses().map((address) => {
      // What was there before the daemon has no age that it could know.
      const sinceMs =
        address.sinceMs !== null && address.sinceMs > startedMs ? address.sinceMs : null
      return { ...address, sinceMs, state: 'ready' as const }
    })
    core.send({ kind: 'addresses', nowMs: host.nowMs(), addresses, removed })
  }

  function sendOrder(servers: readonly string[]): void {
    for (const pool of config.pools)
      core.send({ kind: 'order', nowMs: host.nowMs(), pool: pool.name, servers })
  }

  return {
    start(order) {
      startedMs = host.nowMs()
      current = config
      core.begin(config)
      upstreamQuestions = questionsUpstream(config)
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
      upstreamQuestions = questionsUpstream(changed)
      core.send({ kind: 'config', nowMs: host.nowMs(), config: current })
    },
    reloaded() {
      // What is read again equals what was read before, and is not the same object.
      core.send({ kind: 'config', nowMs: host.nowMs(), config: structuredClone(current) })
    },
    stalled: stall,
    diskSlowed(waitMs) {
      diskWaitMs = waitMs
    },
    killed() {
      core.end()
      deadMan.daemonStopped()
    },
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

/** By name: a core keeps the questions of before that a new config has, too. */
function questionsUpstream({ groups }: Config): ReadonlySet<string> {
  const upstream = groups.filter((group) => group.kind === 'upstream')
  return new Set(upstream.flatMap((group) => group.probes.map((probe) => probe.question.name)))
}
