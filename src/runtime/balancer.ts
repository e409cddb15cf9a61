// A load balancer: its real servers, what they weigh, and whether each service has enough of them.
import { backendsOf } from '../balancer/backend.ts'
import { type Place, poolWeights } from '../balancer/pool.ts'
import { ownConfig, ownTable, quorumTrouble, type ServiceCount } from '../balancer/quorum.ts'
import type { BalancerConfig } from '../config/balancer/balancer-config.ts'
import type { Config } from '../config/config.ts'
import type { AddressesEvent } from '../core/event.ts'
import type { WeightLine } from '../documents/history.ts'
import type { BackendStatus } from '../documents/status.ts'
import type {
  Answer,
  BackendOverrides,
  Clock,
  Log,
  Prober,
  TextFiles,
  WeightPublisher,
} from '../ports.ts'
import { weightLogLine } from '../view/log-line.ts'
import { type BackendPorts, type RunningBackend, startBackend } from './backend.ts'
import { createOrderEnds } from './order-end.ts'
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
  const ends = createOrderEnds(clock, overrides.askClock)
  const backends = new Map<string, RunningBackend>()
  /** Whose order is being lifted: the disk may be slow. */
  const lifting = new Set<string>()
  /** What is published, of those that have been judged. */
  const places = new Map<string, Place>()
  let config = first
  let balancer = firstBalancer
  let note: (line: WeightLine) => void = () => {}
  let unwatch = () => {}
  let cancelUpkeep = () => {}
  /** All first verdicts are in. */
  let isOpen = false
  /** Those who ask while nobody can know whether there is a quorum. */
  const waiting: (() => void)[] = []

  /** Publishes what the real servers of a service are among each other, as far as that is new. */
  function settle(service: string): void {
    const members = [...backends.values()]
      .filter((it) => it.service === service)
      .map((it) => it.member())
      // One that is new later on is not in the pool until it is known, and nobody waits for it.
      .filter(({ standing }) => !isOpen || standing !== null)
    const sorry = balancer.services.some((it) => it.name === service && it.sorry.length > 0)
    for (const place of poolWeights(members, { sorry })) {
      if (places.get(place.name)?.value === place.value) continue
      places.set(place.name, place)
      publishing.weight(place.name, place.value)
      tell(place)
    }
    open()
  }

  function tell({ name, weight }: Place): void {
    const running = backends.get(name)
    const standing = running?.member().standing ?? null
    if (running === undefined || standing === null) return
    const { level, text } = weightLogLine(name, weight, standing)
    log.line(level, text)
    const reasons = running.reasons()
    const why = reasons.length === 0 ? {} : { reasons }
    note({ kind: 'weight', nowMs: clock.nowMs(), backend: name, weight, standing, ...why })
  }

  /** From when on all that were there at the start are known. */
  function open(): void {
    isOpen ||=
      backends.size >= backendsOf(balancer).length &&
      [...backends.values()].every((it) => it.member().weight !== null)
    if (!isOpen) return
    for (const release of waiting.splice(0)) release()
  }

  /** Starts, stops and changes real servers so that they are those of the config. */
  function arrange(): void {
    const wanted = new Map(backendsOf(balancer).map((it) => [it.name, it]))
    for (const [name, running] of backends) {
      if (wanted.has(name)) continue
      running.stop()
      backends.delete(name)
      places.delete(name)
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
        const started = startBackend(config, balancer, backend, order, {
          ...ports,
          onMember: ({ service }) => settle(service),
        })
        backends.set(name, started)
      }
    }
    // Somebody less may be the last one, and a sorry server may have come or gone.
    for (const { name } of balancer.services) settle(name)
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
    publishing.reassert(new Map([...places].map(([name, { value }]) => [name, value])))
    for (const running of backends.values()) void endOrder(running)
  }

  async function endOrder({ name, override: orderOf }: RunningBackend): Promise<void> {
    const override = orderOf()
    if (lifting.has(name) || override === null || !ends.isOver(name, override)) return
    lifting.add(name)
    const lifted = await overrides.lift(name, override)
    lifting.delete(name)
    if (lifted.ok) log.line('info', `${name}: the time of the order is over`)
    else log.line('warn', `${name}: ${lifted.error}`)
    readOverrides()
  }

  /**
   * What is wrong at a virtual address, or null; undefined while that hangs on real servers that have
   * not been asked since this process was stopped, or its host suspended.
   */
  function troubleAt(address: string): string | null | undefined {
    if (!isOpen) return undefined
    const trouble = quorumTrouble(counts(address, () => true))
    if (trouble !== null) return trouble
    return quorumTrouble(counts(address, (it) => it.isJudged())) === null ? null : undefined
  }

  function counts(address: string, isSure: (backend: RunningBackend) => boolean): ServiceCount[] {
    const here = balancer.services.filter((it) => it.addresses.some((at) => at.address === address))
    return here.map(({ name, quorum, servers }) => {
      const all = [...backends.values()].filter(({ service }) => service === name)
      // What has been earned: the last resort is nobody's merit.
      const inPool = all.filter((it) => (it.member().weight ?? 0) > 0 && isSure(it)).length
      return { service: name, inPool, of: servers.length, quorum }
    })
  }

  return {
    prober: {
      async ask({ target }): Promise<Answer> {
        const startMs = clock.nowMs()
        let trouble = troubleAt(target.address)
        while (trouble === undefined) {
          await new Promise<void>((resolve) => waiting.push(resolve))
          trouble = troubleAt(target.address)
        }
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
    statuses: () =>
      [...backends.values()].map((it) => it.status(places.get(it.name)?.weight ?? null)),
    stop() {
      cancelUpkeep()
      unwatch()
      for (const running of backends.values()) running.stop()
    },
  }
}
