// Which process is the daemon of this host, and whether it lives.
import { isAlive } from '../../host/process-table.ts'
import { factOf, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { type StatusFact, statusFact } from './daemon-status.ts'
import { allProcessesFact, type Process, processesFact } from './processes.ts'

export type DaemonFact =
  | { readonly kind: 'running'; readonly process: Process; readonly status: StatusFact }
  /** Its status is fresh, and its process is hidden from this user. */
  | { readonly kind: 'unseen'; readonly status: StatusFact }
  | { readonly kind: 'dead'; readonly status: StatusFact }

/** The two clocks' grains, and the time from fork to the first line. */
const SLACK_MS = 1000

export const daemonFact = fact(async (host): Promise<DaemonFact> => {
  const [status, all, processes] = await Promise.all([
    statusFact(host),
    allProcessesFact(host),
    processesFact(host),
  ])
  // Who writes this host's status is its daemon, in whatever network a unit has put it.
  const writer = writerOf(status, all, host)
  const process = writer ?? daemonOf(processes, host)
  if (process !== undefined) return { kind: 'running', process, status }
  const isHidden = !processes.some(({ pid }) => pid === 1)
  return { kind: isHidden && status.kind === 'fresh' ? 'unseen' : 'dead', status }
})

export async function livingDaemonFact(host: Host) {
  const daemon = await daemonFact(host)
  return daemon.kind === 'dead' ? skip('the daemon does not run: H131') : daemon
}

/** What a living daemon says in its fresh status. `process` is null where it is hidden. */
export const speakingDaemonFact = factOf({ daemon: livingDaemonFact }, ({ daemon }) => {
  if (daemon.status.kind !== 'fresh') return skip('the daemon has no fresh status: H132, H133')
  const process = daemon.kind === 'running' ? daemon.process : null
  return { status: daemon.status.document, process }
})

/** The process that wrote the status, if it still lives; a pid may have been used again. */
function writerOf(
  status: StatusFact,
  processes: readonly Process[],
  host: Host,
): Process | undefined {
  if (status.kind !== 'fresh' && status.kind !== 'stale') return undefined
  const { pid, boot_id, written_boot_ms } = status.document
  if (boot_id !== host.inspect.clock.bootId) return undefined
  return processes.find(
    (process) =>
      process.pid === pid &&
      isAlive(process) &&
      !process.isContained &&
      process.startedBootMs <= written_boot_ms + SLACK_MS &&
      isDaemon(process),
  )
}

/** A daemon that goes by the doctor's configuration. */
function daemonOf(processes: readonly Process[], host: Host): Process | undefined {
  return processes.find(
    (process) => isDaemon(process) && configOf(process) === host.paths.configFile,
  )
}

/** Every daemon of holdfast's, whatever its configuration; children that are about to become others left out. */
export function daemonsIn(processes: readonly Process[]): readonly Process[] {
  const daemons = processes.filter(isDaemon)
  const pids = new Set(daemons.map(({ pid }) => pid))
  return daemons.filter(({ ppid }) => !pids.has(ppid))
}

/** `holdfast daemon`, or a runtime that runs src/main.ts so. */
function isDaemon(process: Process): boolean {
  const [program = '', first, second] = process.args
  if (!isAlive(process) || process.args.includes('--help')) return false
  if (first === 'daemon') return /(^|\/)holdfast[^/]*$/.test(program)
  return second === 'daemon' && first?.endsWith('/main.ts') === true
}

const DEFAULT_CONFIG = '/etc/holdfast/holdfast.toml'

/** The configuration that a daemon was started with. */
export function configOf({ args }: Process): string {
  const at = args.findIndex((arg) => arg === '--config' || arg.startsWith('--config='))
  const given = args[at]
  if (given === undefined) return DEFAULT_CONFIG
  return given === '--config' ? (args[at + 1] ?? '') : given.slice('--config='.length)
}
