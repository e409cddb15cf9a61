// The host that the doctor looks at: how to look, once or twice, and where holdfast's own things are on it.
import type { Inspector, Read } from '../ports.ts'

export interface Host {
  readonly inspect: Inspector
  readonly paths: HostPaths
  /** Of the executable that runs the doctor. */
  readonly version: string
}

export interface HostPaths {
  readonly configFile: string
  readonly keepalivedConf: string
  readonly namedConf: string
}

/**
 * A fact that several checks go by: it is looked up once for each host, by whoever asks first, and
 * everybody gets the same answer. `look` must not reject: what cannot be had is a value.
 */
export function fact<T>(look: (host: Host) => Promise<T>): (host: Host) => Promise<T> {
  const known = new WeakMap<Host, Promise<T>>()
  return (host) => {
    const before = known.get(host)
    if (before !== undefined) return before
    const asked = look(host)
    known.set(host, asked)
    return asked
  }
}

const EVERY_MS = 300

/** What was read; nothing where it could not be. */
export function textOr(read: Read<string>): string {
  return read.ok ? read.value : ''
}

/** What `look` finds, which must find it each time for this long; nothing as soon as it is gone. */
export async function persistsFor(
  host: Host,
  forMs: number,
  look: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const { clock } = host.inspect
  const endMs = clock.nowMs() + forMs
  for (;;) {
    const found = await look()
    if (found.length === 0 || clock.nowMs() >= endMs) return found
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
