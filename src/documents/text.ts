// Sentences for people: reasons, diagnostics, priorities, durations.
import type { Diagnostic } from '../config/text/diagnostic.ts'
import type { Reason } from '../core/effect.ts'
import { OUTCOMES, type Outcome } from '../core/outcome.ts'
import type { Override } from '../core/override.ts'
import type { PublishedPriority } from '../core/priority.ts'

/** One reason, such as "udp/192.0.2.53 localhost A: refused (connection refused: nothing listens there)". */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'starting':
      return 'the first sweep has not finished'
    case 'stopping':
      return 'the daemon is stopping'
    case 'no-targets':
      return 'there is no address to probe'
    case 'target':
      // What a balancer asks itself nobody has sent: it is the service that is told of.
      if (reason.outcome === 'no-quorum' && reason.detail !== undefined) return reason.detail
      return `${reason.target} ${reason.question}: ${outcomeText(reason.outcome, reason.detail)}`
    case 'rising':
      return `${reason.passes} of ${reason.needed} passing sweeps in a row`
    case 'upstream':
      return `upstream group ${reason.group}: ${upstreamText(reason)}`
    default:
      return reason satisfies never
  }
}

/** "1 of 3 answered, 2 needed (holdfast-{random}.com A: timeout)" */
export function upstreamText(figures: Omit<Reason & { kind: 'upstream' }, 'kind'>): string {
  const { passed, of, quorum, failure } = figures
  const first = failure === undefined ? '' : ` (${failure.question}: ${failure.outcome})`
  return `${passed} of ${of} answered, ${quorum} needed${first}`
}

export function reasonsText(reasons: readonly Reason[]): string {
  return reasons.map(reasonText).join('; ')
}

/**
 * Reasons in words, those that differ in their targets alone as one: when named dies, every target
 * fails in the same words.
 */
export function alike(reasons: readonly string[]): string[] {
  const groups = new Map<string, { readonly first: string; count: number }>()
  // A service of two virtual addresses has one and the same trouble at both.
  for (const reason of new Set(reasons)) {
    const kind = reason.replace(/^[a-z]+\/\S+ /, '')
    const group = groups.get(kind)
    if (group === undefined) groups.set(kind, { first: reason, count: 1 })
    else group.count += 1
  }
  return [...groups.values()].map(({ first, count }) =>
    count === 1 ? first : `${first}; and ${count - 1} more like it`,
  )
}

/** An outcome with what exactly was wrong: "servfail (got SERVFAIL, expected NOERROR)". */
export function outcomeText(outcome: Outcome, detail: string | undefined): string {
  return `${outcome} (${detail ?? OUTCOMES[outcome]})`
}

/** A diagnostic in one line, for logs; `config check` shows the line it is about as well. */
export function diagnosticLine({ file, line, column, code, text, hint }: Diagnostic): string {
  const advice = hint === undefined ? '' : `; ${hint}`
  return `${file}:${line}:${column}: error[${code}]: ${text}${advice}`
}

export function priorityText(priority: PublishedPriority): string {
  return priority === 'fault' ? 'FAULT' : String(priority)
}

/** An order in force, such as "drained by root since 2026-11-21T14:02:00.000Z: switch upgrade". */
export function overrideText(override: Override): string {
  if (override.corrupt !== undefined)
    return `drained, because the override file cannot be read: ${override.corrupt}`
  const until = override.untilWallMs === null ? '' : ` until ${isoTime(override.untilWallMs)}`
  const reason = override.reason === '' ? '' : `: ${override.reason}`
  const { instances } = override
  const mode =
    instances === undefined ? override.mode : `${override.mode} in ${instances.join(', ')}`
  return `${mode} by ${override.by} since ${isoTime(override.sinceWallMs)}${until}${reason}`
}

/** "250 ms", "1.5 s", "2 min": short, and never more exact than it is useful. */
export function durationText(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(1))} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return `${Number((ms / 3_600_000).toFixed(1))} h`
}

/** ISO 8601 in UTC; a time that no calendar has is shown as "an unknown time". */
export function isoTime(wallMs: number): string {
  const date = new Date(wallMs)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString()
}
