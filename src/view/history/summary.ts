// The closing line of a history: how often this server failed, how long it was out of service, and its drains.
import type { StateWord } from '../../core/server-state.ts'
import { shortDuration } from '../../documents/text.ts'
import type { Occurrence } from './occurrences.ts'

/** States in which no client is served although no operator wants that; a daemon that does not run is another. */
const OUT: ReadonlySet<StateWord | null> = new Set<StateWord | null>(['failed', 'starting', null])
const DRAINED: ReadonlySet<StateWord | null> = new Set<StateWord | null>(['drained', 'isolated'])

/** A time in one state; null is a daemon that does not run. */
interface Span {
  readonly state: StateWord | null
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * "2 failures, 5.1s out of service, 1 drain (7s)"
 *
 * @param fromMs what was before is not counted
 */
export function summaryText(
  occurrences: readonly Occurrence[],
  fromMs: number,
  nowMs: number,
): string {
  const spans = spansOf(occurrences, nowMs).filter(({ untilMs }) => untilMs > fromMs)
  const lasted = (states: ReadonlySet<StateWord | null>) =>
    spans
      .filter(({ state }) => states.has(state))
      .reduce((sum, span) => sum + span.untilMs - Math.max(fromMs, span.fromMs), 0)
  const failures = spans.filter(({ state }) => state === 'failed').length
  const drains = spans.filter(({ state }) => DRAINED.has(state)).length
  const parts = [
    `${counted(failures, 'failure')}`,
    `${shortDuration(lasted(OUT))} out of service`,
    drains === 0 ? 'no drain' : `${counted(drains, 'drain')} (${shortDuration(lasted(DRAINED))})`,
  ]
  return parts.join(', ')
}

function counted(count: number, what: string): string {
  return count === 0 ? `no ${what}` : `${count} ${what}${count === 1 ? '' : 's'}`
}

function spansOf(occurrences: readonly Occurrence[], nowMs: number): Span[] {
  const spans: Span[] = []
  for (const occurrence of occurrences) {
    const state = stateAfter(occurrence)
    if (state === undefined) continue
    const last = spans.at(-1)
    const fromMs = occurrence.wallMs
    if (last !== undefined)
      spans[spans.length - 1] = { ...last, untilMs: Math.max(last.fromMs, fromMs) }
    // A failure that is told again, with its cause, is the same.
    if (last?.state === state) spans[spans.length - 1] = { ...last, untilMs: nowMs }
    // How long a daemon has not run is known when it starts again.
    else spans.push({ state, fromMs, untilMs: state === null ? fromMs : Math.max(fromMs, nowMs) })
  }
  return spans
}

/** Undefined for what changes no state. */
function stateAfter(occurrence: Occurrence): StateWord | null | undefined {
  if (occurrence.kind === 'state') return occurrence.state
  return occurrence.kind === 'stopped' || occurrence.kind === 'silent' ? null : undefined
}
