// The daemon's lock, held for as long as it runs: its folder may be removed under it.
import { acquireLock, type Lock } from '../../adapters/lock.ts'
import type { Clock, Log } from '../../ports.ts'

const LOOK_EVERY_MS = 2000

/**
 * Takes the lock, and takes it again when its file is gone. Logs why it cannot be had.
 *
 * @param onLost called once when another daemon has taken it meanwhile
 * @returns null when the lock cannot be had now
 */
export function keepLock(
  path: string,
  clock: Clock,
  log: Log,
  onLost: () => void,
): Pick<Lock, 'release'> | null {
  const first = acquireLock(path)
  if (!first.ok) {
    log.line('error', first.error)
    return null
  }
  let lock = first.value
  let cancel = () => {}
  const look = () => {
    const again = lock.isHeld() ? null : acquireLock(path)
    if (again?.ok === true) {
      lock = again.value
      log.line('warn', `${path} was gone: the lock is taken again`)
    } else if (again?.holder !== undefined) {
      log.line('error', again.error)
      onLost()
      return
    }
    cancel = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, look)
  }
  cancel = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, look)
  return {
    release() {
      cancel()
      lock.release()
    },
  }
}
