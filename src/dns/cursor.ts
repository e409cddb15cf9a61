// A bounded reader over a DNS message. Every read says null instead of going past the end.

/** Where reading stands, and where it must stop; names may point back to anywhere before. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
  end: number
}

const HEADER_BYTES = 12
const MAX_NAME_BYTES = 255
/** A name of 255 bytes has at most 127 labels, so more pointers than that lead nowhere useful. */
const MAX_POINTERS = 127

export function readU8(cursor: Cursor): number | null {
  if (cursor.at + 1 > cursor.end) return null
  return cursor.bytes[cursor.at++] ?? null
}

export function readU16(cursor: Cursor): number | null {
  if (cursor.at + 2 > cursor.end) return null
  const value = u16(cursor.bytes, cursor.at)
  cursor.at += 2
  return value
}

export function readU32(cursor: Cursor): number | null {
  if (cursor.at + 4 > cursor.end) return null
  const value = u16(cursor.bytes, cursor.at) * 0x10000 + u16(cursor.bytes, cursor.at + 2)
  cursor.at += 4
  return value
}

/** The next `length` bytes: a view, not a copy. */
export function readBytes(cursor: Cursor, length: number): Uint8Array | null {
  if (cursor.at + length > cursor.end) return null
  const view = cursor.bytes.subarray(cursor.at, cursor.at + length)
  cursor.at += length
  return view
}

/** The two bytes at `at`, which the caller knows to be there. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

/**
 * A name in presentation form (RFC 1035 section 5.1) without the final dot; the root is ".".
 *
 * Pointers (section 4.1.4) must lead backwards from where the name or the last pointer's target
 * began, never into the header, and their number is bounded: no message can make this loop.
 */
export function readName(cursor: Cursor): string | null {
  const { bytes } = cursor
  let at = cursor.at
  let end = cursor.end
  let floor = at
  let pointers = 0
  let nameBytes = 1
  let text = ''
  for (;;) {
    if (at >= end) return null
    const length = bytes[at++] ?? 0
    if (length === 0) break
    if ((length & 0xc0) === 0xc0) {
      if (at >= end || ++pointers > MAX_POINTERS) return null
      const target = ((length & 0x3f) << 8) | (bytes[at++] ?? 0)
      if (target >= floor || target < HEADER_BYTES) return null
      if (pointers === 1) cursor.at = at
      // A pointer's target may use all that lies before the place that pointed to it.
      end = floor
      floor = target
      at = target
      continue
    }
    nameBytes += length + 1
    if (length > 63 || nameBytes > MAX_NAME_BYTES || at + length > end) return null
    text += text === '' ? '' : '.'
    text += labelText(bytes, at, length)
    at += length
  }
  if (pointers === 0) cursor.at = at
  return text === '' ? '.' : text
}

function labelText(bytes: Uint8Array, at: number, length: number): string {
  let text = ''
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i] ?? 0
    text += byte === 0x2e || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : printable(byte)
  }
  return text
}

/** One byte as text: printable ASCII as it is, all else as "\DDD". */
export function printable(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${byte.toString().padStart(3, '0')}`
}
