// The addresses on this host's interfaces other than loopback, as they are now.
import { networkInterfaces } from 'node:os'

/** In canonical text form, without prefix lengths. */
export function heldAddresses(): ReadonlySet<string> {
  const all = Object.entries(networkInterfaces())
  return new Set(
    all.flatMap(([name, infos]) =>
      name === 'lo' ? [] : (infos ?? []).filter((it) => !it.internal).map((it) => it.address),
    ),
  )
}
