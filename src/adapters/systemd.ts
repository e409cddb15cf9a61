// Tells systemd how the daemon is doing, through the systemd-notify program.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Log, ServiceManager } from '../ports.ts'
import { readKernelFile, UPTIME, uptimeMs } from './kernel-file.ts'

export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Folders in which systemd-notify is looked for. */
  readonly searchPath?: readonly string[]
}

const SEARCH_PATH = ['/usr/bin', '/bin', '/usr/local/bin']

/** systemd-notify itself gives up after 5 s; one that does not is ended. */
const MAX_CALL_MS = 7_000

/** Twice as often as systemd asks for, so that one late call does no harm (sd_watchdog_enabled(3)). */
const WATCHDOG_MARGIN = 2

/**
 * The service manager named by NOTIFY_SOCKET, or one that does nothing where there is none.
 *
 * Node's dgram has no unix sockets, so each message is a run of systemd-notify; the unit needs
 * `NotifyAccess=all`. It runs *without* `--no-block`: systemd finds out whose message it is from the
 * sender's pid, and a sender that is gone by then (ours may not send in its parent's name unless
 * they are root) would have its message thrown away. Nobody here waits for it anyway.
 */
export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, log } = options
  const socket = env.NOTIFY_SOCKET
  if (socket === undefined || socket === '') return NOBODY

  const program = (options.searchPath ?? SEARCH_PATH)
    .map((folder) => join(folder, 'systemd-notify'))
    .find((path) => existsSync(path))
  if (program === undefined) {
    log.line('error', 'systemd-notify is missing: systemd is not notified that the daemon is ready')
    return { ...NOBODY, watchdogMs: watchdogMs(env) }
  }
  return connected(createSender(program, socket, log), watchdogMs(env))
}

const NOBODY: ServiceManager = {
  ready() {},
  reloading() {},
  stopping() {},
  status() {},
  watchdogMs: null,
  watchdog() {},
}

/** Half of the time that systemd allows between two signs of life, or null when it waits for none. */
function watchdogMs(env: ServiceManagerOptions['env']): number | null {
  const microseconds = Number(env.WATCHDOG_USEC)
  if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return null
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(process.pid)) return null
  return microseconds / 1000 / WATCHDOG_MARGIN
}

type Kind = 'state' | 'status' | 'watchdog'

interface Message {
  readonly kind: Kind
  readonly assignments: readonly string[]
}

interface Sender {
  send(message: Message): void
  /** Drops what waits and sends this one beside what is under way. */
  sendLast(message: Message): void
  has(kind: Kind): boolean
}

function connected(sender: Sender, watchdogMs: number | null): ServiceManager {
  const state = (...assignments: string[]): Message => ({ kind: 'state', assignments })
  return {
    ready: (text) => sender.send(state('READY=1', statusLine(text))),
    reloading: () => sender.send(state('RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`)),
    stopping: () => sender.sendLast(state('STOPPING=1')),
    status: (text) => sender.send({ kind: 'status', assignments: [statusLine(text)] }),
    watchdogMs,
    watchdog() {
      // One that still waits or runs will do: more would only pile up behind it.
      if (watchdogMs === null || sender.has('watchdog')) return
      sender.send({ kind: 'watchdog', assignments: ['WATCHDOG=1'] })
    },
  }
}

/** One message at a time, in order: RELOADING must not overtake READY. */
function createSender(program: string, socket: string, log: Log): Sender {
  let waiting: Message[] = []
  let current: Message | null = null
  let complained = false

  const ended = (why: string | null) => {
    current = null
    if (why !== null && !complained) {
      complained = true
      log.line('warn', `cannot reach systemd: ${why}`)
    }
    const next = waiting.shift()
    if (next !== undefined) start(next)
  }
  const start = (message: Message) => {
    current = message
    run(program, message.assignments, socket, ended)
  }
  return {
    send(message) {
      if (current === null) return start(message)
      if (message.kind === 'status') waiting = waiting.filter((other) => other.kind !== 'status')
      waiting.push(message)
    },
    sendLast(message) {
      waiting = []
      run(program, message.assignments, socket, () => {})
    },
    has: (kind) => current?.kind === kind || waiting.some((message) => message.kind === kind),
  }
}

/** Calls `ended` exactly once, and never before it has returned. */
function run(
  program: string,
  assignments: readonly string[],
  socket: string,
  ended: (why: string | null) => void,
): void {
  let child: ChildProcess
  try {
    child = spawn(program, assignments, {
      env: { NOTIFY_SOCKET: socket },
      stdio: ['ignore', 'ignore', 'ignore'],
    })
  } catch (error) {
    setImmediate(ended, error instanceof Error ? error.message : String(error))
    return
  }
  let over = false
  const finish = (why: string | null) => {
    if (over) return
    over = true
    clearTimeout(timer)
    ended(why)
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), MAX_CALL_MS)
  child.on('error', (error) => finish(error.message))
  child.on('exit', (code, signal) =>
    finish(code === 0 ? null : `systemd-notify ended with ${signal ?? `exit code ${code}`}`),
  )
}

/** A line break would begin another assignment. */
function statusLine(text: string): string {
  return `STATUS=${text.replace(/[\r\n\0]+/g, ' ')}`
}

/**
 * The time of the reload for `Type=notify-reload`, which systemd compares with its own on
 * CLOCK_MONOTONIC. The uptime is that clock where a machine never sleeps, in steps of 10 ms: a
 * reload that seems to precede systemd's request would be ignored, so it is rounded up.
 */
function monotonicUs(): number {
  return uptimeMs(readKernelFile(UPTIME)) * 1000 + 20_000
}
