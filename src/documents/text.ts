// Sentences for people: reasons, diagnostics, priorities, durations.
import type { Diagnostic } from '../config/text/diagnostic.ts'
import type { Reason } from '../core/effect.ts'
import { OUTCOMES, type Outcome } from '../core/outcome.ts'
import type { Override } from '../core/override.ts'
import type { PublishedPriority } from '../core/priority.ts'

/** One reason, such as "udp/192.0.2.53 localhost A: conn-refused (no listener on this address and port)". */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'starting':
      return 'the first check cycle has not finished'
    case 'stopping':
      return 'the daemon is stopping'
    case 'no-endpoints':
      return 'no address to probe'
    case 'endpoint':
      // What a balancer asks itself nobody has sent: it is the service that is told of.
      if (reason.outcome === 'no-quorum' && reason.detail !== undefined) return reason.detail
      return `${reason.endpoint} ${reason.question}: ${outcomeText(reason.outcome, reason.detail)}`
    case 'rising':
      return `${reason.passes} of ${reason.needed} checks passed in a row`
    case 'upstream':
      return `upstream ${reason.group}: ${upstreamText(reason)}`
    default:
      return reason satisfies never
  }
}

/** "1 of 3 probes ok, quorum 2; holdfast-{random}.com A: timeout" */
export function upstreamText(figures: Omit<Reason & { kind: 'upstream' }, 'kind'>): string {
  const { passed, of, quorum, failure } = figures
  const first = failure === undefined ? '' : `; ${failure.question}: ${failure.outcome}`
  return `${passed} of ${of} probes ok, quorum ${quorum}${first}`
}

export function reasonsText(reasons: readonly Reason[]): string {
  return reasons.map(reasonText).join('; ')
}

/**
 * Reasons in words, those that differ in their endpoints alone as one: when named dies, every
 * endpoint fails in the same words.
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
    count === 1 ? first : `${first} (+${count - 1} ${count === 2 ? 'endpoint' : 'endpoints'})`,
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

/** An active drain, such as "drained by root since 2026-11-21T14:02:00.000Z: switch upgrade". */
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

/** "by root for 2 h: kernel update": what an operator did, where the rest of the line says when. */
export function drainText(override: Override): string {
  const { by, instances, sinceWallMs, untilWallMs, reason, corrupt } = override
  if (corrupt !== undefined) return `because override.json cannot be read: ${corrupt}`
  const where = instances === undefined ? '' : `in ${instances.join(', ')} `
  const lasting = untilWallMs === null ? '' : ` for ${shortDuration(untilWallMs - sinceWallMs)}`
  return `${where}by ${by}${lasting}${reason === '' ? '' : `: ${reason}`}`
}

/** "184ms", "5.1s", "2m14s", "1h02m", "3d04h": for columns, where a glance must do. */
export function shortDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'an unknown time'
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`
  const hours = Math.floor(minutes / 60)
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`
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

/** The end of a complaint about a configuration that is refused; the doctor knows it by that. */
export const LAST_GOOD_CONFIG = 'the last good config stays active'
