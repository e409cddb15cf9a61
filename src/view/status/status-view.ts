// The status as a person reads it: verdict first, then why, the clocks, instances, real servers, and the grid of targets.

import { isInPool } from '../../balancer/pool.ts'
import { isPass } from '../../core/outcome.ts'
import type { FlapStatus, StatusDocument, UpstreamStatus } from '../../documents/status-document.ts'
import type { Strips } from '../../documents/tally-document.ts'
import { alike, durationText, overrideText } from '../../documents/text.ts'
import {
  type Canvas,
  drawLine,
  flowed,
  folded,
  type Line,
  lineWidth,
  type Span,
  type Tone,
} from '../screen.ts'
import { gridLines, unusableLines } from './grid.ts'
import { number, type StatusCanvas, sinceText, words } from './status-canvas.ts'
import { backendLines, instanceLines, targetsIn } from './tables.ts'

export interface StatusViewOptions extends StatusCanvas {
  /** The last minutes of the targets; empty where they are not known. */
  readonly strips: Strips
  /** Who holds what is not held here, as far as it is known; null is another server. */
  readonly holders: ReadonlyMap<string, string | null>
  /** The lines that there is room for, or null where there is no end to them. */
  readonly rows: number | null
  /** Every target in a row of its own, however many there are. */
  readonly all: boolean
}

/** Below this a grid is not worth the blank lines that it costs. */
const MIN_GRID = 6

/**
 * The whole view, lines without a final newline; none is wider than the terminal, and there are no
 * more of them than it has room for. Throws when the document's details are not what they should be.
 */
export function statusView(document: StatusDocument, options: StatusViewOptions): string {
  const { rows, strips, all } = options
  const above = [
    headLines(document, options),
    noteLines(document, options),
    [...clockLines(document, options), ...upstreamLines(document, options)],
    instanceLines(document.instances, options.holders, options),
    backendLines(document.backends ?? [], options),
  ]
  const below = unusableLines(document, options)
  const others = [...above, below].filter((part) => part.length > 0)
  const lines = others.reduce((sum, part) => sum + part.length, 0)
  const isTight = rows !== null && rows - lines - others.length < MIN_GRID
  const left = rows === null ? null : rows - lines - (isTight ? 0 : others.length)
  const shown = { ...document, targets: targetsIn(document, all) }
  const grid = gridLines(shown, strips, { rows: left, all }, options)
  const parts = [...above, grid, below].filter((part) => part.length > 0)
  const drawn = parts
    .map((part) => part.map((line: Line) => drawLine(line, options)))
    .flatMap((part, at) => (isTight || at === 0 ? part : ['', ...part]))
  return cutTo(drawn, options).join('\n')
}

function cutTo(lines: readonly string[], { rows, columns, signs, style }: StatusViewOptions) {
  if (rows === null || lines.length <= rows) return lines
  const kept = lines.slice(0, Math.max(0, rows - 1))
  const more: Line = [[`${lines.length - kept.length} more lines`, 'faint']]
  return [...kept, drawLine(more, { columns, signs, style })].slice(0, rows)
}

const BAR_WIDTH = 10
const VERDICT_TONE = { healthy: 'good', degraded: 'doubtful', failed: 'bad' } as const

