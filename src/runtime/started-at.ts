// When the daemon started, as a time of the calendar that does not tremble.

/** A wall clock that was set steps further; what is below are two clocks that were read one after the other. */
const STEP_MS = 1000

/**
 * Tells, from the wall clock and for how long the daemon has run by its own, when it started. What it
 * told before stands until the wall clock was set: whoever watches it for changes counts starts.
 *
 * @returns milliseconds since 1970
 */
export function createStartedAt(): (wallMs: number, ranForMs: number) => number {
  let known: number | null = null
  return (wallMs, ranForMs) => {
    const seen = wallMs - ranForMs
    if (known === null || Math.abs(seen - known) > STEP_MS) known = seen
    return known
  }
}
