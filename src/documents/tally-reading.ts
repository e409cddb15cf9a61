// tally.json read back without trusting it: a file may be old, cut off, or somebody else's.
import {
  STRIP_STEPS,
  TALLY_FORMAT,
  type Tally,
  type TallyDocument,
  type TargetStrip,
} from './tally.ts'

/** It is written every five seconds; what is older speaks of another time. */
const OLDEST_MS = 15_000

/** What `read` hands on: strips alone, because only they are looked at beside the status. */
export type Strips = ReadonlyMap<string, string>

/** The text of tally.json. */
export function tallyText(tally: Tally, bootId: string, bootMs: number): string {
  const document: TallyDocument = { boot_id: bootId, written_boot_ms: bootMs, tally }
  return `${JSON.stringify(document)}\n`
}

/**
 * The strips by target, from a text that may be anything.
 *
 * @param bootMs now, or when the status was written that they are shown beside
 * @returns null when the text cannot be understood or does not speak of that time
 */
export function readStrips(text: string, bootId: string, bootMs: number): Strips | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isDocument(value) || value.boot_id !== bootId) return null
  if (Math.abs(bootMs - value.written_boot_ms) > OLDEST_MS) return null
  return new Map(value.tally.strips.filter(isStrip).map(({ target, strip }) => [target, strip]))
}

function isDocument(value: unknown): value is TallyDocument {
  if (typeof value !== 'object' || value === null) return false
  const { boot_id: bootId, written_boot_ms: writtenMs, tally } = value as Partial<TallyDocument>
  return (
    typeof bootId === 'string' &&
    Number.isFinite(writtenMs) &&
    tally?.format === TALLY_FORMAT &&
    Array.isArray(tally.strips)
  )
}

function isStrip(value: unknown): value is TargetStrip {
  if (typeof value !== 'object' || value === null) return false
  const { target, strip } = value as Partial<TargetStrip>
  return (
    typeof target === 'string' &&
    typeof strip === 'string' &&
    strip.length === STRIP_STEPS &&
    /^[ .~vx]*$/.test(strip)
  )
}
