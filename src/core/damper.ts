// Flap damping of the checks at this server's own addresses: when it falls, when it rises, how long it waits.
import type { FlapConfig } from '../config/config.ts'

/**
 * Where the checks have brought the server. As in the damping of routes (RFC 2439), what it did before
 * decides how long it waits: repeat failures are the penalty, which decays in calm hours.
 *
 * A failure of an `up` server is believed at once. A `down` server that passes again is at first on
 * `probation`: good enough to take an address from a server that is worse, not to take one back from
 * a server that is well. There it must stay clean for a time that grows with every repeat failure.
 */
export type Phase = 'up' | 'probation' | 'down'

export interface Damper {
  /** False until the first check cycle has decided. */
  known: boolean
  phase: Phase
  /** Failing cycles of an `up` server that `okAfter` consecutive passes have not cleared yet. */
  failures: number
  /** Consecutive passing check cycles. */
  passes: number
  /** The wait after the last failure, decayed by later passes; 0 means none. */
  backoffMs: number
  backoffHoldUntilMs: number
  /** Times that it began to fail while it served, less those that calm hours have made forgotten. */
  repeatFailures: number
  /** Clean time that is still owed before it is `up`. */
  probationMs: number
  /** The first of the failing check cycles since the last pass, or null after a pass. */
  failingSinceMs: number | null
  /** Since when there has been no repeat failure, or when the last one was forgotten. */
  calmSinceMs: number
}

/** What a passing check cycle was like. */
export interface Pass {
  readonly nowMs: number
  readonly periodMs: number
  /** This server holds a service address. */
  readonly holder: boolean
  /** Some query had to be asked again. */
  readonly suspicious: boolean
}

/** What a failing check cycle was like. */
export interface Failure {
  readonly nowMs: number
  /** The failure leaves no doubt (see `isConclusive`): there is nothing to be patient about. */
  readonly conclusive: boolean
  /** An operator has taken the server out: what fails meanwhile is no repeat failure. */
  readonly planned?: boolean
  /** This server holds a service address; another has none to keep, and nothing to be patient for. */
  readonly holder: boolean
}

/** Each repeat failure makes the next probation this many times as long. */
const PROBATION_GROWTH = 10

/** A suspicious cycle takes back as much probation as this many clean ones have served. */
const SUSPICION_COSTS = 10

const TOLERANCE_GROWTH = 2

/** As many repeat failures count even where there is no probation that they could make longer. */
const MIN_MEMORY = 3

export function newDamper(): Damper {
  return {
    known: false,
    phase: 'down',
    failures: 0,
    passes: 0,
    backoffMs: 0,
    backoffHoldUntilMs: Number.NEGATIVE_INFINITY,
    repeatFailures: 0,
    probationMs: 0,
    failingSinceMs: null,
    calmSinceMs: 0,
  }
}

/**
 * Takes in a failing check cycle. Returns the backoff to wait before the next one, or null while the
 * server still serves: below `fall`, or holding an address on probation, within its holder tolerance.
 */
export function onFailedCycle(damper: Damper, flap: FlapConfig, failure: Failure): number | null {
  const { nowMs } = failure
  const begins = damper.failingSinceMs === null
  damper.failingSinceMs ??= nowMs
  damper.passes = 0
  const knew = damper.known
  damper.known = true
  if (damper.phase === 'up') {
    damper.failures++
    if (knew && damper.failures < flap.fall) return null
    if (failure.planned !== true) countFailure(damper, flap, nowMs)
  } else if (damper.phase === 'probation') {
    if (begins && failure.planned !== true) countFailure(damper, flap, nowMs)
    const failingMs = nowMs - damper.failingSinceMs
    const patient = failure.holder && !failure.conclusive
    if (patient && failingMs < holderToleranceMs(damper.repeatFailures, flap)) return null
  }
  damper.phase = 'down'
  damper.backoffMs = Math.min(flap.backoffMaxMs, Math.max(flap.backoffMinMs, damper.backoffMs * 2))
  return damper.backoffMs
}

