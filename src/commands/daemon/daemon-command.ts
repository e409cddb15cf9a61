// `holdfast daemon`: wires the adapters to the runtime and lives until a signal ends it.

import { createAddressSource } from '../../adapters/address-table.ts'
import { moveObstacle, readBounded } from '../../adapters/atomic-file.ts'
import { createClock, isClockSet } from '../../adapters/clock.ts'
import { type ConfigReading, readConfigFile } from '../../adapters/config-file.ts'
import { deliver } from '../../adapters/deliver.ts'
import { createDisk, type Disk } from '../../adapters/disk/thread.ts'
import { createHistory } from '../../adapters/history-files.ts'
import { createLog, type LevelledLog } from '../../adapters/log.ts'
import { createOrderReader, type SwapOrder } from '../../adapters/override-file.ts'
import { createProber } from '../../adapters/prober.ts'
import { createPublisher } from '../../adapters/publisher.ts'
import { createServiceManager } from '../../adapters/systemd.ts'
import { watchFiles } from '../../adapters/watch-files.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { VERSION } from '../../cli/version.ts'
import type { Config } from '../../config/config.ts'
import { formatDiagnostics, type Parsed } from '../../config/text/diagnostic.ts'
import { overridePath } from '../../documents/override-document.ts'
import type { Clock, Log, OverrideStore, Prober, TextFiles, WebServer } from '../../ports.ts'
import { type Caretaker, createCaretaker } from '../../runtime/caretaker.ts'
import { type Daemon, type DaemonPorts, startDaemon } from '../../runtime/daemon.ts'
import { createNotifier } from '../../runtime/notifier.ts'
import { createEnvironment } from '../drain/drain-environment.ts'
import { NAMES_LIMIT_BYTES, undrainPlan } from '../drain/drain-server.ts'
import { undrainHands } from '../drain/operator-order.ts'
import type { DAEMON } from '../setup-definitions.ts'
import { keepLock } from './daemon-lock.ts'
import { diskMethods } from './disk-thread.ts'

/** An order file of a thousand servers is well below this. */
const ORDER_LIMIT_BYTES = 256 * 1024

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. Resolves to the exit code. */
export async function run(args: Arguments<typeof DAEMON>, io: Io): Promise<number> {
  const file = args.flags.config
  const first = readConfigFile(file)
  if (first.kind === 'unreadable') {
    io.err(`holdfast daemon: ${first.why}`)
    return EXIT.failed
  }
  if (first.kind === 'refused') {
    io.err(formatDiagnostics(first.diagnostics))
    return EXIT.usage
  }
  const clock = createClock()
  const log = createLog({
    stream: process.stderr,
    env: process.env,
    isTTY: process.stderr.isTTY === true,
    level: first.config.daemon.logLevel,
    clock,
  })
  return watchOver(first.config, file, clock, log)
}

async function watchOver(
  config: Config,
  file: string,
  clock: Clock,
  log: LevelledLog,
): Promise<number> {
  const { runDir, stateDir } = config.paths
  const publisher = createPublisher({ runDir, log })
  publisher.prepare()
  const lockPath = `${runDir}/daemon.lock`
  const aside = moveObstacle(lockPath, 'file')
  if (aside !== null) log.line('warn', `${lockPath} was not a file: moved to ${aside}`)
  const life = createLife(log)
  const lock = keepLock(lockPath, clock, log, () => life.end(EXIT.failed))
  if (lock === null) return EXIT.failed
  log.line('info', `holdfast ${VERSION} started: server ${config.server.name}, config ${file}`)
  const here = (changed: () => void) => diskMethods({ stateDir, log }, changed)
  const disk = createDisk({ stateDir, log, here })
  const notifier = createNotifier(config.notify, { clock, log, spool: disk.spool, deliver })
  const prober = createProber({ clock })
  const { swapOrder } = disk
  const caretaker = caretakerOf(config, { clock, log, prober, disk })
  const balancer = await balancerFor(config, { clock, log, swapOrder })
  const ports: DaemonPorts = {
    clock,
    log,
    publisher,
    service: createServiceManager({ env: process.env, log }),
    prober,
    balancer,
    addresses: createAddressSource({ clock, log, resyncMs: config.addresses.rescanIntervalMs }),
    files: TEXT_FILES,
    textfileCollector: disk.textfileCollector,
    web: WEB_SERVER,
    override: overrideStore(overridePath(stateDir)),
    history: createHistory({ path: `${stateDir}/history.jsonl`, log, append: disk.appendHistory }),
    loadConfig: () => parsedOf(readConfigFile(file), file),
    notifier: {
      onStatus(facts, pool) {
        notifier.onStatus(facts, pool)
        caretaker.onStatus(facts)
      },
      complaints: () => [...notifier.complaints(), ...caretaker.complaints()],
      spool: notifier.spool,
    },
    onConfig(next) {
      caretaker.onConfig(next)
      log.setLevel(next.daemon.logLevel)
      notifier.onConfig(next)
    },
  }
  const options = { configFile: file, version: VERSION, pid: process.pid }
  const code = await life.of(() => startDaemon(config, ports, options))
  caretaker.stop()
  await notifier.stop()
  await disk.settled()
  log.line('info', 'stopped: lowest priority published')
  lock.release()
  return code
}

