// A long-running program on a node that can be started, killed, frozen and started again.
import { existsSync } from 'node:fs'
import type { Node } from './namespace.ts'
import { childrenOf, type Exit, type LabProcess, type Signal, sendSignal } from './process.ts'
import type { Transcript } from './transcript.ts'

export interface Service {
  readonly name: string
  readonly running: boolean
  /** The process id as the test process sees it, or null when it does not run. */
  readonly pid: number | null
  /** What the program printed, one transcript for each time it was started. */
  readonly logs: readonly Transcript[]
  /** The transcript of the latest start. */
  readonly log: Transcript
  /** Starts it and waits until it says that it is ready. */
  start(): Promise<void>
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL when that does not end it; returns how it ended. */
  stop(): Promise<Exit>
  restart(): Promise<void>
  /** SIGSTOP: it keeps its sockets and says nothing. */
  freeze(): void
  /** Ends a freeze. */
  cont(): void
  signal(signal: Signal): void
}

export interface ServiceSpec {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: Record<string, string>
  /** A line that says that the program is ready; none means as soon as it runs. */
  readonly ready?: RegExp
  /** Freeze its children with it. */
  readonly tree?: boolean
}

/** How long a program may take to end on SIGTERM. */
const STOP_CEILING_MS = 10_000

/** @param node the node as it is now: it changes when the node is booted again */
export function createService(node: () => Node, spec: ServiceSpec): Service {
  const logs: Transcript[] = []
  let process: LabProcess | null = null
  /** Children of a process that was killed: they end by themselves, a moment later. */
  let orphans: readonly number[] = []

  function all(): number[] {
    if (process === null) return []
    return spec.tree ? [process.pid, ...childrenOf(process.pid)] : [process.pid]
  }

  const service: Service = {
    name: spec.name,
    logs,
    get running() {
      return process?.running ?? false
    },
    get pid() {
      return process?.running ? process.pid : null
    },
    get log() {
      const last = logs.at(-1)
      if (last === undefined) throw new Error(`${spec.name} was never started`)
      return last
    },
    async start() {
      if (service.running) throw new Error(`${node().name} ${spec.name} runs already`)
      // As a service manager does: a keepalived that sees the last one's child says that it runs already.
      for (const pid of orphans) await gone(pid)
      orphans = []
      process = await node().spawn(spec.name, spec.command, spec.env)
      logs.push(process.log)
      if (spec.ready !== undefined) await process.log.waitFor(spec.ready)
    },
    async kill() {
      const pids = all()
      orphans = process === null ? [] : childrenOf(process.pid)
      process?.log.note('killed')
      for (const pid of pids.slice(1)) sendSignal(pid, 'SIGKILL')
      process?.signal('SIGKILL')
      await process?.exited
    },
    async stop() {
      if (process === null) return { code: null, signal: null }
      const timer = setTimeout(() => void service.kill(), STOP_CEILING_MS)
      process.signal('SIGTERM')
      const exit = await process.exited
      clearTimeout(timer)
      return exit
    },
    async restart() {
      await service.kill()
      await service.start()
    },
    freeze() {
      process?.log.note('frozen')
      for (const pid of all()) sendSignal(pid, 'SIGSTOP')
    },
    cont() {
      process?.log.note('thawed')
      for (const pid of all().slice(1)) sendSignal(pid, 'SIGCONT')
      process?.signal('SIGCONT')
    },
    signal: (signal) => process?.signal(signal),
  }
  return service
}

/** Waits for a process that is not our child, and whose end therefore tells nobody. */
async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await Bun.sleep(1)
}
