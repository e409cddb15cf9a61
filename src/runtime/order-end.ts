// When an order with an end is over, asked from time to time: it must not go by a clock that jumped.
import { isOver, type Override } from '../core/override.ts'
import type { Clock } from '../ports.ts'

export interface OrderEnds {
  /** @param place what the order is about, such as a real server */
  isOver(place: string, order: Override | null): boolean
}

/** How often it is asked whether the clock is set, while an end depends on it. */
const ASK_EVERY_MS = 10_000

/** @param askClock whether NTP has set the clock; never rejects */
export function createOrderEnds(
  clock: Pick<Clock, 'nowMs' | 'wallMs' | 'bootMs' | 'bootId'>,
  askClock: () => Promise<boolean>,
): OrderEnds {
  const known = new Map<string, { readonly id: string | undefined; readonly sinceMs: number }>()
  let isClockSet = false
  let asksAtMs = Number.NEGATIVE_INFINITY

  function knownMs(place: string, { id }: Override): number {
    const nowMs = clock.nowMs()
    const before = known.get(place)
    if (before !== undefined && before.id === id) return nowMs - before.sinceMs
    known.set(place, { id, sinceMs: nowMs })
    return 0
  }

  function ask(): void {
    if (isClockSet || clock.nowMs() < asksAtMs) return
    asksAtMs = clock.nowMs() + ASK_EVERY_MS
    void askClock().then((isSet) => {
      isClockSet ||= isSet
    })
  }

  return {
    isOver(place, order) {
      if (order === null || order.untilWallMs === null) {
        // One that cannot be read now may be the one that was known.
        if (order?.corrupt === undefined) known.delete(place)
        return false
      }
      const { bootId } = clock
      const [wallMs, bootMs] = [clock.wallMs(), clock.bootMs()]
      const now = { wallMs, bootMs, bootId, isClockSet, knownMs: knownMs(place, order) }
      if (isOver(order, now)) return true
      if (isOver(order, { ...now, isClockSet: true })) ask()
      return false
    },
  }
}
