// What a healthy status rests on: each required endpoint has given a conclusive answer not long ago.

import { endpointName } from './check.ts'
import type { CoreConfig } from './core-config.ts'
import type { Evidence, State } from './state.ts'

/** What timers and a busy processor may add. */
const SLACK_MS = 1000

/** The longest that it takes until one required endpoint has answered, or has failed for certain. */
export function checkMs({ groups, timing }: Pick<CoreConfig, 'groups' | 'timing'>): number {
  let timeoutMs = 0
  for (const group of groups)
    if (group.kind === 'required' && group.timeoutMs > timeoutMs) timeoutMs = group.timeoutMs
  return timeoutMs + timing.retryWindowMs + timeoutMs
}

/**
 * How old the question may be whose answer is the newest of an endpoint: a check cycle that asks it first, one
 * that asks it last, the answers to both, and a second. The number of endpoints is not in it.
 */
export function evidenceMs(config: Pick<CoreConfig, 'groups' | 'timing'>): number {
  return 2 * (config.timing.checkIntervalMs + checkMs(config)) + SLACK_MS
}

/**
 * What is known of a required endpoint. One that was not asked before, or was left out for so long that
 * nothing is known any more, has a bound's time to answer.
 */
export function evidenceOf(state: State, name: string, nowMs: number, sinceMs: number): Evidence {
  const evidence = state.evidence.get(name) ?? { untilMs: Number.NEGATIVE_INFINITY }
  if (evidence.untilMs <= nowMs) evidence.untilMs = sinceMs + evidenceMs(state.config)
  state.evidence.set(name, evidence)
  return evidence
}

/** A question that was asked at `askedMs` has been answered, or has failed for certain. */
export function prove(state: State, evidence: Evidence, askedMs: number): void {
  evidence.untilMs = Math.max(evidence.untilMs, askedMs + evidenceMs(state.config))
}

/** Forgets endpoints whose addresses this host has no more; a reload alone forgets nothing. */
export function forgetEvidence(state: State): void {
  const here = new Set<string>()
  for (const { address } of state.addresses) {
    for (const transport of ['udp', 'tcp'] as const) here.add(endpointName({ transport, address }))
  }
  for (const name of state.evidence.keys()) if (!here.has(name)) state.evidence.delete(name)
}

/** Until when the server may be called healthy without any further answer. */
export function provenUntilMs({ required }: State): number {
  let untilMs = Number.POSITIVE_INFINITY
  for (const { evidence } of required.checks)
    if (evidence !== null && evidence.untilMs < untilMs) untilMs = evidence.untilMs
  return untilMs
}
