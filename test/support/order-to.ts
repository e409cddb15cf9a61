// Orders of an operator, for tests that ask little of them.
import type { Override } from '../../src/core/override.ts'

/** An order without an end, but for what differs. */
export function orderTo(mode: Override['mode'], differences: Partial<Override> = {}): Override {
  return { mode, by: 'ada', reason: '', sinceWallMs: 0, untilWallMs: null, ...differences }
}
