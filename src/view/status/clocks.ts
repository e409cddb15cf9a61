// The clocks of the status view: the next sweep, backoff, hold-down, probation; and what lies upstream.

import type { FlapStatus, StatusDocument, UpstreamStatus } from '../../documents/status.ts'
import { durationText } from '../../documents/text.ts'
import { flowed, type Line, type Span, type Tone } from '../screen/line.ts'
import { type Look, number } from './look.ts'

const BAR = 10

export function clockLines({ flap }: StatusDocument, look: Look): Line[] {
  const left = (ms: number) => Math.max(0, number(ms) - look.sinceWrittenMs)
  const pieces: Line[] = []
  if (look.stale === null) pieces.push(sweepClock(flap, left, look))
  const backoffMs = number(flap.backoff_ms)
  if (backoffMs > 0) pieces.push([['backoff '], [durationText(backoffMs), 'doubtful']])
  const holdDownMs = left(flap.hold_down_ms)
  if (holdDownMs > 0)
    pieces.push(clock('hold-down', holdDownMs, flap.spans?.hold_down_ms, 'more', 'doubtful', look))
  const probationMs = number(flap.probation_ms)
  if (probationMs > 0)
    pieces.push(
      clock('probation', probationMs, flap.spans?.probation_ms, 'clean to go', 'doubtful', look),
    )
  if (number(flap.failures) > 0)
    pieces.push([['failing sweeps counted '], [String(flap.failures), 'bad']])
  if (number(flap.relapses) > 0) pieces.push([['relapses '], [String(flap.relapses), 'doubtful']])
  const sweeps = number(flap.sweeps)
  pieces.push([[`${sweeps} ${sweeps === 1 ? 'sweep' : 'sweeps'} so far`, 'faint']])
  return flowed(pieces, look.columns)
}

/** While it waits after a failure the bar is of the backoff, and else of a period. */
function sweepClock(flap: FlapStatus, left: (ms: number) => number, look: Look): Line {
  if (flap.next_sweep_ms === null)
    return [[flap.sweeping === 'waiting' ? 'no sweep is planned' : `a ${flap.sweeping} sweep runs`]]
  const waitMs = left(flap.next_sweep_ms)
  // Sweep follows on sweep while all is well, and each status tells of the one before.
  if (waitMs === 0) return [['sweeping', 'good']]
  const periodMs = flap.spans?.period_ms
  const spanMs = flap.next_sweep_ms <= (periodMs ?? 0) ? periodMs : flap.backoff_ms
  return clock('next sweep', waitMs, spanMs, '', 'strong', look)
}

function clock(
  name: string,
  leftMs: number,
  spanMs: number | undefined,
  words: string,
  tone: Tone,
  { signs }: Look,
): Line {
  const value = words === '' ? clockText(leftMs) : `${clockText(leftMs)} ${words}`
  if (spanMs === undefined || !(number(spanMs) > 0)) return [[`${name} ${value}`]]
  const [full, rest] = signs.bar(leftMs / spanMs, BAR)
  return [[`${name} `], [full, tone], [rest, 'faint'], [` ${value}`]]
}

/** As wide in the next second as in this one, so that what stands beside it stays where it is. */
function clockText(ms: number): string {
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s`.padStart(6) : durationText(ms)
}

export function upstreamLines({ upstreams }: StatusDocument, { columns }: Look): Line[] {
  return upstreams.flatMap(({ name, up, passed, of, quorum }: UpstreamStatus) => {
    const state: Span =
      up === null ? ['not asked yet', 'faint'] : up ? ['up', 'good'] : ['down', 'bad']
    const is: Line = [[`upstream ${name} is `], state, [':']]
    return flowed([is, [[`${passed} of ${of} answered, ${quorum} needed`]]], columns, 1)
  })
}
