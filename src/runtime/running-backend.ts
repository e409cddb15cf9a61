// One real server of a load balancer: an engine that asks it, and the weight that follows.
import { backendAddresses, backendConfig, backendServerState } from '../balancer/backend.ts'
import type { Member } from '../balancer/pool.ts'
import { UNWEIGHED, type Weighing, weigh } from '../balancer/weight.ts'
import type { Backend } from '../config/balancer-backends.ts'
import type { BalancerConfig } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { LocalAddress } from '../core/check.ts'
import type { Effect, QueryEffect } from '../core/effect.ts'
import { isAnswered } from '../core/outcome.ts'
import { isWhole, type Override } from '../core/override.ts'
import { type BackendStatus, causeOf } from '../documents/status-document.ts'
import { isoTime, reasonText } from '../documents/text.ts'
import { endpointStatuses } from '../observers/status.ts'
import type { BackendOverrides, Clock, Log, Prober } from '../ports.ts'
import { logLine } from '../view/log-line.ts'
import { createEngine, type Engine } from './engine.ts'

export interface BackendPorts {
  readonly clock: Clock
  readonly log: Log
  /** Asks a real server wherever it is to be asked, from where the balancer sends its probes. */
  readonly proberFor: (backend: Backend, balancer: BalancerConfig) => Prober
  readonly overrides: Pick<BackendOverrides, 'readerOf'>
  /** Told whenever it has been judged, and whenever it has earned another weight. */
  readonly onMember: (backend: RunningBackend) => void
}

/** Asks the real server from the moment it is made. */
export class RunningBackend {
  readonly name: string
  readonly service: string
  readonly #ports: BackendPorts
  readonly #engine: Engine
  readonly #readOrder: () => Override | null
  #backend: Backend
  #addresses: readonly LocalAddress[]
  #slowStartMs: number
  #prober: Prober
  #weighing: Weighing = UNWEIGHED
  #member: Member
  #cancelGrowth = () => {}
  #came = 0
  #went = 0

  constructor(config: Config, balancer: BalancerConfig, backend: Backend, ports: BackendPorts) {
    const { clock } = ports
    const { name } = backend
    this.name = name
    this.service = backend.service.name
    this.#ports = ports
    this.#backend = backend
    this.#addresses = backendAddresses(backend, balancer)
    this.#slowStartMs = balancer.slowStartMs
    this.#prober = ports.proberFor(backend, balancer)
    this.#member = { name, state: null, weight: null, isTakenOut: false }
    this.#engine = createEngine(
      backendConfig(config, backend),
      { clock, prober: { ask: (query) => this.#prober.ask(query) }, quorum: null },
      { onStep() {}, perform: (effect) => this.#perform(effect) },
    )
    // The order first: nothing must be published that it forbids.
    this.#readOrder = ports.overrides.readerOf(name)
    this.readOrder()
    const addresses = this.#addresses
    this.#engine.dispatch({ kind: 'addresses', nowMs: clock.nowMs(), addresses, removed: [] })
  }

  /** How it stands, and what it has earned by itself: its place is among the others. */
  get member(): Member {
    return this.#member
  }

  /** Whether that rests on what it answered since this process last woke. */
  get isJudged(): boolean {
    return this.#engine.statusForMs() >= 0 && backendServerState(this.#engine.facts()) !== null
  }

  /** Why it is not healthy, in words. */
  get reasons(): readonly string[] {
    return this.#engine.facts().reasons.map(reasonText)
  }

  get override(): Override | null {
    return this.#engine.facts().override
  }

  readOrder(): void {
    const override = this.#readOrder()
    if (JSON.stringify(override) === JSON.stringify(this.override)) return
    this.#engine.dispatch({ kind: 'override', nowMs: this.#ports.clock.nowMs(), override })
  }

  useConfig(config: Config, balancer: BalancerConfig, backend: Backend): void {
    const before = this.#addresses
    const addresses = backendAddresses(backend, balancer)
    this.#addresses = addresses
    this.#backend = backend
    this.#slowStartMs = balancer.slowStartMs
    this.#prober = this.#ports.proberFor(backend, balancer)
    const nowMs = this.#ports.clock.nowMs()
    this.#engine.dispatch({ kind: 'config', nowMs, config: backendConfig(config, backend) })
    if (JSON.stringify(before) === JSON.stringify(addresses)) return
    const stay = new Set(addresses.map(({ address }) => address))
    const removed = before
      .filter(({ address }) => !stay.has(address))
      .map((localAddress) => ({ address: localAddress.address, interface: localAddress.interface }))
    this.#engine.dispatch({ kind: 'addresses', nowMs, addresses, removed })
  }

  /** @param weight as it is published */
  status(weight: number | null): BackendStatus {
    const { clock } = this.#ports
    const { service, server } = this.#backend
    const facts = this.#engine.facts()
    const nowMs = clock.nowMs()
    const wall = (ms: number) => isoTime(clock.wallMs() - (nowMs - ms))
    const endpoints = endpointStatuses(facts, wall)
    return {
      backend: this.name,
      service: service.name,
      server: server.name,
      health: facts.health,
      state: this.#member.state ?? 'failed',
      weight,
      configured_weight: server.weight,
      since: wall(facts.healthSinceMs),
      reasons: facts.reasons.map(reasonText),
      causes: facts.reasons.map(causeOf),
      override: facts.override,
      endpoints_ok: endpoints.filter(({ outcome }) => outcome !== null && isAnswered(outcome))
        .length,
      endpoints,
      came: this.#came,
      went: this.#went,
    }
  }

  /** Nothing is asked any more, and the weight stays as it is. */
  stop(): void {
    this.#cancelGrowth()
    this.#engine.dispatch({ kind: 'stop', nowMs: this.#ports.clock.nowMs() })
  }

  #perform(effect: Exclude<Effect, QueryEffect>): void {
    // The core emits a status whenever something has changed that health depends on.
    if (effect.kind === 'status') this.#reweigh()
    if (effect.kind !== 'log') return
    const { level, text } = logLine(effect.entry)
    this.#ports.log.line(level, `${this.name}: ${text}`)
  }

  #reweigh(): void {
    const { clock, onMember } = this.#ports
    const facts = this.#engine.facts()
    if (facts.stopped) return
    const before = this.#member
    const serverState = backendServerState(facts)
    // This process was stopped, and asks anew: nobody leaves the pool, or becomes fail-open, for that.
    if (serverState === null && before.state !== null) return
    const rules = { fullWeight: this.#backend.server.weight, slowStartMs: this.#slowStartMs }
    this.#weighing = weigh(this.#weighing, { state: serverState, ...rules }, clock.nowMs())
    const { weight, growsAtMs } = this.#weighing
    this.#cancelGrowth()
    if (Number.isFinite(growsAtMs))
      this.#cancelGrowth = clock.wakeAt(growsAtMs, () => this.#reweigh())
    this.#member = {
      name: this.name,
      state: serverState,
      weight,
      isTakenOut: isWhole(facts.override),
    }
    if (weight === null) return
    if (before.weight === 0 && weight > 0) this.#came++
    if ((before.weight ?? 0) > 0 && weight === 0) this.#went++
    onMember(this)
  }
}
