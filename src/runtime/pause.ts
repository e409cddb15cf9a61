// A wait that can be awaited, on the clock that everything else goes by.
import type { Clock } from '../ports.ts'

export function pause(clock: Clock, forMs: number): Promise<void> {
  return new Promise((resolve) => clock.wakeAt(clock.nowMs() + forMs, resolve))
}
