// Verdict and override together: what this server is worth in the election.
import type { Override } from './override.ts'

export type Verdict = 'healthy' | 'degraded' | 'failed'

/** All there are. */
export const STANDINGS = [
  'healthy',
  'probation',
  'degraded',
  'drained',
  'failed',
  'isolated',
] as const
export type Standing = (typeof STANDINGS)[number]

/** What people are told that a server is: the first word of every output. */
export type StateWord = Exclude<Standing, 'healthy'> | 'serving' | 'starting'

/**
 * The name of a state: a healthy server is in service, and one that has not finished its first check
 * cycle has not failed.
 */
export function stateWord(standing: Standing, isStarting: boolean): StateWord {
  if (standing === 'failed' && isStarting) return 'starting'
  return standing === 'healthy' ? 'serving' : standing
}

/** Tells a standing from anything else that a document may hold. */
export function isStanding(value: unknown): value is Standing {
  return (STANDINGS as readonly unknown[]).includes(value)
}

/** What is known of this server beyond the verdict. */
export interface StandingContext {
  readonly override: Override | null
  /** The pool's order lists this server; one that it does not list is drained. */
  readonly listed: boolean
  /** It passes its checks again, but has failed lately. */
  readonly probation: boolean
}

/** The worse of what the checks found and what the operator ordered. */
export function standingOf(
  verdict: Verdict,
  { override, listed, probation }: StandingContext,
): Standing {
  if (override?.mode === 'isolated') return 'isolated'
  if (verdict === 'failed') return 'failed'
  if (override !== null || !listed) return 'drained'
  return verdict === 'healthy' && probation ? 'probation' : verdict
}

/** Whether keepalived's dead-man may let a server of this standing hold an address. */
export function mayServe(standing: Standing): boolean {
  return standing !== 'failed' && standing !== 'isolated'
}
