// SIGSTOP as a fact: a signal is only a request, and a thread that runs elsewhere obeys a moment later.
import { readdirSync, readFileSync } from 'node:fs'

/** No kernel takes that long to stop a process. */
const CEILING_MS = 10_000

/** Waits until no thread of a process runs any more that was just sent SIGSTOP, or that it is gone. */
export function untilStopped(pid: number): void {
  const endMs = performance.now() + CEILING_MS
  while (!threadsOf(pid).every((thread) => isStill(`/proc/${pid}/task/${thread}/stat`)))
    if (performance.now() > endMs) throw new Error(`process ${pid} did not stop`)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function isStill(path: string): boolean {
  try {
    const stat = readFileSync(path, 'utf8')
    // The program's name stands in brackets and may hold anything; the state follows it.
    return 'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2))
  } catch {
    return true
  }
}
