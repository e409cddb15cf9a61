// Looking twice: what is under way settles, and what is wrong stays.
import type { Host } from '../host.ts'

const EVERY_MS = 300

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
