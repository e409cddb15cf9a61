// Asks the running keepalived for its JSON dump, where root and keepalived allow it.
import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { type Process, type ProcReader, readProcesses } from '../host/process-table.ts'
import { parseDump, type RunningInstance } from '../keepalived/dump.ts'
import { findKeepalived, runsKeepalived } from '../keepalived/process.ts'
import type { Read, Result } from '../ports.ts'
import { readBounded } from './atomic-file.ts'
import { inFolder } from './folder.ts'
import { type KernelPath, readKernelFile } from './kernel-file.ts'

export interface DumpOptions {
  /** The process to ask; null where keepalived does not run. */
  readonly find?: () => Process | null
  readonly dumpFile?: string
}

export type ElectionDumper = () => Promise<Result<readonly RunningInstance[]>>

/** The text may hold passwords in clear. */
export type TextDumper = () => Promise<Read<string>>

const DUMP_FILE = '/tmp/keepalived.json'
/** SIGRTMIN+2, as `keepalived --signum=JSON` says. */
const JSON_SIGNAL = 36
const MAX_BYTES = 4 * 1024 * 1024
const LOOK_EVERY_MS = 10
const MAX_MS = 1000
const NOT_RUNNING = { ok: false, why: 'missing', error: 'keepalived is not running' } as const

/** A function that asks for a new dump and reads the election in it. */
export function createElectionDumper(options: DumpOptions = {}): ElectionDumper {
  return async () => {
    const dumped = await dumpOf(options, parseDump)
    return dumped.ok ? dumped : { ok: false, error: dumped.error }
  }
}

/** A function that asks for a new dump and hands out its text, which is JSON. */
export function createTextDumper(options: DumpOptions = {}): TextDumper {
  return () => dumpOf(options, (text) => (isJson(text) ? text : null))
}

/**
 * Asks for a new dump. keepalived renames the file into place before it fills it, so a text that
 * cannot be parsed is read again.
 *
 * @param parse null for a text that is not yet a dump
 */
async function dumpOf<T>(
  { find = runningKeepalived, dumpFile = DUMP_FILE }: DumpOptions,
  parse: (text: string) => T | null,
): Promise<Read<T>> {
  const before = identityOf(dumpFile)
  const asked = ask(find())
  if (!asked.ok) return asked
  for (let waitedMs = 0; waitedMs < MAX_MS; waitedMs += LOOK_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    const now = identityOf(dumpFile)
    if (now === null || now === before) continue
    const text = readBounded(dumpFile, MAX_BYTES, notOfRoot)
    const dump = text.ok ? parse(text.value) : null
    if (dump !== null) return { ok: true, value: dump }
  }
  return { ok: false, why: 'other', error: `keepalived writes no ${dumpFile}` }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Its pid file may be anywhere, and may name somebody else by now. */
function runningKeepalived(): Process | null {
  const isWanted = (folder: string) => runsKeepalived(PROC, folder) !== false
  const keepalived = findKeepalived(PROC, readProcesses(PROC, isWanted))
  return keepalived.kind === 'running' ? keepalived.parent : null
}

const PROC: ProcReader = {
  text: (path) => attempt(() => readKernelFile(path as KernelPath)),
  list: (path) => attempt(() => inFolder(path, (folder) => folder.names())),
  link: (path) => attempt(() => readlinkSync(path)),
}

function attempt<T>(look: () => T): { ok: true; value: T } | { ok: false } {
  try {
    return { ok: true, value: look() }
  } catch {
    return { ok: false }
  }
}

/** To any other program that signal would be the end, so what it does about it is looked at first. */
function ask(keepalived: Process | null): Read<void> {
  if (keepalived === null) return NOT_RUNNING
  const { pid } = keepalived
  if (process.getuid?.() !== 0)
    return { ok: false, why: 'denied', error: 'only root may ask keepalived' }
  if (!takesSignal(pid))
    return { ok: false, why: 'other', error: 'keepalived has no use for the signal that asks it' }
  try {
    process.kill(pid, JSON_SIGNAL)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, why: 'other', error: `keepalived cannot be asked: ${why}` }
  }
  return { ok: true, value: undefined }
}

/**
 * Whether it catches the signal, or blocks it to read it from a file descriptor. One that starts or is
 * older than JSON does not: keepalived 2 ignores what it does not know, and keepalived 1 ends.
 */
function takesSignal(pid: number): boolean {
  let status: string
  try {
    status = readKernelFile(`/proc/${pid}/status`)
  } catch {
    return false
  }
  const masks = [...status.matchAll(/^Sig(?:Blk|Cgt):\s*([0-9a-f]+)$/gm)]
  const bit = 1n << BigInt(JSON_SIGNAL - 1)
  return masks.some(([, mask = '0']) => (BigInt(`0x${mask}`) & bit) !== 0n)
}

/** Anybody may put a file into /tmp: only root's own is believed. */
function notOfRoot({ uid }: Stats): string | null {
  return uid === 0 ? null : 'it is not of root'
}

function identityOf(path: string): string | null {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile()) return null
  return [stats.ino, stats.size, stats.mtimeNs].join(':')
}
