// Follows the kernel's address events with a child, `ip monitor`, that is restarted when it dies.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock, Log } from '../../ports.ts'

/** An address event concerns one address; a link event may concern all of an interface's. */
export type IpEvent =
  | { readonly kind: 'deleted'; readonly address: string; readonly interface: string }
  | { readonly kind: 'touched' }

export interface IpMonitorOptions {
  readonly clock: Clock
  readonly log: Log
  /** Folders in which `ip` and `setpriv` are looked for. */
  readonly searchPath: readonly string[]
  readonly onEvent: (event: IpEvent) => void
  /** A child has started; events from before it listened are lost, so read the table again soon. */
  readonly onStart: () => void
}

export interface IpMonitor {
  start(): void
  stop(): void
  /** Whether events can be relied on: a child has been running for a while. */
  proven(): boolean
}

const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 30_000
/** A child that has lived this long is no longer taken for one that fails at its start. */
const PROVEN_MS = 2_000
/** No line of `ip` is nearly this long; a longer one is thrown away. */
const MAX_LINE_LENGTH = 64 * 1024

/**
 * Keeps `ip monitor` running. It is wrapped in `setpriv --pdeathsig KILL`, so that the kernel ends
 * it together with its parent, even when the parent is killed; without setpriv it runs bare.
 */
export function createIpMonitor(options: IpMonitorOptions): IpMonitor {
  const { clock, log } = options
  let child: ChildProcess | null = null
  let startedMs = 0
  let delayMs = FIRST_DELAY_MS
  let complained = false
  let cancel = () => {}

  const start = () => {
    const command = monitorCommand(options.searchPath)
    if (command === null) return failed('there is no program `ip` (Debian package iproute2)')
    startedMs = clock.nowMs()
    child = launch(command, options.onEvent, failed)
    if (child === null) return
    cancel = clock.wakeAt(startedMs + PROVEN_MS, recovered)
    options.onStart()
  }
  const failed = (why: string) => {
    child = null
    cancel()
    if (!complained) {
      complained = true
      log.line('warn', `cannot follow address events, reading the table every second: ${why}`)
    }
    cancel = clock.wakeAt(clock.nowMs() + delayMs, start)
    delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)
  }
  const recovered = () => {
    delayMs = FIRST_DELAY_MS
    if (complained) log.line('info', 'following address events again')
    complained = false
  }
  return {
    start,
    stop() {
      cancel()
      const last = child
      child = null
      if (last === null) return
      last.removeAllListeners('exit')
      last.kill('SIGKILL')
    },
    proven: () => child !== null && clock.nowMs() - startedMs >= PROVEN_MS,
  }
}

/** Program and arguments, or null without `ip`. */
function monitorCommand(searchPath: readonly string[]): readonly [string, ...string[]] | null {
  const find = (program: string) =>
    searchPath.map((folder) => join(folder, program)).find(isExecutable)
  const ip = find('ip')
  if (ip === undefined) return null
  const monitor = [ip, '-o', 'monitor', 'link', 'address'] as const
  const setpriv = find('setpriv')
  return setpriv === undefined ? monitor : [setpriv, '--pdeathsig', 'KILL', '--', ...monitor]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Starts the child; `failed` is called once, when it ends or cannot be started. */
function launch(
  command: readonly [string, ...string[]],
  onEvent: (event: IpEvent) => void,
  failed: (why: string) => void,
): ChildProcess | null {
  const [program, ...args] = command
  try {
    const child = spawn(program, args, {
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let over = false
    const end = (why: string) => {
      if (over) return
      over = true
      failed(why)
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) => end(`\`ip monitor\` ended with ${signal ?? `code ${code}`}`))
    readLines(child.stdout, (line) => {
      const event = parseMonitorLine(line)
      if (event !== null) onEvent(event)
    })
    // It writes here when the kernel had to drop events: what they said is in the table.
    readLines(child.stderr, () => onEvent({ kind: 'touched' }))
    return child
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error))
    return null
  }
}

/** Splits a stream into lines and keeps no more than one line of bounded length. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  let skipping = false
  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!skipping) onLine(line)
      skipping = false
    }
    if (rest.length <= MAX_LINE_LENGTH) return
    rest = ''
    skipping = true
  })
}

const ADDRESS_LINE = /^(Deleted )?\d+: (\S+)\s+(inet6?) ([0-9a-f.:]+)(?:\/\d+)?(?: |$)/
const LINK_LINE = /^(?:Deleted )?\d+: \S+: <[A-Z0-9_,-]*> /

/**
 * One line of `ip -o monitor link address`, or null for anything else.
 *
 * Lines about addresses that are not gone only touch the table: routers' advertisements refresh
 * lifetimes with such lines every few seconds, and a refresh changes nothing in it.
 */
export function parseMonitorLine(line: string): IpEvent | null {
  const match = ADDRESS_LINE.exec(line)
  if (match === null) return LINK_LINE.test(line) ? { kind: 'touched' } : null
  const [, deleted, name = '', family, address = ''] = match
  if (deleted === undefined) return { kind: 'touched' }
  const linkLocal = family === 'inet6' && /^fe[89ab]/.test(address)
  return { kind: 'deleted', interface: name, address: linkLocal ? `${address}%${name}` : address }
}
