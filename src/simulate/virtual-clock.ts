// The virtual clock: it jumps from one thing to happen to the next.
import type { Agenda } from './agenda.ts'

/** Something that wants to be woken at a time that may change at any moment. */
export interface Sleeper {
  /** Infinite while it wants nothing. */
  wakeAtMs(): number
  tick(): void
}

export interface VirtualClock {
  nowMs(): number
  /** Runs on until `untilMs`. */
  run(untilMs: number): void
}

/** A clock at time 0. At the same moment the agenda comes first; `sleepers` may grow. */
export function createVirtualClock(agenda: Agenda, sleepers: readonly Sleeper[]): VirtualClock {
  let now = 0
  return {
    nowMs: () => now,
    run(untilMs) {
      for (;;) {
        let nextMs = agenda.nextMs()
        let awake: Sleeper | null = null
        for (let index = 0; index < sleepers.length; index++) {
          const sleeper = sleepers[index] as Sleeper
          const wakeMs = sleeper.wakeAtMs()
          if (wakeMs < nextMs) {
            nextMs = wakeMs
            awake = sleeper
          }
        }
        if (nextMs > untilMs) break
        now = Math.max(now, nextMs)
        if (awake === null) agenda.take()()
        else awake.tick()
      }
      now = untilMs
    },
  }
}
