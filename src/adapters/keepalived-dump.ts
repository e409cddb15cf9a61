// Asks the running keepalived for its JSON dump, where root and keepalived allow it.
import { lstatSync, readFileSync } from 'node:fs'
import { type DumpedInstance, parseDump } from '../drain/election-dump.ts'
import type { Result } from '../ports.ts'
import { readBounded } from './atomic-file.ts'

export interface DumpOptions {
  readonly pidFile?: string
  readonly dumpFile?: string
}

export type ElectionDumper = () => Promise<Result<readonly DumpedInstance[]>>

const PID_FILE = '/run/keepalived.pid'
const DUMP_FILE = '/tmp/keepalived.json'
/** SIGRTMIN+2, as `keepalived --signum=JSON` says. */
const JSON_SIGNAL = 36
const MOST_BYTES = 4 * 1024 * 1024
const LOOK_EVERY_MS = 10
const LONGEST_MS = 1000

/**
 * A function that asks for a new dump and reads it. keepalived renames the file into place before it
 * fills it, so a text that cannot be parsed is read again.
 */
export function createElectionDumper(options: DumpOptions = {}): ElectionDumper {
  const { pidFile = PID_FILE, dumpFile = DUMP_FILE } = options
  return async () => {
    const before = identityOf(dumpFile)
    const asked = ask(pidFile)
    if (!asked.ok) return asked
    for (let waitedMs = 0; waitedMs < LONGEST_MS; waitedMs += LOOK_EVERY_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      const now = identityOf(dumpFile)
      if (now === null || now === before) continue
      const text = readBounded(dumpFile, MOST_BYTES)
      const dump = text.ok ? parseDump(text.value) : null
      if (dump !== null) return { ok: true, value: dump }
    }
    return { ok: false, error: `keepalived writes no ${dumpFile}` }
  }
}

/** To any other program that signal would be the end, so its name is looked at first. */
function ask(pidFile: string): Result<void> {
  const text = readBounded(pidFile, 64)
  const pid = text.ok ? Number.parseInt(text.value, 10) : Number.NaN
  if (!Number.isInteger(pid) || pid <= 1) return { ok: false, error: 'keepalived does not run' }
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'keepalived')
      return { ok: false, error: 'keepalived does not run' }
  } catch {
    return { ok: false, error: 'keepalived does not run' }
  }
  if (process.getuid?.() !== 0) return { ok: false, error: 'only root may ask keepalived' }
  try {
    process.kill(pid, JSON_SIGNAL)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `keepalived cannot be asked: ${why}` }
  }
  return { ok: true, value: undefined }
}

/** Anybody may put a file into /tmp: only root's own, and no link, is believed. */
function identityOf(path: string): string | null {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile() || stats.uid !== 0n) return null
  return [stats.ino, stats.size, stats.mtimeNs].join(':')
}
