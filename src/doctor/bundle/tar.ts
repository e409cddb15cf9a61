// The bundle as a tar archive.
import { createTar } from 'nanotar'
import type { BundleFile } from './collect.ts'

/** POSIX wants two blocks of zeros at the end, for which the library does not always leave room. */
const END_BYTES = 1024
const BLOCK_BYTES = 512

/** Where a header's fields are, and how long (POSIX.1-2017, pax, "ustar Interchange Format"). */
const MAX_NAME_LENGTH = 100
const CHECKSUM = { at: 148, bytes: 8 }
const PREFIX_AT = 345

/** @param folder that all files are in */
export function tarOf(folder: string, files: readonly BundleFile[], wallMs: number): Uint8Array {
  const encoder = new TextEncoder()
  const entries = files.map(({ name, text }) => ({
    ...split(`${folder}/${name}`),
    data: encoder.encode(text),
  }))
  const attrs = { mode: '600', uid: 0, gid: 0, mtime: wallMs }
  const tar = createTar(entries, { attrs })
  const whole = new Uint8Array(tar.length + END_BYTES)
  whole.set(tar)
  let at = 0
  for (const { prefix, data } of entries) {
    const header = whole.subarray(at, at + BLOCK_BYTES)
    if (prefix !== '') setPrefix(header, encoder.encode(prefix), encoder)
    at += BLOCK_BYTES * (1 + Math.ceil(data.length / BLOCK_BYTES))
  }
  return whole
}

/**
 * The library cuts names that are too long for their field, so that two of them become one. What is
 * before a slash may stand in a field of its own, which every tar knows.
 */
function split(path: string): { readonly prefix: string; readonly name: string } {
  if (path.length <= MAX_NAME_LENGTH) return { prefix: '', name: path }
  const slash = path.indexOf('/', path.length - MAX_NAME_LENGTH - 1)
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) }
}

function setPrefix(header: Uint8Array, prefix: Uint8Array, encoder: TextEncoder): void {
  header.set(prefix, PREFIX_AT)
  // The sum is that of a header with blanks in its place.
  header.fill(0x20, CHECKSUM.at, CHECKSUM.at + CHECKSUM.bytes)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\0 `), CHECKSUM.at)
}
