// A network namespace of its own with the follower in it, and ways to wait for what it prints.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressChange } from '../../../src/ports.ts'

export interface Printed {
  readonly table?: AddressChange
  readonly change?: AddressChange
  readonly level?: string
  readonly text?: string
  readonly stopped?: boolean
}

export interface Follower extends AsyncDisposable {
  readonly pid: number
  readonly printed: readonly Printed[]
  /** The first line from `from` on that fits; lines that have come already count. */
  until(fits: (line: Printed) => boolean, from?: number): Promise<Printed>
  /** Runs `ip` with these words in the namespace. */
  ip(words: string): void
  /** Runs several `ip` commands in one process, so that they follow each other at once. */
  batch(lines: readonly string[]): void
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<void>
}

export interface FollowerOptions {
  readonly resyncMs?: number
  readonly searchPath?: string
  /** `ip` commands before the follower starts. */
  readonly before?: readonly string[]
  /** Program and arguments that run the follower. */
  readonly runtime?: readonly string[]
}

const WAIT_MS = 15_000
const PROGRAM = join(import.meta.dir, 'follow-program.ts')

/** Starts the follower in a namespace with `lo` up, and waits for its first table. */
export async function follow(options: FollowerOptions = {}): Promise<Follower> {
  const { resyncMs = 3_600_000, searchPath = '', runtime = [process.execPath] } = options
  const commands = ['link set lo up', ...(options.before ?? [])].map((words) => `ip ${words}`)
  const script = ['mount -t sysfs none /sys', ...commands, 'exec "$@"'].join(' && ')
  const child = spawn(
    'unshare',
    ['--net', '--mount', 'sh', '-c', script, 'sh', ...runtime, PROGRAM, searchPath, `${resyncMs}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines = collect(child)
  const pid = child.pid ?? 0
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const enter = ['--net', '--target', `${pid}`, 'ip']
  const ip = (args: readonly string[], input?: string) => {
    const run = spawnSync('nsenter', [...enter, ...args], { encoding: 'utf8', input: input ?? '' })
    if (run.status !== 0) throw new Error(`ip ${args.join(' ')}: ${run.stderr}`)
  }
  const follower: Follower = {
    pid,
    printed: lines.printed,
    until: lines.until,
    ip: (words) => ip(words.split(' ')),
    batch: (commands) => ip(['-batch', '-'], commands.join('\n')),
    kill: (signal) => child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await ended
    },
  }
  await lines.until((line) => line.table !== undefined)
  return follower
}

function collect(child: ChildProcess) {
  const printed: Printed[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  child.stdout?.setEncoding('utf8')
  child.stdout?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) printed.push(JSON.parse(line) as Printed)
    for (const look of waiting) look()
  })
  const until = (fits: (line: Printed) => boolean, from = 0) =>
    new Promise<Printed>((resolve, reject) => {
      const look = () => {
        const found = printed.slice(from).find(fits)
        if (found === undefined) return
        waiting.delete(look)
        clearTimeout(timer)
        resolve(found)
      }
      const fail = () => {
        waiting.delete(look)
        reject(new Error(`nothing fits in ${JSON.stringify(printed, null, 1)}`))
      }
      const timer = setTimeout(fail, WAIT_MS)
      child.once('close', fail)
      waiting.add(look)
      look()
    })
  return { printed, until }
}

/** The processes that `pid` has started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
    .filter(Boolean)
    .map(Number)
}

/** The words of a process's command line, or null when it has ended. */
export function commandOf(pid: number): string | null {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
    if (state === 'Z' || state === 'X') return null
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
  } catch {
    return null
  }
}

/** Waits until `holds` is true, for things that nobody announces. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + WAIT_MS
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
