// How long elections take, by keepalived's timers. Pure.
import type { ElectionConfig } from '../config/config.ts'

/** The skew of VRRPv2 is a second at most, whatever the interval (RFC 3768 section 6.1). */
const MAX_SKEW_V2_MS = 1000
/** keepalived reads the files, and a host may be busy. */
const SLACK_MS = 500

/**
 * The longest time from a priority's fall to the takeover by a backup that is worth more: three
 * intervals and the skew (RFC 9568 section 6.1).
 */
function takeoverMs({ version, advertMs }: ElectionConfig): number {
  const skewMs = version === 2 ? MAX_SKEW_V2_MS : advertMs
  return 3 * advertMs + skewMs + SLACK_MS
}

/** Whoever has said nothing for as long is not heard. */
export function silenceMs(election: ElectionConfig): number {
  return takeoverMs(election)
}

/** After this time without a change an election has settled, whichever servers took part. */
export function settleMs(election: ElectionConfig): number {
  return 2 * takeoverMs(election)
}
