// One break, one code: a check whose trouble another one explains says so and is silent.
import type { Check, Finding } from '../check.ts'
import { skip } from '../check.ts'
import { fact, type Host } from '../host.ts'

/** A check that looks once for each host, whoever asks, so that others may go by what it found. */
export function memoized(check: Check): Check {
  return { ...check, run: fact(async (host) => check.run(host)) }
}

/** The first of these checks that has found something, or null. One that crashed has not. */
export async function explainedBy(host: Host, checks: readonly Check[]): Promise<string | null> {
  for (const check of checks) {
    const finding = await Promise.resolve(check.run(host)).catch(() => null)
    if (finding?.kind === 'trouble') return check.code
  }
  return null
}

/** What `look` finds, unless one of these checks has found what it must come from. */
export async function suppressedBy(
  host: Host,
  checks: readonly Check[],
  look: () => Finding | Promise<Finding>,
): Promise<Finding> {
  const finding = await look()
  if (finding.kind !== 'trouble') return finding
  const code = await explainedBy(host, checks)
  return code === null ? finding : skip(`${code} explains it`)
}
