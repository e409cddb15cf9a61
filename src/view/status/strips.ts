// The last minutes of each target, as the daemon's tally tells them, brought up to the moment of reading.

import type { BootMoment } from '../../documents/status.ts'
import { STRIP_STEP_MS, STRIP_STEPS, type TallyDocument } from '../../documents/tally.ts'

/** By target; marks with the newest last. */
export type Strips = ReadonlyMap<string, string>

export const NO_STRIPS: Strips = new Map()

/**
 * Reads tally.json, which may be anything; one that cannot be used has no strips. Steps that have
 * passed since it was written are blank, as nobody knows of them.
 */
export function readStrips(text: string, moment: BootMoment): Strips {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return NO_STRIPS
  }
  const { boot_id, written_boot_ms, tally } = (value ?? {}) as Partial<TallyDocument>
  const listed: unknown = tally?.strips
  if (boot_id !== moment.bootId || typeof written_boot_ms !== 'number' || !Array.isArray(listed))
    return NO_STRIPS
  const passed = Math.floor(Math.max(0, moment.bootMs - written_boot_ms) / STRIP_STEP_MS)
  // It is written once a step, so that the newest mark is always a step old at most.
  const blanks = Math.min(STRIP_STEPS, Math.max(0, passed - 1))
  const strips = new Map<string, string>()
  for (const entry of listed) {
    const { target, strip } = (entry ?? {}) as { target?: unknown; strip?: unknown }
    if (typeof target !== 'string' || typeof strip !== 'string') continue
    const padded = strip.padStart(STRIP_STEPS) + ' '.repeat(blanks)
    strips.set(target, padded.slice(-STRIP_STEPS))
  }
  return strips
}