function headLines(document: StatusDocument, canvas: StatusCanvas): Line[] {
  const { stale, columns, signs } = canvas
  const tone: Tone = VERDICT_TONE[document.verdict]
  const rule: Line = [[signs.rule.repeat(columns), stale === null ? tone : 'bad']]
  const server: Span = [words(document.server), 'strong']
  const verdict: Span = [document.verdict, tone]
  if (stale !== null)
    return [
      [server, [' was '], verdict, [' when the daemon wrote last']],
      rule,
      ...sentenceLines(`STALE: ${stale}; keepalived gets no for an answer`, canvas, 'bad'),
      ...sentenceLines(
        'the daemon has ended or hangs; see "systemctl status holdfast"',
        canvas,
        'bad',
      ),
    ]
  const lasted = sinceText(document, document.verdict_since, canvas)
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

function noteLines(document: StatusDocument, canvas: Canvas): Line[] {
  const { reasons, override, complaints } = document
  return [
    ...alike(reasons.map(words)).flatMap((reason) =>
      sentenceLines(`because ${reason}`, canvas, 'plain'),
    ),
    ...(override === null ? [] : sentenceLines(overrideSentence(document), canvas, 'doubtful')),
    ...complaints.flatMap((complaint) =>
      sentenceLines(`note: ${words(complaint)}`, canvas, 'doubtful'),
    ),
  ]
}

/** Only `mode` is looked at: the rest is words. */
function overrideSentence({ override }: StatusDocument): string {
  if (override?.mode !== 'drained' && override?.mode !== 'isolated') throw new TypeError('override')
  return overrideText(override)
}

function sentenceLines(sentence: string, { columns, signs }: Canvas, tone: Tone): Line[] {
  return folded(signs.clean(sentence), columns, '  ', '    ').map((line): Line => [[line, tone]])
}

function clockLines({ flap }: StatusDocument, canvas: StatusCanvas): Line[] {
  const left = (ms: number) => Math.max(0, number(ms) - canvas.sinceWrittenMs)
  const pieces: Line[] = []
  if (canvas.stale === null) pieces.push(sweepClock(flap, left, canvas))
  const backoffMs = number(flap.backoff_ms)
  if (backoffMs > 0) pieces.push([['backoff '], [durationText(backoffMs), 'doubtful']])
  const holdDownMs = left(flap.hold_down_ms)
  if (holdDownMs > 0)
    pieces.push(
      clock('hold-down', holdDownMs, flap.spans?.hold_down_ms, 'more', 'doubtful', canvas),
    )
  const probationMs = number(flap.probation_ms)
  if (probationMs > 0)
    pieces.push(
      clock('probation', probationMs, flap.spans?.probation_ms, 'clean to go', 'doubtful', canvas),
    )
  if (number(flap.failures) > 0)
    pieces.push([['failing sweeps counted '], [String(flap.failures), 'bad']])
  if (number(flap.relapses) > 0) pieces.push([['relapses '], [String(flap.relapses), 'doubtful']])
  const sweeps = number(flap.sweeps)
  pieces.push([[`${sweeps} ${sweeps === 1 ? 'sweep' : 'sweeps'} so far`, 'faint']])
  return flowed(pieces, canvas.columns)
}

/** While it waits after a failure the bar is of the backoff, and else of a period. */
function sweepClock(flap: FlapStatus, left: (ms: number) => number, canvas: StatusCanvas): Line {
  if (flap.next_sweep_ms === null)
    return [[flap.sweeping === 'waiting' ? 'no sweep is planned' : `a ${flap.sweeping} sweep runs`]]
  const waitMs = left(flap.next_sweep_ms)
  // Sweep follows on sweep while all is well, and each status tells of the one before.
  if (waitMs === 0) return [['sweeping', 'good']]
  const periodMs = flap.spans?.period_ms
  const spanMs = flap.next_sweep_ms <= (periodMs ?? 0) ? periodMs : flap.backoff_ms
  return clock('next sweep', waitMs, spanMs, '', 'strong', canvas)
}

function clock(
  name: string,
  leftMs: number,
  spanMs: number | undefined,
  words: string,
  tone: Tone,
  { signs }: Canvas,
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

function upstreamLines({ upstreams }: StatusDocument, { columns }: Canvas): Line[] {
  return upstreams.flatMap(({ name, up, passed, of, quorum }: UpstreamStatus) => {
    const state: Span =
      up === null ? ['not asked yet', 'faint'] : up ? ['up', 'good'] : ['down', 'bad']
    const is: Line = [[`upstream ${name} is `], state, [':']]
    return flowed([is, [[`${passed} of ${of} answered, ${quorum} needed`]]], columns, 1)
  })
}
