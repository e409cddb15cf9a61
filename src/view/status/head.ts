// The head of the status view: the verdict and since when, why, what runs its time, and what else to know.
import { isInPool } from '../../balancer/pool.ts'
import { isPass } from '../../core/outcome.ts'
import type { FlapStatus, StatusDocument, UpstreamStatus } from '../../documents/status-document.ts'
import { alike, durationText, overrideText } from '../../documents/text.ts'
import { flowed, type Line, lineWidth, type Span, type Tone } from '../screen/line.ts'
import { folded } from '../screen/width.ts'
import { type Look, number, sinceText, words } from './look.ts'

const BAR_WIDTH = 10
const VERDICT_TONE = { healthy: 'good', degraded: 'doubtful', failed: 'bad' } as const

export function headLines(document: StatusDocument, look: Look): Line[] {
  const { stale, columns, signs } = look
  const tone: Tone = VERDICT_TONE[document.verdict]
  const rule: Line = [[signs.rule.repeat(columns), stale === null ? tone : 'bad']]
  const server: Span = [words(document.server), 'strong']
  const verdict: Span = [document.verdict, tone]
  if (stale !== null)
    return [
      [server, [' was '], verdict, [' when the daemon wrote last']],
      rule,
      ...told(`STALE: ${stale}; keepalived gets no for an answer`, look, 'bad'),
      ...told('the daemon has ended or hangs; see "systemctl status holdfast"', look, 'bad'),
    ]
  const lasted = sinceText(document, document.verdict_since, look)
  const left: Span[] = [server, [' is '], verdict, [` (for ${lasted})`]]
  const right = tallied(document)
  const gap = columns - lineWidth(left) - lineWidth(right)
  return [gap < 2 ? left : [...left, [' '.repeat(gap)], ...right], rule]
}

/** How many targets answer, or real servers take part: the rest of the first line. */
function tallied({ targets, backends = [] }: StatusDocument): Line {
  if (backends.length > 0) {
    const fit = backends.filter(isInPool).length
    const text = `${fit} of ${backends.length} real servers in the pool`
    return [[text, fit === backends.length ? 'good' : 'doubtful']]
  }
  const passed = targets.filter(({ outcome }) => outcome !== null && isPass(outcome)).length
  const all = targets.length
  if (all === 0) return [['no targets', 'doubtful']]
  if (passed === all) return [[`${all} of ${all} targets answer`, 'good']]
  return [[`${passed} of ${all} targets answer`, 'doubtful']]
}

export function noteLines(document: StatusDocument, look: Look): Line[] {
  const { reasons, override, complaints } = document
  return [
    ...alike(reasons.map(words)).flatMap((reason) => told(`because ${reason}`, look, 'plain')),
    ...(override === null ? [] : told(overrideSentence(document), look, 'doubtful')),
    ...complaints.flatMap((complaint) => told(`note: ${words(complaint)}`, look, 'doubtful')),
  ]
}

/** Only `mode` is looked at: the rest is words. */
function overrideSentence({ override }: StatusDocument): string {
  if (override?.mode !== 'drained' && override?.mode !== 'isolated') throw new TypeError('override')
  return overrideText(override)
}

function told(sentence: string, { columns, signs }: Look, tone: Tone): Line[] {
  return folded(signs.clean(sentence), columns, '  ', '    ').map((line): Line => [[line, tone]])
}

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
  const [full, rest] = signs.bar(leftMs / spanMs, BAR_WIDTH)
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