/** Takes in a passing check cycle. The very first check cycle decides alone. */
export function onPassedCycle(damper: Damper, flap: FlapConfig, pass: Pass): void {
  const { nowMs } = pass
  damper.failingSinceMs = null
  damper.passes++
  if (damper.passes >= flap.fallReset) damper.failures = 0
  if (nowMs >= damper.backoffHoldUntilMs) damper.backoffMs = decayed(damper.backoffMs, flap)
  if (damper.phase === 'probation') countDownProbation(damper, flap, pass)
  if (damper.phase === 'up') decayRepeatFailures(damper, flap, nowMs)
  if (damper.phase !== 'down') return
  if (damper.known && damper.passes < passesNeeded(damper, flap, pass.holder)) return
  damper.phase = damper.probationMs > 0 ? 'probation' : 'up'
  damper.known = true
  damper.failures = 0
  damper.calmSinceMs = nowMs
}

/**
 * Consecutive passes before a failed server serves again: `rise` more with every repeat failure, but few
 * for the one that holds an address, which is to win the race when all recover.
 */
export function passesNeeded(damper: Damper, flap: FlapConfig, holder: boolean): number {
  return holder ? flap.riseHolder : flap.rise * Math.max(1, damper.repeatFailures)
}

/** An operator undrains the server and vouches for it: the failback delay ends. */
export function endProbation(damper: Damper, nowMs: number): void {
  damper.probationMs = 0
  if (damper.phase !== 'probation') return
  damper.phase = 'up'
  damper.calmSinceMs = nowMs
}

/** An address went: what follows may be a flap, so passes count for less for a while. */
export function backoffHold(damper: Damper, flap: FlapConfig, nowMs: number): void {
  damper.backoffHoldUntilMs = nowMs + flap.backoffHoldMs
}

/** Whether the next check cycle may be spread over the period: all is well and nothing is pending. */
export function isSteady(damper: Damper): boolean {
  return damper.phase !== 'down' && damper.failures === 0 && damper.failingSinceMs === null
}

/** The clean time that so many repeat failures demand. */
export function probationMs(repeatFailures: number, flap: FlapConfig): number {
  if (repeatFailures === 0) return 0
  return Math.min(
    flap.failbackDelayMaxMs,
    flap.failbackDelayMs * PROBATION_GROWTH ** (repeatFailures - 1),
  )
}

/** How long a holder on probation may fail in one piece before it is down: a flaky one is flaky. */
export function holderToleranceMs(repeatFailures: number, flap: FlapConfig): number {
  return Math.min(
    flap.holderToleranceMaxMs,
    flap.holderToleranceMs * TOLERANCE_GROWTH ** Math.max(0, repeatFailures - 1),
  )
}

/** Where probation grows no longer there is nothing more to remember; but `rise` grows by some in any case. */
export function maxRepeatFailures(flap: FlapConfig): number {
  let repeatFailures = MIN_MEMORY
  while (probationMs(repeatFailures + 1, flap) > probationMs(repeatFailures, flap)) repeatFailures++
  return repeatFailures
}

function countFailure(damper: Damper, flap: FlapConfig, nowMs: number): void {
  if (damper.repeatFailures < maxRepeatFailures(flap)) damper.repeatFailures++
  damper.probationMs = probationMs(damper.repeatFailures, flap)
  damper.calmSinceMs = nowMs
}

function countDownProbation(damper: Damper, flap: FlapConfig, pass: Pass): void {
  const changeMs = pass.suspicious ? SUSPICION_COSTS * pass.periodMs : -pass.periodMs
  damper.probationMs = Math.min(
    probationMs(damper.repeatFailures, flap),
    damper.probationMs + changeMs,
  )
  if (damper.probationMs > 0) return
  damper.probationMs = 0
  damper.phase = 'up'
  damper.calmSinceMs = pass.nowMs
}

/** One repeat failure is forgotten after each time of the longest probation without another. */
function decayRepeatFailures(damper: Damper, flap: FlapConfig, nowMs: number): void {
  if (damper.repeatFailures === 0 || nowMs - damper.calmSinceMs < flap.failbackDelayMaxMs) return
  damper.repeatFailures--
  damper.calmSinceMs = nowMs
}

function decayed(backoffMs: number, flap: FlapConfig): number {
  const nextMs = backoffMs / 2
  return nextMs < flap.backoffMinMs ? 0 : nextMs
}
