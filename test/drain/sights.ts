// Made-up sights for the tests of drain and undrain.
import type { Override } from '../../src/core/override.ts'
import type { PublishedPriority } from '../../src/core/priority.ts'
import type { Verdict } from '../../src/core/standing.ts'
import type { StatusDocument } from '../../src/documents/status.ts'
import type { Sight } from '../../src/drain/sight.ts'
import type { Seat } from '../../src/keepalived/election.ts'

export interface Sketch {
  /** What the daemon publishes for the one instance; null when there is no daemon. */
  readonly priority: PublishedPriority | null
  /** null where keepalived may not be asked. */
  readonly seats: readonly Seat[] | null
  readonly here: readonly string[]
  readonly override?: Override | null
  readonly verdict?: Verdict
  readonly passes?: number
}

export function seat(state: Seat['state'], masterPriority: number, hears = true): Seat {
  return { name: 'one', state, masterPriority, hears }
}

export const HOLDING = { seats: [seat('master', 30, false)], here: ['one'] }

export function orderTo(mode: Override['mode']): Override {
  return { mode, by: 'ada', reason: '', sinceWallMs: 0, untilWallMs: null }
}

export function sightAt(nowMs: number, sketch: Sketch): Sight {
  const { priority, seats, here, override = null, verdict = 'healthy', passes = 9 } = sketch
  const status = {
    verdict,
    reasons: [],
    override,
    flap: { passes },
    instances: [{ name: 'one', priority }],
  } as unknown as StatusDocument
  return {
    nowMs,
    override,
    status: priority === null ? null : status,
    here: new Set(here),
    election:
      seats === null
        ? { kind: 'unseen', why: 'only root may ask keepalived' }
        : { kind: 'seen', seats: new Map([['one', seats]]) },
  }
}
