// The daemon of this host: its process, what it said last, and the orders that it goes by.
import type { Override } from '../../core/override.ts'
import { corruptOverride, decodeOverride } from '../../documents/override-document.ts'
import { readStatus, type StatusReading } from '../../documents/status-document.ts'
import { isAlive } from '../../host/process-table.ts'
import { factOf, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { foldersOf } from './loaded-config.ts'
import { allProcessesFact, type Process, processesFact } from './proc.ts'

type StatusFact =
  | StatusReading
  | { readonly kind: 'missing'; readonly why: string }
  /** It is there, and not for this user. */
  | { readonly kind: 'denied'; readonly why: string }

/** 2048 endpoints make some 500 kB. */
const STATUS_LIMIT_BYTES = 4 * 1024 * 1024

export const statusFact = fact(lookAtStatus)

/** A new look, for whoever has to look a second time. */
export async function lookAtStatus(host: Host): Promise<StatusFact> {
  const { runDir } = await foldersOf(host)
  const path = `${runDir}/status.json`
  const read = host.inspect.text(path, STATUS_LIMIT_BYTES)
  if (!read.ok) {
    if (read.why === 'missing') return { kind: 'missing', why: `${path} does not exist` }
    return { kind: read.why === 'denied' ? 'denied' : 'unreadable', why: read.error }
  }
  const { clock } = host.inspect
  const reading = readStatus(read.value, { bootMs: clock.bootMs(), bootId: clock.bootId })
  if (reading.kind !== 'unreadable') return reading
  return { kind: 'unreadable', why: `${path} is ${reading.why}` }
}

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
  return daemon.kind === 'dead' ? skip('because of H131: the daemon is not running') : daemon
}

/** What a living daemon says in its fresh status. `process` is null where it is hidden. */
export const speakingDaemonFact = factOf({ daemon: livingDaemonFact }, ({ daemon }) => {
  if (daemon.status.kind !== 'fresh')
    return skip('because of H132, H133: the daemon has no fresh status')
  const process = daemon.kind === 'running' ? daemon.process : null
  return { status: daemon.status.document, process }
})

/** The process that wrote the status, if it still lives; a pid may have been used again. */
function writerOf(status: StatusFact, processes: readonly Process[], host: Host) {
  if (status.kind !== 'fresh' && status.kind !== 'stale') return undefined
  const { pid, boot_id, written_boot_ms } = status.document
  if (boot_id !== host.inspect.clock.bootId) return undefined
  const process = processes.find((one) => one.pid === pid && !one.isContained && isDaemon(one))
  return process && process.startedBootMs <= written_boot_ms + SLACK_MS ? process : undefined
}

/** A daemon that goes by the doctor's configuration. */
function daemonOf(processes: readonly Process[], host: Host): Process | undefined {
  return processes.find((one) => isDaemon(one) && configOf(one) === host.paths.configFile)
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

type OrderReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'order'; readonly override: Override }
  /** It is there, and not for this user. */
  | { readonly kind: 'denied' }

const LIMIT_BYTES = 64 * 1024

/** A file that cannot be read is an order as well, one that is not understood. */
export function readOrder({ inspect }: Host, path: string): OrderReading {
  const read = inspect.text(path, LIMIT_BYTES)
  const facts = inspect.stat(path)
  const writtenMs = facts.ok ? facts.value.modifiedMs : 0
  if (read.ok) return { kind: 'order', override: decodeOverride(read.value, writtenMs) }
  if (read.why === 'denied') return { kind: 'denied' }
  const leadsNowhere = facts.ok && facts.value.kind === 'link'
  if (read.why === 'missing' && !leadsNowhere) return { kind: 'none' }
  return { kind: 'order', override: corruptOverride(read.error, writtenMs) }
}
