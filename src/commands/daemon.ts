// `holdfast daemon`: wires the adapters to the runtime and lives until a signal ends it.
import { createAddressSource } from '../adapters/addresses.ts'
import { readBounded } from '../adapters/atomic-file.ts'
import { createClock } from '../adapters/clock.ts'
import { acquireLock } from '../adapters/lock.ts'
import { createLog } from '../adapters/log.ts'
import { readOverride } from '../adapters/override-file.ts'
import { createProber } from '../adapters/prober.ts'
import { createPublisher } from '../adapters/publisher.ts'
import { createServiceManager } from '../adapters/systemd.ts'
import { watchFiles } from '../adapters/watch-files.ts'
import type { Config } from '../config/config.ts'
import type { Parsed } from '../config/diagnostic.ts'
import { formatDiagnostic } from '../config/format-diagnostic.ts'
import type { OverrideStore, TextFiles } from '../ports.ts'
import { type DaemonPorts, startDaemon } from '../runtime/daemon.ts'
import type { Arguments, Io } from './command.ts'
import { type ConfigReading, readConfigFile } from './config-file.ts'
import type { DAEMON } from './definitions.ts'
import { EXIT } from './exit-code.ts'
import { VERSION } from './version.ts'

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
    for (const diagnostic of first.diagnostics) io.err(formatDiagnostic(diagnostic))
    return EXIT.usage
  }
  const { config } = first
  const clock = createClock()
  const log = createLog({
    stream: process.stderr,
    env: process.env,
    isTTY: process.stderr.isTTY === true,
    level: config.daemon.logLevel,
    clock,
  })
  const publisher = createPublisher({ runDir: config.paths.runDir })
  publisher.prepare()
  const lock = acquireLock(`${config.paths.runDir}/daemon.lock`)
  if (!lock.ok) {
    log.line('error', lock.error)
    return EXIT.failed
  }
  log.line('info', `holdfast ${VERSION} watches ${config.server.name} by ${file}`)
  const service = createServiceManager({ env: process.env, log })
  const ports: DaemonPorts = {
    clock,
    log,
    publisher,
    service,
    prober: createProber({ clock }),
    addresses: createAddressSource({ clock, log, resyncMs: config.addresses.resyncMs }),
    files: TEXT_FILES,
    override: overrideStore(`${config.paths.stateDir}/override.json`),
    loadConfig: () => parsedOf(readConfigFile(file), file),
  }
  await untilStopped(config, ports, file)
  log.line('info', 'stopped; the lowest priority is published')
  lock.value.release()
  return EXIT.ok
}

const TEXT_FILES: TextFiles = {
  read: (path) => readBounded(path, ORDER_LIMIT_BYTES),
  watch: (paths, onChange) => watchFiles(paths, onChange),
}

function overrideStore(path: string): OverrideStore {
  return { path, read: () => readOverride(path) }
}

/** Starts the daemon and waits for the signal that ends it. A second one ends the program at once. */
function untilStopped(config: Config, ports: DaemonPorts, configFile: string): Promise<void> {
  return new Promise((resolve) => {
    const daemon = startDaemon(config, ports, { configFile, version: VERSION, pid: process.pid })
    process.on('SIGHUP', () => daemon.reload())
    const stop = () => {
      daemon.stop()
      resolve()
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })
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
