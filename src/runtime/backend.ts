// One real server of a load balancer: an engine that asks it, and the weight that follows.
import {
  type Backend,
  backendAddresses,
  backendConfig,
  backendStanding,
} from '../balancer/backend.ts'
import type { Member } from '../balancer/pool.ts'
import { UNWEIGHED, type Weighing, weigh } from '../balancer/weight.ts'
import type { BalancerConfig } from '../config/balancer/balancer-config.ts'
import type { Config } from '../config/config.ts'
import { isWhole, type Override } from '../core/override.ts'
import { isAnswered } from '../dns/outcome.ts'
import { type BackendStatus, causeOf } from '../documents/status.ts'
import { isoTime, reasonText } from '../documents/text.ts'
import { targetStatuses } from '../observers/status.ts'
import type { Clock, Log, Prober } from '../ports.ts'
import { logLine } from '../view/log-line.ts'
import { createEngine } from './engine.ts'

export interface BackendPorts {
  readonly clock: Clock
  readonly log: Log
  /** Asks a real server wherever it is to be asked, from where the balancer sends its probes. */
  readonly proberFor: (backend: Backend, balancer: BalancerConfig) => Prober
  /** Told whenever it has been judged, and whenever it has earned another weight. */
  readonly onMember: (backend: RunningBackend) => void
}

export interface RunningBackend {
  readonly name: string
  readonly service: string
  /** How it stands, and what it has earned by itself: its place is among the others. */
  member(): Member
  /** Whether that rests on what it answered since this process last woke. */
  isJudged(): boolean
  /** Why it is not healthy, in words. */
  reasons(): readonly string[]
  override(): Override | null
  takeOverride(override: Override | null): void
  useConfig(config: Config, balancer: BalancerConfig, backend: Backend): void
  /** @param weight as it is published */
  status(weight: number | null): BackendStatus
  /** Nothing is asked any more, and the weight stays as it is. */
  stop(): void
}

/** Asks the real server from now on. */
export function startBackend(
  config: Config,
  balancer: BalancerConfig,
  first: Backend,
  order: Override | null,
  ports: BackendPorts,
): RunningBackend {
  const { clock } = ports
  const { name } = first
  let backend = first
  let addresses = backendAddresses(first, balancer)
  let slowStartMs = balancer.slowStartMs
  let prober = ports.proberFor(backend, balancer)
  let weighing: Weighing = UNWEIGHED
  let member: Member = { name, standing: null, weight: null, isTakenOut: false }
  let cancelGrowth = () => {}
  let came = 0
  let went = 0

  const engine = createEngine(
    backendConfig(config, backend),
    { clock, prober: { ask: (query) => prober.ask(query) } },
    {
      onStep() {},
      perform(effect) {
        // The core emits a status whenever something has changed that a verdict depends on.
        if (effect.kind === 'status') reweigh()
        if (effect.kind !== 'log') return
        const { level, text } = logLine(effect.entry)
        ports.log.line(level, `${name}: ${text}`)
      },
    },
  )

  function reweigh(): void {
    const state = engine.state()
    if (state.stopped) return
    const before = member
    const standing = backendStanding(state)
    // This process was stopped, and asks anew: nobody leaves the pool, or becomes a last resort, for that.
    if (standing === null && before.standing !== null) return
    const fullWeight = backend.server.weight
    weighing = weigh(weighing, { standing, fullWeight, slowStartMs }, clock.nowMs())
    cancelGrowth()
    if (Number.isFinite(weighing.growsAtMs))
      cancelGrowth = clock.wakeAt(weighing.growsAtMs, reweigh)
    const { weight } = weighing
    member = { name, standing, weight, isTakenOut: isWhole(state.override) }
    if (weight === null) return
    if (before.weight === 0 && weight > 0) came++
    if ((before.weight ?? 0) > 0 && weight === 0) went++
    ports.onMember(running)
  }

  const reasons = () => engine.state().reasons.map(reasonText)

  function status(weight: number | null): BackendStatus {
    const state = engine.state()
    const nowMs = clock.nowMs()
    const wall = (ms: number) => isoTime(clock.wallMs() - (nowMs - ms))
    const targets = targetStatuses(state, wall)
    return {
      backend: name,
      service: backend.service.name,
      server: backend.server.name,
      verdict: state.verdict,
      standing: member.standing ?? 'failed',
      weight,
      configured_weight: backend.server.weight,
      since: wall(state.verdictSinceMs),
      reasons: reasons(),
      causes: state.reasons.map(causeOf),
      override: state.override,
      targets_ok: targets.filter(({ outcome }) => outcome !== null && isAnswered(outcome)).length,
      targets,
      came,
      went,
    }
  }

  const running: RunningBackend = {
    name,
    service: backend.service.name,
    member: () => member,
    isJudged: () => engine.statusForMs() >= 0 && backendStanding(engine.state()) !== null,
    reasons,
    override: () => engine.state().override,
    takeOverride(override) {
      engine.dispatch({ kind: 'override', nowMs: clock.nowMs(), override })
    },
    useConfig(next, nextBalancer, nextBackend) {
      const before = addresses
      addresses = backendAddresses(nextBackend, nextBalancer)
      backend = nextBackend
      slowStartMs = nextBalancer.slowStartMs
      prober = ports.proberFor(backend, nextBalancer)
      const nowMs = clock.nowMs()
      engine.dispatch({ kind: 'config', nowMs, config: backendConfig(next, backend) })
      if (JSON.stringify(before) === JSON.stringify(addresses)) return
      const stay = new Set(addresses.map(({ address }) => address))
      const removed = before
        .filter(({ address }) => !stay.has(address))
        .map((it) => ({ address: it.address, interface: it.interface }))
      engine.dispatch({ kind: 'addresses', nowMs, addresses, removed })
    },
    status,
    stop() {
      cancelGrowth()
      engine.dispatch({ kind: 'stop', nowMs: clock.nowMs() })
    },
  }
  // The order first: nothing must be published that it forbids.
  if (order !== null) running.takeOverride(order)
  engine.dispatch({ kind: 'addresses', nowMs: clock.nowMs(), addresses, removed: [] })
  return running
}
