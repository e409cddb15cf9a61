// Latency history of one probe at one endpoint, and the age at which its next query is late.

/** Smoothed latency and its mean deviation, in milliseconds; `samples` 0 means no history yet. */
export interface Latency {
  samples: number
  meanMs: number
  deviationMs: number
}

const MEAN_GAIN = 1 / 8
const DEVIATION_GAIN = 1 / 4
const DEVIATIONS = 4

export function noLatency(): Latency {
  return { samples: 0, meanMs: 0, deviationMs: 0 }
}

/** Takes one answered query into the history, as TCP does with round-trip times (RFC 6298 section 2). */
export function observeLatency(latency: Latency, sampleMs: number): void {
  if (latency.samples === 0) {
    latency.meanMs = sampleMs
    latency.deviationMs = sampleMs / 2
  } else {
    const error = sampleMs - latency.meanMs
    latency.deviationMs += DEVIATION_GAIN * (Math.abs(error) - latency.deviationMs)
    latency.meanMs += MEAN_GAIN * error
  }
  latency.samples++
}

/**
 * The age at which an unanswered query is suspicious: four deviations above the mean, but never
 * before `floorMs`, because asking again for every hiccup of a fast server would be noise.
 */
export function lateAfterMs(latency: Latency, floorMs: number, timeoutMs: number): number {
  const expectedMs = latency.meanMs + DEVIATIONS * latency.deviationMs
  return Math.min(Math.max(expectedMs, floorMs), timeoutMs)
}
