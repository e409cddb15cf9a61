// What the daemon does beside its checks: ends orders whose time is over, and keeps a standby's cache warm.
import type { Config } from '../config/config.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { Override } from '../core/override.ts'
import type { Observation } from '../drain/observation.ts'
import type { UndrainPlan } from '../drain/undrain-sequence.ts'
import type { Clock, Log } from '../ports.ts'
import { runUndrain, type UndrainPorts } from './maintenance.ts'
import { createOrderEnds } from './order-end.ts'
import { createStandbyWarmer, type WarmingPorts, warmCache } from './warming.ts'

export interface CaretakerPorts extends WarmingPorts {
  readonly clock: Clock
  readonly log: Log
  /** Whether NTP has set the clock. */
  readonly askClock: () => Promise<boolean>
  readonly readOverride: () => Override | null
  /** What a return may change: this order, and what it writes in its place. */
  readonly hold: (order: Override) => Pick<UndrainPorts, 'publish' | 'lift'>
  /** Made when a return begins, for the config of that moment. */
  readonly looker: (config: Config) => () => Promise<Observation>
  readonly planOf: (config: Config) => UndrainPlan
}

export interface Caretaker {
  /** Told of each status that was written. */
  onStatus(facts: ServerFacts): void
  onConfig(config: Config): void
  /** One sentence while a return is under way. */
  complaints(): readonly string[]
  stop(): void
}

/** The wall clock may be set at any time, so it is looked at rather than waited for. */
const LOOK_EVERY_MS = 1000
/** A disk that refuses a return is not asked, and not complained of, twice a second. */
const TRY_AGAIN_MS = 10_000

export function createCaretaker(first: Config, ports: CaretakerPorts): Caretaker {
  const { clock, log } = ports
  const warmer = createStandbyWarmer(first.cacheWarming, ports)
  const ends = createOrderEnds(clock, ports.askClock)
  const isOver = (order: Override | null) => ends.isOver('server', order)
  let config = first
  let stopped = false
  let returning: string | null = null
  let againAtMs = Number.NEGATIVE_INFINITY
  let cancel = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, look)

  function look(): void {
    if (stopped) return
    const override = ports.readOverride()
    const isDue = returning === null && clock.nowMs() >= againAtMs
    if (isDue && override !== null && isOver(override)) void comeBack(override)
    cancel = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, look)
  }

  /** The way of `undrain`, without a limit: a server that is not healthy stays out until it is. */
  async function comeBack(order: Override): Promise<void> {
    returning = 'drain expired: undraining once this server is healthy'
    log.line('info', returning)
    try {
      const isBack = await runUndrain(ports.planOf(config), {
        clock,
        look: ports.looker(config),
        // A new order, or a longer one, calls the return off.
        isCancelled: () => stopped || isCalledOff(),
        tell: ({ result, text }) =>
          log.line(result === 'failed' ? 'warn' : 'info', `undrain: ${text}`),
        ...ports.hold(order),
        warm: () => warmCache(config.cacheWarming, ports, { isCancelled: () => stopped }),
      })
      if (!isBack && !isCalledOff()) againAtMs = clock.nowMs() + TRY_AGAIN_MS
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.line('error', `internal error in the undrain: ${why}`)
    }
    returning = null
  }

  function isCalledOff(): boolean {
    const override = ports.readOverride()
    return override !== null && !isOver(override)
  }

  return {
    onStatus({ decided, health, stopped, instances }) {
      const isUseful = decided && health !== 'failed' && !stopped
      warmer.setStandby(isUseful && !instances.some(({ holding }) => holding))
    },
    onConfig(next) {
      config = next
      warmer.useConfig(next.cacheWarming)
    },
    complaints: () => (returning === null ? [] : [returning]),
    stop() {
      stopped = true
      cancel()
      warmer.stop()
    },
  }
}
