// Events of the spool: the name of a new one, and when one happened by the clock that this process goes by.
import { eventId, type SpooledEvent } from '../documents/spooled-event.ts'
import type { Clock } from '../ports.ts'

/** More than the grain of the boot's clock and a wait between two readings; less than a suspend. */
const MAX_JITTER_MS = 1000

/**
 * Within a boot its clock says when; before that there is the wall clock, which may have been wrong.
 *
 * All events of a boot are placed by one difference between the clocks. The boot's clock counts in
 * steps, so that a difference taken anew for each would put events into another order than theirs.
 *
 * @returns a function from an event to milliseconds of `clock.nowMs`, never later than now
 */
export function createEventTime(
  clock: Pick<Clock, 'nowMs' | 'bootMs' | 'wallMs' | 'bootId'>,
): (event: SpooledEvent) => number {
  let bootAtMs = Number.NEGATIVE_INFINITY

  return (event) => {
    const nowMs = clock.nowMs()
    if (event.bootId !== clock.bootId) return nowMs - Math.max(0, clock.wallMs() - event.wallMs)
    const measuredMs = nowMs - clock.bootMs()
    // A suspend moves the two apart for good.
    if (Math.abs(measuredMs - bootAtMs) > MAX_JITTER_MS) bootAtMs = measuredMs
    return Math.min(nowMs, bootAtMs + event.bootMs)
  }
}

/**
 * The name of an event that happens now.
 *
 * @param sequence keeps the events of one process in their order within a millisecond
 */
export function newEventId(wallMs: number, sequence: number): string {
  const random = crypto.getRandomValues(new Uint8Array(6))
  return eventId(wallMs, sequence, Buffer.from(random).toString('hex'))
}
