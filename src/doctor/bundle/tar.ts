// The bundle as a tar archive.
import { createTar } from 'nanotar'
import type { BundleFile } from './collect.ts'

/** POSIX wants two blocks of zeros at the end, for which the library does not always leave room. */
const END_BYTES = 1024

/** @param folder that all files are in */
export function tarOf(folder: string, files: readonly BundleFile[], wallMs: number): Uint8Array {
  const encoder = new TextEncoder()
  const entries = files.map(({ name, text }) => ({
    name: `${folder}/${name}`,
    data: encoder.encode(text),
  }))
  const attrs = { mode: '600', uid: 0, gid: 0, mtime: wallMs }
  const tar = createTar(entries, { attrs })
  const whole = new Uint8Array(tar.length + END_BYTES)
  whole.set(tar)
  return whole
}
