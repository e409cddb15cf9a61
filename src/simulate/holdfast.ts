// The policy under test: the daemon's own core, and keepalived's dead-man beside it.
import type { Config } from '../config/config.ts'
import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { PublishedPriority } from '../core/priority.ts'
import { mayServe } from '../core/standing.ts'
import { initialState } from '../core/state.ts'
import { type Step, stepOn } from '../core/step.ts'
import { newTurn, type Turn } from '../core/turn.ts'
import { worth } from '../core/verdict.ts'
import type { Question } from '../dns/probe.ts'
import { createPending } from './pending.ts'
import type { Checker, Policy, PolicyHost } from './policy.ts'
import type { VrrpPriority } from './vrrp.ts'

/** keepalived runs `check` once a second, and takes the server to the lowest priority when it fails twice. */
const CHECK_EVERY_MS = 1000
const CHECK_FALL = 2
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
  const checkPhaseMs = host.random.between(0, CHECK_EVERY_MS)
  let upstreamQuestions = questionsUpstream(config)
  const pending = createPending()
  const tickEvent: { kind: 'tick'; nowMs: number } = { kind: 'tick', nowMs: 0 }
  let turn: Turn | null = null
  const waiting: Event[] = []
  let isPerforming = false
  let startedMs = 0
  let wakeAtMs = Number.POSITIVE_INFINITY
  let validUntilMs = Number.NEGATIVE_INFINITY
  let servable = false
  let checkPasses = false
  let failedChecks = 0
  let awaitedCheckMs = Number.POSITIVE_INFINITY

  /** As in the daemon, what an effect brings about at once is taken in when all effects are done. */
  function send(event: Event): void {
    if (isPerforming) {
      waiting.push(event)
      return
    }
    takeStep(event)
    while (waiting.length > 0) takeStep(waiting.shift() as Event)
  }

  function takeStep(event: Event): void {
    if (turn === null) return
    const result = stepOn(turn, event)
    wakeAtMs = result.wakeAtMs
    // What is used again must not be what an observer keeps.
    const kept = observe === undefined ? result : { ...result, effects: [...result.effects] }
    const { effects } = kept
    isPerforming = true
    for (let index = 0; index < effects.length; index++) perform(effects[index] as Effect)
    isPerforming = false
    observe?.(host.server, { ...event }, kept, event.nowMs)
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'query': {
        const { id, target, question, timeoutMs } = effect
        const upstream = upstreamQuestions.size > 0 && upstreamQuestions.has(question)
        const reply = host.ask(target.address, target.transport, upstream, timeoutMs)
        const { outcome, latencyMs } = reply
        const nowMs = host.nowMs() + latencyMs
        pending.add({ kind: 'result', nowMs, queryId: id, outcome, latencyMs })
        return
      }
      case 'priority':
        publish(effect.instance, effect.priority)
        return
      case 'status':
        writeStatus(effect.validUntilMs)
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

  function writeStatus(untilMs: number): void {
    validUntilMs = untilMs
    if (turn !== null) servable = mayServe(worth(turn.state))
    if (servable !== checkPasses) awaitCheck()
  }

  /** keepalived finds out at its next check, not before. */
  function awaitCheck(): void {
    const nextMs = nextCheckMs(host.nowMs())
    if (nextMs === awaitedCheckMs) return
    awaitedCheckMs = nextMs
    host.keepalivedLater(nextMs - host.nowMs(), runCheck)
  }

  function runCheck(): void {
    awaitedCheckMs = Number.POSITIVE_INFINITY
    const nowMs = host.nowMs()
    const passes = servable && validUntilMs >= nowMs
    failedChecks = passes ? 0 : failedChecks + 1
    if (passes === checkPasses) return
    if (failedChecks > 0 && failedChecks < CHECK_FALL) {
      awaitedCheckMs = nextCheckMs(nowMs + 1)
      host.keepalivedLater(awaitedCheckMs - nowMs, runCheck)
      return
    }
    checkPasses = passes
    for (const index of published.keys()) elect(index)
  }

  function elect(index: number): void {
    const file = published[index] as VrrpPriority
    host.setPriority(index, checkPasses || file === 'fault' ? file : LOWEST)
  }

  function nextCheckMs(nowMs: number): number {
    return checkPhaseMs + Math.ceil((nowMs - checkPhaseMs) / CHECK_EVERY_MS) * CHECK_EVERY_MS
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
    send({ kind: 'addresses', nowMs: host.nowMs(), addresses, removed })
  }

  function tick(): void {
    const nowMs = host.nowMs()
    if (pending.nextMs > nowMs) {
      tickEvent.nowMs = nowMs
      send(tickEvent)
      return
    }
    send(pending.take())
  }

  return {
    start(order) {
      startedMs = host.nowMs()
      turn = newTurn(initialState(config, startedMs), true)
      upstreamQuestions = questionsUpstream(config)
      for (const pool of config.pools)
        send({ kind: 'order', nowMs: host.nowMs(), pool: pool.name, servers: order })
      sendAddresses([])
    },
    addressesChanged: sendAddresses,
    orderChanged(order) {
      for (const pool of config.pools)
        send({ kind: 'order', nowMs: host.nowMs(), pool: pool.name, servers: order })
    },
    override(mode) {
      const override =
        mode === null
          ? null
          : { mode, by: 'simulation', reason: '', sinceWallMs: 0, untilWallMs: null }
      send({ kind: 'override', nowMs: host.nowMs(), override })
    },
    configChanged(changed) {
      const { server } = config
      upstreamQuestions = questionsUpstream(changed)
      send({ kind: 'config', nowMs: host.nowMs(), config: { ...changed, server } })
    },
    killed() {
      turn = null
      wakeAtMs = Number.POSITIVE_INFINITY
      pending.clear()
      // The status stays as it is until it expires; the first check after that fails.
      const expiryMs = nextCheckMs(Math.max(host.nowMs(), validUntilMs))
      host.keepalivedLater(expiryMs + 1 - host.nowMs(), runCheck)
    },
    wakeAtMs: () => Math.min(pending.nextMs, wakeAtMs),
    tick,
  }
}

function questionsUpstream({ groups }: Config): ReadonlySet<Question> {
  const upstream = groups.filter((group) => group.kind === 'upstream')
  return new Set(upstream.flatMap((group) => group.probes.map((probe) => probe.question)))
}
