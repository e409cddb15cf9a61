// A load balancer: its real servers, what they weigh, and whether each service has enough of them.
import { type PoolPlace, poolWeights } from '../balancer/pool.ts'
import { ownConfig, ownTable, quorumTrouble, type ServiceCount } from '../balancer/quorum.ts'
import { type Backend, backendsOf } from '../config/balancer-backends.ts'
import type { BalancerConfig } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { Endpoint } from '../core/check.ts'
import type { CoreConfig } from '../core/core-config.ts'
import type { AddressesEvent } from '../core/event.ts'
import type { WeightLine } from '../documents/history-lines.ts'
import type { BackendStatus } from '../documents/status-document.ts'
import type {
  BackendOverrides,
  Clock,
  Log,
  Quorum,
  QuorumAnswer,
  TextFiles,
  WeightPublisher,
} from '../ports.ts'
import { weightLogLine } from '../view/log-line.ts'
import { createOrderEnds, type OrderEnds } from './order-end.ts'
import { createWeightPublishing, type WeightPublishing } from './publishing.ts'
import { type BackendPorts, RunningBackend } from './running-backend.ts'

export interface BalancerPorts extends Pick<BackendPorts, 'proberFor'> {
  readonly clock: Clock
  readonly log: Log
  readonly files: TextFiles
  readonly weights: WeightPublisher
  readonly overrides: BackendOverrides
}

type OwnTable = Pick<AddressesEvent, 'addresses' | 'removed'>

export interface Balancer {
  readonly quorum: Quorum
  /** Starts to ask the real servers; `note` is told of each weight. */
  start(note: (line: WeightLine) => void): void
  /** What the balancer's own core goes by. */
  own(config: Config): CoreConfig
  ownTable(table: OwnTable): OwnTable
  /** Real servers come and go; without a [balancer] those of before stay. */
  useConfig(config: Config): void
  statuses(): readonly BackendStatus[]
  /** All weights stay as they are, so that the pool does. */
  stop(): void
}

/** How often the weights are looked after, and the orders whose time may be over. */
const UPKEEP_MS = 1000

export function createBalancer(
  config: Config,
  balancer: BalancerConfig,
  ports: BalancerPorts,
): Balancer {
  return new RunningBalancer(config, balancer, ports)
}

class RunningBalancer implements Balancer {
  readonly quorum: QuorumCount
  readonly #ports: BalancerPorts
  readonly #publishing: WeightPublishing
  readonly #ends: OrderEnds
  readonly #backends = new Map<string, RunningBackend>()
  /** Whose order is being lifted: the disk may be slow. */
  readonly #lifting = new Set<string>()
  /** What is published, of those that have been judged. */
  readonly #places = new Map<string, PoolPlace>()
  #config: Config
  #balancer: BalancerConfig
  #note: (line: WeightLine) => void = () => {}
  #unwatch = () => {}
  #cancelUpkeep = () => {}
  /** All first results are in. */
  #isOpen = false

