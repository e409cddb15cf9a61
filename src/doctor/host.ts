// The host that the doctor looks at: how to look, and where holdfast's own things are on it.
import type { Inspector } from '../ports.ts'

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