/** Wired to the order's file, keepalived and the local named. */
function caretakerOf(
  config: Config,
  ports: {
    readonly clock: Clock
    readonly log: Log
    readonly prober: Prober
    readonly disk: Pick<Disk, 'swapOrder' | 'readText'>
  },
): Caretaker {
  const path = overridePath(config.paths.stateDir)
  const { disk } = ports
  const readOrder = createOrderReader(path)
  return createCaretaker(config, {
    ...ports,
    readNames: (file) => disk.readText(file, NAMES_LIMIT_BYTES),
    readOverride: readOrder,
    askClock: isClockSet,
    hold: (override) => undrainHands(path, override, disk.swapOrder),
    looker: (now) =>
      createEnvironment({ ...now, paths: config.paths }, ports.clock, readOrder).look,
    planOf: (now) =>
      undrainPlan(now, {
        timeoutMs: Number.POSITIVE_INFINITY,
        noWait: false,
        keepFailbackDelay: false,
      }),
  })
}

/** Most hosts are DNS servers, and do not pay for it. */
async function balancerFor(
  config: Config,
  ports: { readonly clock: Clock; readonly log: LevelledLog; readonly swapOrder: SwapOrder },
) {
  if (config.balancer === null) return null
  const { balancerOf } = await import('./daemon-balancer.ts')
  return balancerOf(config, config.balancer, { ...ports, files: TEXT_FILES })
}

/** Loaded when the configuration first asks for it, for most servers never do. */
const WEB_SERVER: WebServer = {
  async listen(at, answer) {
    const { webServer } = await import('../../adapters/web-server.ts')
    return webServer.listen(at, answer)
  },
}

const TEXT_FILES: TextFiles = {
  read: (path) => readBounded(path, ORDER_LIMIT_BYTES),
  watch: (paths, onChange) => watchFiles(paths, onChange),
}

function overrideStore(path: string): OverrideStore {
  return { path, read: createOrderReader(path) }
}

interface Life {
  /** Starts a daemon and resolves to the exit code once it has been stopped. */
  of(start: () => Daemon): Promise<number>
  end(code: number): void
}

/**
 * What may end the daemon: a signal, or a bug, which must not leave a priority behind that nobody
 * stands for. A second signal ends the program at once.
 */
function createLife(log: LevelledLog): Life {
  let daemon: Daemon | null = null
  let resolve: (code: number) => void = () => {}
  const ended = new Promise<number>((entry) => {
    resolve = entry
  })
  const end = (code: number) => {
    const running = daemon
    daemon = null
    resolve(code)
    running?.stop()
  }
  const bug = (error: unknown) => {
    log.line('error', `internal error: ${error instanceof Error ? error.message : String(error)}`)
    if (process.env.HOLDFAST_DEBUG === '1' && error instanceof Error)
      log.line('error', `${error.stack}`)
    end(EXIT.failed)
  }
  return {
    end,
    of(start) {
      process.on('uncaughtException', bug)
      process.on('unhandledRejection', bug)
      process.once('SIGTERM', () => end(EXIT.ok))
      process.once('SIGINT', () => end(EXIT.ok))
      const started = start()
      daemon = started
      process.on('SIGHUP', () => started.reload())
      return ended
    },
  }
}

/** A file that cannot be read is one complaint about it, so that a reload keeps the last good config. */
function parsedOf(reading: ConfigReading, file: string): Parsed<Config> {
  switch (reading.kind) {
    case 'config':
      return { ok: true, value: reading.config }
    case 'refused':
      return { ok: false, diagnostics: reading.diagnostics }
    case 'unreadable':
      return {
        ok: false,
        diagnostics: [{ file, line: 1, column: 1, code: 'E_UNREADABLE', text: reading.why }],
      }
    default:
      return reading satisfies never
  }
}
