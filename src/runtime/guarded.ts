// Lives with bugs in what the daemon does on the side: they are logged, and the server stays in service.
import type { Log } from '../ports.ts'

/**
 * The function, except that what it throws is logged and goes no further.
 *
 * @param part what of the daemon it belongs to, for the log
 */
export function guarded<A extends readonly unknown[]>(
  log: Log,
  run: (...args: A) => void,
  part = 'notify',
) {
  return (...args: A): void => {
    try {
      run(...args)
    } catch (error) {
      logBug(log, error, part)
    }
  }
}

export function logBug(log: Log, error: unknown, part = 'notify'): void {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log.line('error', `internal error of ${part}: ${why}`)
}
