// Whether what stands at the end is explained by some order of the commands that ended with 0.
import type { Override } from '../../../../src/core/override.ts'
import type { Outcome } from './play-history.ts'

/** What is active: which drain, and how strict it is. */
export interface Active {
  readonly id: string | undefined
  readonly mode: Override['mode']
  /** When its time is over, on the clock since boot. */
  readonly endMs: number
}

type Now = Active | null

/** A thing that may have happened, or must have. */
interface Event {
  readonly beginMs: number
  readonly endMs: number
  readonly must: boolean
  /** The states that it may lead to from this one; none where it cannot have happened now. */
  readonly from: (now: Now) => readonly Now[]
}

export function activeOf(order: Override | null): Now {
  if (order === null) return null
  const { id, mode, untilWallMs, sinceWallMs, given } = order
  const endMs =
    untilWallMs === null
      ? Number.POSITIVE_INFINITY
      : (given?.bootMs ?? 0) + untilWallMs - sinceWallMs
  return { id, mode, endMs }
}

/** @param atMs when `last` was seen, all commands being over */
export function isExplained(
  first: Now,
  outcomes: readonly Outcome[],
  last: Now,
  atMs: number,
): boolean {
  const events = outcomes.map((outcome) => eventOf(outcome, outcomes))
  return leadsTo(first, events, last, atMs)
}

function eventOf(outcome: Outcome, outcomes: readonly Outcome[]): Event {
  const { command, code, endedMs, order, isEnough, steps } = outcome
  const says = (text: string) => steps.some((step) => step.text.includes(text))
  const times = { beginMs: command.atMs, endMs: endedMs }
  if (command.what === 'undrain') {
    if (code === 0) return { ...times, must: true, from: () => [null] }
    // It leaves FAULT first, and says that the server stays drained; one that died says nothing. The
    // isolation may be one that was not confirmed: its drain then fails, because the order has changed.
    const isSofter = code === null || says('leaving FAULT')
    const unproven = outcomes.filter(
      (entry) => entry.code !== 0 && entry.command.what === 'isolate',
    )
    const others = unproven.map((entry) => activeOf(entry.order))
    const soften = (now: Now): readonly Now[] =>
      [now, ...others].flatMap((other) =>
        isSofter && other?.mode === 'isolated' ? [{ ...other, mode: 'drained' }] : [],
      )
    const from = (now: Now) => (code === null ? [null, ...soften(now)] : soften(now))
    return { ...times, must: false, from }
  }
  const given = activeOf(order)
  if (given === null) return { ...times, must: false, from: () => [] }
  if (isEnough) {
    const isAsMuch = (now: Active) => now.mode === 'isolated' && now.endMs >= given.endMs
    return { ...times, must: true, from: (now) => (now !== null && isAsMuch(now) ? [now] : []) }
  }
  // It ends no order sooner that stands.
  if (code === 0 || says('the drain stays') || says('isolation is saved')) {
    const from = (now: Now) => (now === null || now.endMs <= given.endMs ? [given] : [])
    return { ...times, must: code === 0, from }
  }
  if (code === 1) return { ...times, must: false, from: () => [] }
  return {
    ...times,
    endMs: Number.POSITIVE_INFINITY,
    must: false,
    from: () => [given, { ...given, mode: 'drained' }],
  }
}

function leadsTo(now: Now, left: readonly Event[], last: Now, atMs: number): boolean {
  if (left.every(({ must }) => !must) && isSame(now, last)) return true
  // The daemon ends an order whose time is over, by way of the lowest priority.
  if (now !== null && now.endMs <= atMs) {
    if (leadsTo(null, left, last, atMs)) return true
    if (now.mode === 'isolated' && leadsTo({ ...now, mode: 'drained' }, left, last, atMs))
      return true
  }
  return left.some((event) => {
    const others = left.filter((entry) => entry !== event)
    // What had ended before another one began came before it.
    if (others.some((other) => other.must && other.endMs < event.beginMs)) return false
    return event.from(now).some((next) => leadsTo(next, others, last, atMs))
  })
}

function isSame(one: Now, other: Now): boolean {
  return one?.id === other?.id && one?.mode === other?.mode
}
