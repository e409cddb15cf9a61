// What a real server weighs: nothing while it has failed, its share in quarters when it comes back.
import type { ServerState } from '../core/server-state.ts'

export interface Weighing {
  /** What is published; null before the first result, when nothing is known yet. */
  readonly weight: number | null
  /** When the way back to its full weight began; null while it is not on it. */
  readonly climbingSinceMs: number | null
  /** When the weight grows next; infinite while it does not grow by itself. */
  readonly growsAtMs: number
}

export interface Scale {
  /** null before the first result. */
  readonly state: ServerState | null
  /** What it weighs when it is healthy. */
  readonly fullWeight: number
  readonly slowStartMs: number
}

export const UNWEIGHED: Weighing = {
  weight: null,
  climbingSinceMs: null,
  growsAtMs: Number.POSITIVE_INFINITY,
}

/** The degraded: IPVS asks it as good as never while others weigh a hundred. */
const DEGRADED = 1
const QUARTERS = 4

/**
 * The weight as of `nowMs`.
 *
 * A server that was out, or degraded, comes back with a quarter of its weight, and has the
 * whole of it after `slowStartMs`. The first result after the daemon's start is no return: who was
 * in the pool all the time keeps its share.
 */
export function weigh(before: Weighing, scale: Scale, nowMs: number): Weighing {
  const { state: serverState, fullWeight, slowStartMs } = scale
  switch (serverState) {
    case null:
      return before
    case 'failed':
    case 'drained':
    case 'isolated':
      return at(0)
    case 'degraded':
      return at(DEGRADED)
    case 'healthy':
    case 'probation':
      break
    default:
      serverState satisfies never
  }
  const sinceMs = before.climbingSinceMs ?? (isReturn(before, fullWeight) ? nowMs : null)
  if (sinceMs === null) return at(fullWeight)
  // Compared with the very times that are handed out, so that none of them comes a rounding too soon.
  const stepAtMs = (steps: number) => sinceMs + (steps * slowStartMs) / (QUARTERS - 1)
  let steps = 0
  while (steps < QUARTERS - 1 && nowMs >= stepAtMs(steps + 1)) steps++
  if (steps === QUARTERS - 1) return at(fullWeight)
  return {
    weight: Math.ceil((fullWeight * (steps + 1)) / QUARTERS),
    climbingSinceMs: sinceMs,
    growsAtMs: stepAtMs(steps + 1),
  }
}

function isReturn({ weight }: Weighing, fullWeight: number): boolean {
  return weight !== null && weight <= DEGRADED && fullWeight > DEGRADED
}

function at(weight: number): Weighing {
  return { ...UNWEIGHED, weight }
}
