// The daemon's life: start, follow files and addresses, reload, stop.
import type { Config, MetricsConfig } from '../config/config.ts'
import { fingerprint } from '../config/fingerprint.ts'
import type { Diagnostic, Parsed } from '../config/text/diagnostic.ts'
import type { CoreConfig } from '../core/core-config.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { Override } from '../core/override.ts'
import { diagnosticLine, LAST_GOOD_CONFIG } from '../documents/text.ts'
import { poolOf } from '../notify/current-state.ts'
import type {
  AddressChange,
  AddressSource,
  OverrideStore,
  ServiceManager,
  TextFiles,
} from '../ports.ts'
import type { Balancer } from './balancer.ts'
import { createDriver, type Driver, type DriverPorts } from './driver.ts'
import { createMonitoring, type Monitoring, type MonitoringPorts, type View } from './monitoring.ts'
import type { Notifier } from './notifier.ts'
import { createOrders, type OrderFiles } from './order-files.ts'
import { createReadiness, feedWatchdog, type Readiness } from './readiness.ts'

export interface DaemonPorts
  extends Omit<DriverPorts, 'quorum'>,
    Pick<MonitoringPorts, 'textfileCollector' | 'web'> {
  readonly addresses: AddressSource
  readonly files: TextFiles
  readonly override: OverrideStore
  readonly service: ServiceManager
  /** Reads and checks the config file anew. */
  readonly loadConfig: () => Parsed<Config>
  /** Looks on, and decides nothing. */
  readonly notifier: Pick<Notifier, 'onStatus' | 'complaints' | 'spool'>
  /** Told of each config that comes into force after the first. */
  readonly onConfig: (config: Config) => void
  /** On a load balancer: it asks real servers, and this host's own health follows from them. */
  readonly balancer: Balancer | null
}

export interface DaemonOptions {
  readonly configFile: string
  readonly version: string
  readonly pid: number
}

export interface Daemon {
  /** Reads config and orders anew; a config with errors is refused whole and the last good one kept. */
  reload(): void
  /** Publishes the lowest priority and ends everything that was started. */
  stop(): void
}

/** Starts with a config that was found good; everything else may still be missing or broken. */
export function startDaemon(config: Config, ports: DaemonPorts, options: DaemonOptions): Daemon {
  return new RunningDaemon(config, ports, options)
}

class RunningDaemon implements Daemon {
  readonly #first: Config
  readonly #ports: DaemonPorts
  readonly #options: DaemonOptions
  readonly #driver: Driver
  readonly #orders: OrderFiles
  readonly #monitoring: Monitoring
  readonly #readiness: Readiness
  readonly #stopWatchdog: () => void
  #config: Config
  #fingerprint: string
  #configWallMs: number
  #configComplaints: readonly string[] = []
  #override: Override | null = null
  #kernelTable: AddressChange = { addresses: [], removed: [] }
  #unwatch = () => {}

  constructor(config: Config, ports: DaemonPorts, options: DaemonOptions) {
    const { clock, log, service, balancer } = ports
    this.#first = config
    this.#ports = ports
    this.#options = options
    this.#config = config
    this.#fingerprint = fingerprint(config)
    this.#configWallMs = clock.wallMs()
    this.#readiness = createReadiness(service)
    this.#driver = this.#createDriver()
    this.#orders = createOrders(ports.files, clock.nowMs, this.#driver.dispatch, log)
    this.#monitoring = createMonitoring(config.metrics, ports, () => this.#view())
    this.#retainInstances()
    // Watched before they are read, so that no change falls in between.
    this.#watch()
    // Overrides and orders come first, so that the first priority that is published obeys them.
    this.#refreshFiles()
    balancer?.start((line) => {
      this.#driver.note(line)
      this.#driver.refreshStatus()
    })
    this.#takeTable(ports.addresses.start((change) => this.#takeTable(change)))
    this.#stopWatchdog = feedWatchdog(service, clock, this.#driver.overdueMs)
  }

  reload(): void {
    this.#ports.service.reloading()
    const parsed = this.#ports.loadConfig()
    if (parsed.ok) this.#takeConfig(parsed.value)
    else this.#refuseConfig(parsed.diagnostics)
    this.#refreshFiles()
    this.#driver.refreshStatus()
    this.#readiness.reloaded(this.#configComplaints[0] ?? `${this.#config.server.name} reloaded`)
  }

  stop(): void {
    const { clock, service, addresses, balancer } = this.#ports
    service.stopping()
    this.#stopWatchdog()
    this.#unwatch()
    addresses.stop()
    balancer?.stop()
    this.#driver.dispatch({ kind: 'stop', nowMs: clock.nowMs() })
    this.#monitoring.stop()
  }

  #createDriver(): Driver {
    const { balancer } = this.#ports
    return createDriver(
      this.#own(this.#config),
      { ...this.#ports, quorum: balancer?.quorum ?? null },
      {
        ...(balancer === null ? {} : { backends: () => balancer.statuses() }),
        version: this.#options.version,
        pid: this.#options.pid,
        fingerprint: () => this.#fingerprint,
        configWallMs: () => this.#configWallMs,
        reread: this.#ports.addresses.reread,
        complaints: () => [
          ...this.#configComplaints,
          ...this.#orders.complaints(),
          ...this.#otherComplaints(),
        ],
        onStatus: (facts) => this.#onStatus(facts),
      },
    )
  }

