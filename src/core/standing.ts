// Verdict and override together: what this server is worth in the election.
import type { Override } from './override.ts'

export type Verdict = 'healthy' | 'degraded' | 'failed'
export type Standing = 'healthy' | 'degraded' | 'drained' | 'failed' | 'isolated'

/**
 * The worse of what the checks found and what the operator ordered.
 *
 * @param listed whether the pool's order lists this server; one that it does not list is drained
 */
export function standingOf(verdict: Verdict, override: Override | null, listed: boolean): Standing {
  if (override?.mode === 'isolated') return 'isolated'
  if (verdict === 'failed') return 'failed'
  if (override !== null || !listed) return 'drained'
  return verdict
}

/** Whether keepalived's dead-man may let a server of this standing hold an address. */
export function mayServe(standing: Standing): boolean {
  return standing !== 'failed' && standing !== 'isolated'
}
