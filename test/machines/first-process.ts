// Tells a machine's first process from the helpers that made it.
import { readFileSync } from 'node:fs'

/**
 * Whether a process is the first one of the innermost process-id namespace that it is in.
 *
 * The last number of NSpid in /proc/PID/status is the id there (proc(5)). systemd-nspawn's helper,
 * which makes the first process, has another one.
 */
export function isFirstProcess(pid: number): boolean {
  try {
    const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return ids?.split(/\s+/).at(-1) === '1'
  } catch {
    return false
  }
}
