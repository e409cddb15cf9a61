// Names for events that are made here and now.
import { eventId } from '../documents/spooled-event.ts'

/** @param sequence keeps the events of one process in their order within a millisecond */
export function newEventId(wallMs: number, sequence: number): string {
  const random = crypto.getRandomValues(new Uint8Array(6))
  return eventId(wallMs, sequence, Buffer.from(random).toString('hex'))
}