  constructor(config: Config, balancer: BalancerConfig, ports: BalancerPorts) {
    this.#config = config
    this.#balancer = balancer
    this.#ports = ports
    this.#publishing = createWeightPublishing(ports.weights, ports.log)
    this.#ends = createOrderEnds(ports.clock, ports.overrides.askClock)
    this.quorum = createQuorum(ports.clock, (address) => this.#troubleAt(address))
  }

  start(note: (line: WeightLine) => void): void {
    this.#note = note
    this.#arrange()
    this.#upkeep()
  }

  own(config: Config): CoreConfig {
    return ownConfig(config, config.balancer ?? this.#balancer)
  }

  ownTable(table: OwnTable): OwnTable {
    return ownTable(table, this.#config, this.#balancer)
  }

  useConfig(config: Config): void {
    this.#config = config
    this.#balancer = config.balancer ?? this.#balancer
    this.#arrange()
  }

  statuses(): readonly BackendStatus[] {
    return this.#all().map((runningBackend) =>
      runningBackend.status(this.#places.get(runningBackend.name)?.weight ?? null),
    )
  }

  stop(): void {
    this.#cancelUpkeep()
    this.#unwatch()
    for (const backend of this.#all()) backend.stop()
  }

  #all(): readonly RunningBackend[] {
    return [...this.#backends.values()]
  }

  /** Publishes what the real servers of a service are among each other, as far as that is new. */
  #settle(service: string): void {
    const members = this.#all()
      .filter((runningBackend) => runningBackend.service === service)
      .map(({ member }) => member)
      // One that is new later on is not in the pool until it is known, and nobody waits for it.
      .filter(({ state: serverState }) => !this.#isOpen || serverState !== null)
    const sorry = this.#balancer.services.some(
      (balancedService) =>
        balancedService.name === service && balancedService.sorryServer.length > 0,
    )
    for (const place of poolWeights(members, { sorry })) {
      if (this.#places.get(place.name)?.value === place.value) continue
      this.#places.set(place.name, place)
      this.#publishing.weight(place.name, place.value)
      this.#tell(place)
    }
    this.#open()
  }

  #tell({ name, weight }: PoolPlace): void {
    const backend = this.#backends.get(name)
    const serverState = backend?.member.state ?? null
    if (backend === undefined || serverState === null) return
    const { level, text } = weightLogLine(name, weight, serverState)
    const { clock, log } = this.#ports
    log.line(level, text)
    const { reasons } = backend
    const why = reasons.length === 0 ? {} : { reasons }
    this.#note({
      kind: 'weight',
      nowMs: clock.nowMs(),
      backend: name,
      weight,
      state: serverState,
      ...why,
    })
  }

  /** From when on all that were there at the start are known. */
  #open(): void {
    this.#isOpen ||=
      this.#backends.size >= backendsOf(this.#balancer).length &&
      this.#all().every(({ member }) => member.weight !== null)
    if (this.#isOpen) this.quorum.release()
  }

  /** Starts, stops and changes real servers so that they are those of the config. */
  #arrange(): void {
    const { log, weights, files, overrides } = this.#ports
    const wanted = new Map(backendsOf(this.#balancer).map((backend) => [backend.name, backend]))
    for (const [name, running] of this.#backends) {
      if (wanted.has(name)) continue
      running.stop()
      this.#backends.delete(name)
      this.#places.delete(name)
      log.line('info', `${name} is no longer a real server`)
    }
    // A real server that has gone must not weigh anything, whatever comes next.
    const retained = weights.retain([...wanted.keys()])
    if (!retained.ok) log.line('warn', retained.error)
    this.#unwatch()
    const paths = [...wanted.keys()].map(overrides.pathOf)
    this.#unwatch = files.watch(paths, () => this.#readOverrides())
    for (const backend of wanted.values()) this.#startOrChange(backend)
    // Somebody less may be the last one, and a sorry server may have come or gone.
    for (const { name } of this.#balancer.services) this.#settle(name)
  }

  #startOrChange(backend: Backend): void {
    const { name } = backend
    const running = this.#backends.get(name)
    if (running !== undefined) {
      running.useConfig(this.#config, this.#balancer, backend)
      return
    }
    const onMember = ({ service }: RunningBackend) => this.#settle(service)
    const ports = { ...this.#ports, onMember }
    const started = new RunningBackend(this.#config, this.#balancer, backend, ports)
    this.#backends.set(name, started)
  }

  #readOverrides(): void {
    for (const backend of this.#all()) backend.readOrder()
  }

  #upkeep(): void {
    const { clock } = this.#ports
    this.#cancelUpkeep = clock.wakeAt(clock.nowMs() + UPKEEP_MS, () => this.#upkeep())
    this.#publishing.reassert(
      new Map([...this.#places].map(([name, place]) => [name, place.value])),
    )
    for (const backend of this.#all()) void this.#endOrder(backend)
  }

  async #endOrder({ name, override }: RunningBackend): Promise<void> {
    const { log, overrides } = this.#ports
    if (this.#lifting.has(name) || override === null || !this.#ends.isOver(name, override)) return
    this.#lifting.add(name)
    const lifted = await overrides.lift(name, override)
    this.#lifting.delete(name)
    if (lifted.ok) log.line('info', `${name}: drain expired`)
    else log.line('warn', `${name}: ${lifted.error}`)
    this.#readOverrides()
  }

  #troubleAt(address: string): string | null | undefined {
    if (!this.#isOpen) return undefined
    const trouble = quorumTrouble(this.#counts(address, () => true))
    if (trouble !== null) return trouble
    return quorumTrouble(this.#counts(address, (runningBackend) => runningBackend.isJudged)) ===
      null
      ? null
      : undefined
  }

  #counts(address: string, isSure: (backend: RunningBackend) => boolean): ServiceCount[] {
    const here = this.#balancer.services.filter(({ addresses }) =>
      addresses.some((at) => at.address === address),
    )
    return here.map(({ name, quorum, servers }) => {
      const all = this.#all().filter(({ service }) => service === name)
      // What has been earned: fail-open is nobody's merit.
      const inPool = all.filter(
        (runningBackend) => (runningBackend.member.weight ?? 0) > 0 && isSure(runningBackend),
      ).length
      return { service: name, inPool, of: servers.length, quorum }
    })
  }
}

interface QuorumCount extends Quorum {
  /** Has those who wait look again. */
  release(): void
}

/**
 * Tells of a virtual address whether its services have their quorum.
 *
 * @param troubleAt what is wrong at an address, or null; undefined while that hangs on real servers
 *   that have not been asked since this process was stopped, or its host suspended
 */
function createQuorum(
  clock: Clock,
  troubleAt: (address: string) => string | null | undefined,
): QuorumCount {
  /** Those who ask while nobody can know. */
  const waiting: (() => void)[] = []

  async function ask({ address }: Endpoint): Promise<QuorumAnswer> {
    const startMs = clock.nowMs()
    let trouble = troubleAt(address)
    while (trouble === undefined) {
      await new Promise<void>((resolve) => waiting.push(resolve))
      trouble = troubleAt(address)
    }
    const latencyMs = clock.nowMs() - startMs
    return trouble === null
      ? { outcome: 'ok', latencyMs }
      : { outcome: 'no-quorum', latencyMs, detail: trouble }
  }

  function release(): void {
    for (const resolve of waiting.splice(0)) resolve()
  }

  return { ask, release }
}
