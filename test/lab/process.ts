// Starts programs inside the lab's namespaces, keeps what they print, and signals them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { untilStopped } from '../support/stopped.ts'
import { createTranscript, type Transcript } from './transcript.ts'

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGHUP' | 'SIGINT' | number

export interface Exit {
  readonly code: number | null
  readonly signal: string | number | null
}

export interface LabProcess {
  /** The program's process id, as the test process sees it. */
  readonly pid: number
  readonly log: Transcript
  readonly exited: Promise<Exit>
  readonly running: boolean
  /** Writes to the program's standard input. */
  write(text: string): void
  /** Sends a signal to the program, not to the helper that entered the namespace for it. */
  signal(signal: Signal): void
}

export interface Completed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * A real server does not share its processors with a compiler and two other servers: what runs here
 * goes before the rest, so that a busy machine does not pass for a VRRP master that has died.
 */
const NICE = '-10'

/** Which namespaces of a holder process to enter: all of them, or the network alone. */
export type LogEvent = 'all' | 'network'

/**
 * The command line that runs `command` in the namespaces of `holderPid`.
 *
 * Entering the process-id namespace is what ties the program's life to the lab's: when the
 * namespace's first process ends, the kernel kills everything in it.
 */
export function enter(holderPid: number, entry: LogEvent, command: readonly string[]): string[] {
  const flags = entry === 'all' ? ['-p', '-m', '-n', '-u'] : ['-n']
  return ['nsenter', '-t', String(holderPid), ...flags, '--', ...command]
}

/** Runs a command in the namespaces to its end. */
export async function runInside(
  holderPid: number,
  entry: LogEvent,
  command: readonly string[],
  input = '',
): Promise<Completed> {
  const child = Bun.spawn(enter(holderPid, entry, command), {
    stdin: new TextEncoder().encode(input),
    stdout: 'pipe',
    stderr: 'pipe',
    env: labEnvironment(),
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** Starts a program in the namespaces and returns once its own process exists. */
export async function spawnInside(
  holderPid: number,
  name: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<LabProcess> {
  const log = createTranscript(name)
  const helper = Bun.spawn(enter(holderPid, 'all', ['nice', '-n', NICE, ...command]), {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...labEnvironment(), ...env },
  })
  log.follow([helper.stdout, helper.stderr])
  let running = true
  const exited = helper.exited.then(() => {
    running = false
    return { code: helper.exitCode, signal: helper.signalCode }
  })
  // What has ended before it was seen needs no signals; its log says why, and waits on that fail.
  const pid = await onlyChild(helper.pid, () => running).catch(() => helper.pid)
  return {
    pid,
    log,
    exited,
    get running() {
      return running
    },
    write(text) {
      helper.stdin.write(text)
      helper.stdin.flush()
    },
    signal(signal) {
      if (!running) return
      sendSignal(pid, signal)
      // The helper stops itself when the program stops, and would not see it end while stopped.
      if (signal === 'SIGCONT' || signal === 'SIGKILL') sendSignal(helper.pid, 'SIGCONT')
    },
  }
}

/** Signals a process, which may have ended a moment ago. */
export function sendSignal(pid: number, signal: Signal): void {
  try {
    process.kill(pid, signal)
    if (signal === 'SIGSTOP') untilStopped(pid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The process ids whose parent is `pid`, oldest first. */
export function childrenOf(pid: number): number[] {
  const children = LISTS_CHILDREN ? listedChildren(pid) : searchedChildren(pid)
  return children.sort((a, b) => a - b)
}

/** Debian's kernels list them (proc_pid_task(5)); it costs a hundredth of looking at all processes. */
const LISTS_CHILDREN = existsSync(`/proc/${process.pid}/task/${process.pid}/children`)

function listedChildren(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      return text.split(' ').filter(Boolean).map(Number)
    })
  } catch {
    return []
  }
}

function searchedChildren(pid: number): number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return pids.filter((entry) => parentOf(entry) === pid).map(Number)
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name stands in brackets and may hold anything; the parent is the second field after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/** Waits until a helper has forked the program that it was started for. */
export async function onlyChild(pid: number, alive: () => boolean): Promise<number> {
  for (;;) {
    const [child] = childrenOf(pid)
    if (child !== undefined) return child
    if (!alive()) throw new Error(`process ${pid} ended before its program started`)
    await Bun.sleep(1)
  }
}

/** A small, fixed environment: nothing of the caller's leaks into the servers. */
function labEnvironment(): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  }
}
