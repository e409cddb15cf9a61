// The daemon's life: start, follow files and addresses, reload, stop.
import type { Config, MetricsConfig } from '../config/config.ts'
import { fingerprint } from '../config/fingerprint.ts'
import type { Diagnostic, Parsed } from '../config/text/diagnostic.ts'
import type { Override } from '../core/override.ts'
import { diagnosticLine } from '../documents/text.ts'
import { poolOf } from '../notify/pool.ts'
import type {
  AddressChange,
  AddressSource,
  OverrideStore,
  ServiceManager,
  TextFiles,
} from '../ports.ts'
import type { Balancer } from './balancer.ts'
import { createDriver, type DriverPorts } from './driver.ts'
import { createMonitoring, type MonitoringPorts } from './monitoring.ts'
import type { Notifier } from './notifier.ts'
import { createOrders } from './orders.ts'

export interface DaemonPorts
  extends DriverPorts,
    Pick<MonitoringPorts, 'textfileCollector' | 'web'> {
  readonly addresses: AddressSource
  readonly files: TextFiles
  readonly override: OverrideStore
  readonly service: ServiceManager
  /** Reads and checks the config file anew. */
  readonly loadConfig: () => Parsed<Config>
  /** Looks on, and decides nothing. */
  readonly notifier: Pick<Notifier, 'onState' | 'complaints' | 'spool'>
  /** Told of each config that comes into force after the first. */
  readonly onConfig: (config: Config) => void
  /** On a load balancer: it asks real servers, and this host's own verdict follows from them. */
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

/** A daemon whose event loop is later than this feeds the watchdog no more. */
const HUNG_AFTER_MS = 5000

/** Starts with a config that was found good; everything else may still be missing or broken. */
export function startDaemon(first: Config, ports: DaemonPorts, options: DaemonOptions): Daemon {
  const { clock, log, service, balancer } = ports
  const own = (of: Config) => balancer?.own(of) ?? of
  let config = first
  let configName = fingerprint(first)
  let configComplaints: readonly string[] = []
  let isReady = false
  let told = ''
  let unwatch = () => {}
  let cancelWatchdog = () => {}

  const prober = balancer?.prober ?? ports.prober
  const driver = createDriver(
    own(config),
    { ...ports, prober },
    {
      ...(balancer === null ? {} : { backends: balancer.statuses }),
      version: options.version,
      pid: options.pid,
      fingerprint: () => configName,
      reread: ports.addresses.reread,
      complaints: () => [...configComplaints, ...orders.complaints(), ...otherComplaints()],
      onStatus(state) {
        ports.notifier.onState(
          state,
          balancer === null ? null : poolOf(config, balancer.statuses()),
        )
        monitoring.onState(state)
        const text = `${state.config.server.name} is ${state.verdict}`
        if (text !== told) service.status(text)
        told = text
        // Others may start now: the first verdict is out, whichever it is.
        if (state.decided && !isReady) service.ready(text)
        isReady ||= state.decided
      },
    },
  )
  const orders = createOrders(ports.files, clock.nowMs, driver.dispatch, log)
  const monitoring = createMonitoring(config.metrics, ports, () => ({
    status: driver.status(),
    tally: driver.tally.read(clock.nowMs()),
    spool: ports.notifier.spool(),
    complaints: {
      config: configComplaints.length,
      order: orders.complaints().length,
      other: otherComplaints().length,
    },
  }))

  function otherComplaints(): readonly string[] {
    return [...ports.notifier.complaints(), ...monitoring.complaints()]
  }

  let kernelTable: AddressChange = { addresses: [], removed: [] }
  let order: Override | null = null
  function refreshOverride(): void {
    const before = order
    const override = ports.override.read()
    order = override
    if (JSON.stringify(override) === JSON.stringify(before)) return
    driver.dispatch({ kind: 'override', nowMs: clock.nowMs(), override })
  }

  function retainInstances(): void {
    const instances = config.pools.flatMap((pool) =>
      pool.instances.map((instance) => instance.name),
    )
    const retained = ports.publisher.retain(instances)
    if (!retained.ok) log.line('warn', retained.error)
  }

  /** The override first: at the start, nothing must be published that it forbids. */
  function refreshFiles(): void {
    refreshOverride()
    orders.refresh(config)
  }

  /** A complaint is no event of the core's, so the status that shows it is written here. */
  function filesChanged(): void {
    const before = orders.complaints().join('\n')
    refreshFiles()
    if (orders.complaints().join('\n') !== before) driver.refreshStatus()
  }

  function watch(): void {
    unwatch()
    const paths = config.pools.map((pool) => pool.orderFile)
    unwatch = ports.files.watch([...paths, ports.override.path], filesChanged)
  }

  function feedWatchdog(): void {
    if (service.watchdogMs === null) return
    if (driver.overdueMs() < HUNG_AFTER_MS) service.watchdog()
    cancelWatchdog = clock.wakeAt(clock.nowMs() + service.watchdogMs, feedWatchdog)
  }

  function takeConfig(next: Config): void {
    config = next
    configName = fingerprint(next)
    configComplaints = restartNeeded(first, next)
    // Before the status that no longer names them.
    retainInstances()
    balancer?.useConfig(config)
    driver.dispatch({ kind: 'config', nowMs: clock.nowMs(), config: own(config) })
    if (balancer !== null) takeTable(kernelTable)
    ports.onConfig(config)
    monitoring.onConfig(metricsIn(first.paths.runDir, config))
    log.line('info', `${options.configFile} is in force`)
    for (const complaint of configComplaints) log.line('warn', complaint)
    watch()
  }

  /** A balancer's own core goes by the kernel's table as far as it is about service addresses. */
  function takeTable(change: AddressChange): void {
    kernelTable = { addresses: change.addresses, removed: [] }
    const table = balancer?.ownTable(change) ?? change
    driver.dispatch({ kind: 'addresses', nowMs: clock.nowMs(), ...table })
  }

  function refuseConfig(diagnostics: readonly Diagnostic[]): void {
    driver.tally.noteRefusal()
    const complaint = refusal(options.configFile, diagnostics)
    configComplaints = [complaint]
    for (const diagnostic of diagnostics) log.line('error', diagnosticLine(diagnostic))
    log.line('error', complaint)
  }

  function reload(): void {
    service.reloading()
    const parsed = ports.loadConfig()
    if (parsed.ok) takeConfig(parsed.value)
    else refuseConfig(parsed.diagnostics)
    refreshFiles()
    driver.refreshStatus()
    if (isReady) service.ready(configComplaints[0] ?? `${config.server.name} reloaded`)
  }

  retainInstances()
  // Watched before they are read, so that no change falls in between.
  watch()
  // Overrides and orders come first, so that the first priority that is published obeys them.
  refreshFiles()
  balancer?.start((line) => {
    driver.note(line)
    driver.refreshStatus()
  })
  takeTable(ports.addresses.start(takeTable))
  feedWatchdog()

  return {
    reload,
    stop() {
      service.stopping()
      cancelWatchdog()
      unwatch()
      ports.addresses.stop()
      balancer?.stop()
      driver.dispatch({ kind: 'stop', nowMs: clock.nowMs() })
      monitoring.stop()
    },
  }
}

function refusal(file: string, diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.length === 1 ? '1 error' : `${diagnostics.length} errors`
  return `${file} has ${count} and is refused; the last good config stays in force`
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
    ['addresses.resync', first.addresses.resyncMs, next.addresses.resyncMs],
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
