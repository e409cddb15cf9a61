// Flap damping of the checks at this server's own addresses: when it falls, when it rises, how long it waits.
import type { FlapConfig } from '../config/config.ts'

/**
 * A failure is believed at once, a recovery only after `rise` passes, and every failure doubles the
 * wait before the next try. Passes shorten the wait step by step instead of forgetting it, and for
 * some seconds after an address went not at all, because that is when a flap would come back.
 */
export interface Damper {
  /** False until the first sweep has decided. */
  known: boolean
  up: boolean
  /** Failing sweeps that `okAfter` consecutive passes have not cleared yet. */
  failures: number
  /** Consecutive passing sweeps. */
  passes: number
  /** The wait after the last failure, decayed by later passes; 0 means none. */
  backoffMs: number
  holdDownUntilMs: number
}

export function newDamper(): Damper {
  return {
    known: false,
    up: false,
    failures: 0,
    passes: 0,
    backoffMs: 0,
    holdDownUntilMs: Number.NEGATIVE_INFINITY,
  }
}

/** Takes in a failing sweep. Returns the backoff to wait before the next one, or null when still up. */
export function damperFails(damper: Damper, flap: FlapConfig): number | null {
  damper.passes = 0
  damper.failures++
  const holdsOut = damper.known && damper.up && damper.failures < flap.fall
  damper.known = true
  if (holdsOut) return null
  damper.up = false
  damper.backoffMs = Math.min(flap.backoffMaxMs, Math.max(flap.backoffMinMs, damper.backoffMs * 2))
  return damper.backoffMs
}

/** Takes in a passing sweep. The very first one decides alone. */
export function damperPasses(
  damper: Damper,
  flap: FlapConfig,
  holder: boolean,
  nowMs: number,
): void {
  damper.passes++
  if (damper.passes >= flap.okAfter) damper.failures = 0
  if (nowMs >= damper.holdDownUntilMs) damper.backoffMs = decayed(damper.backoffMs, flap)
  if (!damper.known || damper.passes >= passesNeeded(flap, holder)) {
    if (!damper.up) damper.failures = 0
    damper.known = true
    damper.up = true
  }
}

/** Consecutive passes before a failed server is healthy: fewer for the one that holds an address. */
export function passesNeeded(flap: FlapConfig, holder: boolean): number {
  return holder ? flap.riseHolder : flap.rise
}

/** An address went: what follows may be a flap, so passes count for less for a while. */
export function holdDown(damper: Damper, flap: FlapConfig, nowMs: number): void {
  damper.holdDownUntilMs = nowMs + flap.holdDownMs
}

/** Whether the next sweep may be spread over the period: all is well and nothing is pending. */
export function isSteady(damper: Damper): boolean {
  return damper.up && damper.failures === 0
}

function decayed(backoffMs: number, flap: FlapConfig): number {
  const nextMs = backoffMs / 2
  return nextMs < flap.backoffMinMs ? 0 : nextMs
}
