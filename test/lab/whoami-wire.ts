// The one question that the client asks, and the one kind of answer that it accepts, as bytes.
import { WHOAMI } from './resolver.ts'

const HEADER_BYTES = 12
const TYPE_TXT = 16
const CLASS_IN = 1

/** A query for the TXT record of whoami, with the id left at zero. */
export function whoamiQuery(): Uint8Array<ArrayBuffer> {
  const labels = WHOAMI.split('.').flatMap((label) => [
    label.length,
    ...new TextEncoder().encode(label),
  ])
  // Flags: recursion desired. One question.
  const header = [0, 0, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
  return new Uint8Array([...header, ...labels, 0, 0, TYPE_TXT, 0, CLASS_IN])
}

export type WhoamiAnswer =
  | { readonly id: number; readonly server: string }
  | { readonly id: number; readonly loss: string }

/** Reads an answer to `whoamiQuery`; null when it is too short to have an id. */
export function readWhoami(message: Uint8Array, queryBytes: number): WhoamiAnswer | null {
  if (message.length < HEADER_BYTES) return null
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const id = view.getUint16(0)
  const rcode = view.getUint8(3) & 0x0f
  if (rcode !== 0) return { id, loss: `rcode ${rcode}` }
  // The answer's name is a pointer to the question's: 2 bytes, then type, class, TTL and length.
  const data = queryBytes + 2 + 2 + 2 + 4 + 2
  if (view.getUint16(6) < 1 || message.length < data + 1) return { id, loss: 'garbage' }
  if (view.getUint16(queryBytes + 2) !== TYPE_TXT) return { id, loss: 'garbage' }
  const length = view.getUint8(data)
  if (message.length < data + 1 + length) return { id, loss: 'garbage' }
  return { id, server: new TextDecoder().decode(message.subarray(data + 1, data + 1 + length)) }
}