  #onStatus(facts: ServerFacts): void {
    const { notifier, balancer } = this.#ports
    const pool = balancer === null ? null : poolOf(this.#config, balancer.statuses())
    notifier.onStatus(facts, pool)
    this.#monitoring.onStatus(facts)
    this.#readiness.onStatus(facts)
  }

  #view(): View {
    return {
      status: this.#driver.status(),
      tally: this.#driver.tally.read(this.#ports.clock.nowMs()),
      spool: this.#ports.notifier.spool(),
      complaints: {
        config: this.#configComplaints.length,
        order: this.#orders.complaints().length,
        other: this.#otherComplaints().length,
      },
    }
  }

  #otherComplaints(): readonly string[] {
    return [...this.#ports.notifier.complaints(), ...this.#monitoring.complaints()]
  }

  /** What the core of this host goes by. */
  #own(config: Config): CoreConfig {
    return this.#ports.balancer?.own(config) ?? config
  }

  #refreshOverride(): void {
    const before = this.#override
    const override = this.#ports.override.read()
    this.#override = override
    if (JSON.stringify(override) === JSON.stringify(before)) return
    this.#driver.dispatch({ kind: 'override', nowMs: this.#ports.clock.nowMs(), override })
  }

  #retainInstances(): void {
    const instances = this.#config.clusters.flatMap((cluster) =>
      cluster.instances.map((instance) => instance.name),
    )
    const retained = this.#ports.publisher.retain(instances)
    if (!retained.ok) this.#ports.log.line('warn', retained.error)
  }

  /** The override first: at the start, nothing must be published that it forbids. */
  #refreshFiles(): void {
    this.#refreshOverride()
    this.#orders.refresh(this.#config)
  }

  /** A complaint is no event of the core's, so the status that shows it is written here. */
  #filesChanged(): void {
    const before = this.#orders.complaints().join('\n')
    this.#refreshFiles()
    if (this.#orders.complaints().join('\n') !== before) this.#driver.refreshStatus()
  }

  #watch(): void {
    const { files, override } = this.#ports
    this.#unwatch()
    const paths = this.#config.clusters.map((cluster) => cluster.orderFile)
    this.#unwatch = files.watch([...paths, override.path], () => this.#filesChanged())
  }

  #takeConfig(config: Config): void {
    const { clock, log, balancer, onConfig } = this.#ports
    this.#config = config
    this.#fingerprint = fingerprint(config)
    this.#configWallMs = clock.wallMs()
    this.#configComplaints = restartNeeded(this.#first, config)
    // Before the status that no longer names them.
    this.#retainInstances()
    balancer?.useConfig(config)
    this.#driver.dispatch({ kind: 'config', nowMs: clock.nowMs(), config: this.#own(config) })
    if (balancer !== null) this.#takeTable(this.#kernelTable)
    onConfig(config)
    this.#monitoring.onConfig(metricsIn(this.#first.paths.runDir, config))
    log.line('info', `config reloaded: ${this.#options.configFile}`)
    for (const complaint of this.#configComplaints) log.line('warn', complaint)
    this.#watch()
  }

  /** A balancer's own core goes by the kernel's table as far as it is about service addresses. */
  #takeTable(change: AddressChange): void {
    const { clock, balancer } = this.#ports
    this.#kernelTable = { addresses: change.addresses, removed: [] }
    const table = balancer?.ownTable(change) ?? change
    this.#driver.dispatch({ kind: 'addresses', nowMs: clock.nowMs(), ...table })
  }

  #refuseConfig(diagnostics: readonly Diagnostic[]): void {
    const { log } = this.#ports
    this.#driver.tally.noteRefusal()
    const complaint = refusal(this.#options.configFile, diagnostics)
    this.#configComplaints = [complaint]
    for (const diagnostic of diagnostics) log.line('error', diagnosticLine(diagnostic))
    log.line('error', complaint)
  }
}

function refusal(file: string, diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.length === 1 ? '1 error' : `${diagnostics.length} errors`
  return `${file} has ${count} and is refused; ${LAST_GOOD_CONFIG}`
}

/** The run folder stays where it is until the restart, and what is written there stays in it. */
function metricsIn(runDir: string, { metrics, paths }: Config): MetricsConfig {
  const { textfile } = metrics
  if (textfile === null || !textfile.startsWith(`${paths.runDir}/`)) return metrics
  return { ...metrics, textfile: runDir + textfile.slice(paths.runDir.length) }
}

/** What a running daemon cannot change, because other programs look for it where it was. */
function restartNeeded(first: Config, next: Config): readonly string[] {
  const settings: readonly (readonly [string, string | number, string | number])[] = [
    ['paths.run_dir', first.paths.runDir, next.paths.runDir],
    ['paths.state_dir', first.paths.stateDir, next.paths.stateDir],
    [
      'addresses.rescan_interval',
      first.addresses.rescanIntervalMs,
      next.addresses.rescanIntervalMs,
    ],
    [
      'whether there is a [balancer]',
      Number(first.balancer !== null),
      Number(next.balancer !== null),
    ],
  ]
  return settings
    .filter(([, before, now]) => before !== now)
    .map(([key]) => `${key} has changed: that takes effect when the daemon is restarted`)
}
