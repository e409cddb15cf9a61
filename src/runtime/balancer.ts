// A load balancer: its real servers, what they weigh, and whether each service has enough of them.
import { backendsOf } from '../balance/backend.ts'
import { ownConfig, ownTable, quorumTrouble, type ServiceCount } from '../balance/quorum.ts'
import type { BalancerConfig } from '../config/balancer-config.ts'
import type { Config } from '../config/config.ts'
import type { AddressesEvent } from '../core/event.ts'
import type { State } from '../core/state.ts'
import { worth } from '../core/verdict.ts'
import type {
  Answer,
  BackendOverrides,
  Clock,
  Log,
  Prober,
  TextFiles,
  WeightPublisher,
} from '../ports.ts'
import type { WeightLine } from '../render/history-line.ts'
import { weightLogLine } from '../render/log-line.ts'
import type { BackendStatus } from '../render/status-document.ts'
import { reasonText } from '../render/text.ts'
import { type BackendPorts, type RunningBackend, startBackend } from './backend.ts'
import { createWeightPublishing } from './publishing.ts'

export interface BalancerPorts extends Pick<BackendPorts, 'proberFor'> {
  readonly clock: Clock
  readonly log: Log
  readonly files: TextFiles
  readonly weights: WeightPublisher
  readonly overrides: BackendOverrides
}

export interface Balancer {
  /** Answers for the virtual addresses: does the address's service have its quorum? */
  readonly prober: Prober
  /** Starts to ask the real servers; `note` is told of each weight. */
  start(note: (line: WeightLine) => void): void
  /** What the balancer's own core goes by. */
  own(config: Config): Config
  ownTable(table: Pick<AddressesEvent, 'addresses' | 'removed'>): typeof table
  /** Real servers come and go; without a [balancer] those of before stay. */
  useConfig(config: Config): void
  statuses(): readonly BackendStatus[]
  /** All weights stay as they are, so that the pool does. */
  stop(): void
}

/** How often the weights are looked after, and the orders whose time may be over. */
const UPKEEP_MS = 1000

export function createBalancer(
  first: Config,
  firstBalancer: BalancerConfig,
  ports: BalancerPorts,
): Balancer {
  const { clock, log, overrides } = ports
  const publishing = createWeightPublishing(ports.weights, log)
  const backends = new Map<string, RunningBackend>()
  let config = first
  let balancer = firstBalancer
  let note: (line: WeightLine) => void = () => {}
  let unwatch = () => {}
  let cancelUpkeep = () => {}
  /** All first verdicts are in, and those who asked before that have been answered. */
  let isOpen = false
  let waiting: (() => void)[] = []

  function onWeight({ name }: RunningBackend, weight: number, state: State): void {
    publishing.weight(name, weight)
    const { level, text } = weightLogLine(name, weight, worth(state))
    log.line(level, text)
    const reasons = state.reasons.map(reasonText)
    const why = reasons.length === 0 ? {} : { reasons }
    const nowMs = clock.nowMs()
    note({ kind: 'weight', nowMs, backend: name, weight, standing: worth(state), ...why })
    open()
  }

  /** Once: a real server that is new later on is simply not in the pool until it is known. */
  function open(): void {
    if (isOpen || backends.size < backendsOf(balancer).length) return
    if ([...backends.values()].some((it) => it.weight() === null)) return
    isOpen = true
    for (const release of waiting) release()
    waiting = []
  }

  /** Starts, stops and changes real servers so that they are those of the config. */
  function arrange(): void {
    const wanted = new Map(backendsOf(balancer).map((it) => [it.name, it]))
    for (const [name, running] of backends) {
      if (wanted.has(name)) continue
      running.stop()
      backends.delete(name)
      log.line('info', `${name} is no longer a real server`)
    }
    // A real server that has gone must not weigh anything, whatever comes next.
    const retained = ports.weights.retain([...wanted.keys()])
    if (!retained.ok) log.line('warn', retained.error)
    unwatch()
    const paths = [...wanted.keys()].map(overrides.pathOf)
    unwatch = ports.files.watch(paths, readOverrides)
    for (const [name, backend] of wanted) {
      const running = backends.get(name)
      if (running !== undefined) running.useConfig(config, balancer, backend)
      else {
        const order = overrides.read(name)
        const started = startBackend(config, balancer, backend, order, { ...ports, onWeight })
        backends.set(name, started)
      }
    }
    open()
  }

  function readOverrides(): void {
    for (const [name, running] of backends) {
      const override = overrides.read(name)
      if (JSON.stringify(override) === JSON.stringify(running.override())) continue
      running.takeOverride(override)
    }
  }

  function upkeep(): void {
    cancelUpkeep = clock.wakeAt(clock.nowMs() + UPKEEP_MS, upkeep)
    const weights = [...backends.values()].map((it) => [it.name, it.weight()] as const)
    publishing.reassert(new Map(weights.filter(isKnown)))
    for (const running of backends.values()) endOrder(running)
  }

  function endOrder(running: RunningBackend): void {
    const override = running.override()
    const untilMs = override?.corrupt === undefined ? override?.untilWallMs : null
    if (typeof untilMs !== 'number' || clock.wallMs() < untilMs) return
    const lifted = overrides.lift(running.name)
    if (!lifted.ok) log.line('error', lifted.error)
    else {
      log.line('info', `${running.name}: the time of the order is over`)
      readOverrides()
    }
  }

  function counts(address: string): ServiceCount[] {
    const here = balancer.services.filter((it) => it.addresses.some((at) => at.address === address))
    return here.map(({ name, quorum, servers }) => {
      const all = [...backends.values()].filter(({ service }) => service === name)
      const inPool = all.filter((it) => (it.weight() ?? 0) > 0).length
      return { service: name, inPool, of: servers.length, quorum }
    })
  }

  return {
    prober: {
      async ask({ target }): Promise<Answer> {
        const startMs = clock.nowMs()
        if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve))
        const trouble = quorumTrouble(counts(target.address))
        const latencyMs = clock.nowMs() - startMs
        return trouble === null
          ? { outcome: 'ok', latencyMs }
          : { outcome: 'no-quorum', latencyMs, detail: trouble }
      },
    },
    start(told) {
      note = told
      arrange()
      upkeep()
    },
    own: (of) => ownConfig(of, of.balancer ?? balancer),
    ownTable: (table) => ownTable(table, config, balancer),
    useConfig(next) {
      config = next
      balancer = next.balancer ?? balancer
      arrange()
    },
    statuses: () => [...backends.values()].map((it) => it.status()),
    stop() {
      cancelUpkeep()
      unwatch()
      for (const running of backends.values()) running.stop()
    },
  }
}

function isKnown(entry: readonly [string, number | null]): entry is readonly [string, number] {
  return entry[1] !== null
}
