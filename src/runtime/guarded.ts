// Lives with bugs in what the daemon does on the side: they are logged, and the server stays in service.
import type { Log } from '../ports.ts'

/** The function, except that what it throws is logged and goes no further. */
export function guarded<A extends readonly unknown[]>(log: Log, run: (...args: A) => void) {
  return (...args: A): void => {
    try {
      run(...args)
    } catch (error) {
      logBug(log, error)
    }
  }
}

export function logBug(log: Log, error: unknown): void {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log.line('error', `internal error of notify: ${why}`)
}
