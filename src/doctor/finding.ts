// What checks find on a host. One fault, one code: a check that another one explains is silent.
// Two checks that ask each other would wait until the run ends, and crash: a test holds that none do.

import { type DoctorCheck, type Finding, skip } from './doctor-check.ts'
import type { Host } from './host.ts'

const known = new WeakMap<Host, Map<DoctorCheck, Promise<Finding>>>()

/** What this check finds: it looks once for each host, whoever asks. Rejects if the check throws. */
export function findingOf(host: Host, check: DoctorCheck): Promise<Finding> {
  const findings = known.get(host) ?? new Map<DoctorCheck, Promise<Finding>>()
  known.set(host, findings)
  const before = findings.get(check)
  if (before !== undefined) return before
  const looked = look(host, check)
  findings.set(check, looked)
  return looked
}

async function look(host: Host, check: DoctorCheck): Promise<Finding> {
  return unlessExplained(host, check.explainedBy ?? [], await check.run(host))
}

/** The finding, unless it is trouble that must come from what one of these checks has found. */
export async function unlessExplained(
  host: Host,
  checks: readonly DoctorCheck[],
  finding: Finding,
): Promise<Finding> {
  if (finding.kind !== 'trouble') return finding
  const code = await explanationOf(host, checks)
  return code === null ? finding : skip(`because of ${code}`)
}

/** The first of these checks that has found something, or null. One that crashed has not. */
export async function explanationOf(
  host: Host,
  checks: readonly DoctorCheck[],
): Promise<string | null> {
  const asked = checks.map((check) => findingOf(host, check).catch(() => null))
  const findings = await Promise.all(asked)
  return checks.find((_, index) => findings[index]?.kind === 'trouble')?.code ?? null
}
