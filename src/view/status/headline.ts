// The first lines of the status view: what this server is, why, and what to type.

import { isInPool } from '../../balancer/pool.ts'
import { isPass } from '../../core/outcome.ts'
import type { Override } from '../../core/override.ts'
import type { StateWord } from '../../core/server-state.ts'
import type { StatusDocument } from '../../documents/status-document.ts'
import { reasonsOf, stateOf } from '../../documents/status-summary.ts'
import { isoTime, shortDuration } from '../../documents/text.ts'
import {
  type Canvas,
  folded,
  type Line,
  lineWidth,
  type Span,
  STATE_TONE,
  widthOf,
} from '../screen.ts'
import { number, type StatusCanvas, sinceText, words } from './status-canvas.ts'

export function headLines(document: StatusDocument, canvas: StatusCanvas): Line[] {
  const { stale } = canvas
  hold(document)
  const state = stateOf(document)
  if (stale !== null) {
    const last = `: ${stale}; last state: ${state}`
    return [
      ...headline(words(document.server), ['STALE', 'bad'], last, [], canvas),
      ...sentenceLines('holdfast check fails and keepalived uses priority 1', canvas, 'bad'),
      ...sentenceLines('try: systemctl status holdfast', canvas, 'plain'),
    ]
  }
  const word: Span = [state.toUpperCase(), STATE_TONE[state]]
  const text = stateText(document, state, canvas)
  return [
    ...headline(words(document.server), word, text, tallied(document), canvas),
    ...nextLines(document, state, canvas),
  ]
}

/** What is left out where it does not matter must be what it should be all the same. */
function hold({ reasons, override }: StatusDocument): void {
  reasons.forEach(words)
  if (override !== null && override.mode !== 'drained' && override.mode !== 'isolated')
    throw new TypeError('override')
}

/** Server and state are never broken; what follows is folded, and the tally stands at the right edge. */
function headline(
  server: string,
  state: Span,
  text: string,
  tally: Line,
  { columns, signs }: Canvas,
): Line[] {
  const name = signs.clean(server)
  const head: Line = [[name, 'strong'], ['  '], state]
  const at = widthOf(name) + 2 + widthOf(state[0])
  const fits = at + 12 <= columns
  const [first = '', ...more] = folded(
    signs.clean(text),
    columns,
    fits ? ' '.repeat(at) : '  ',
    '     ',
  )
  const lines: Line[] = fits
    ? [[...head, [first.slice(at)]], ...more.map((line): Line => [[line]])]
    : [head, ...[first, ...more].map((line): Line => [[line]])]
  return withTally(lines, tally, columns)
}

/** At the right edge of the last line, or below it. */
function withTally(lines: readonly Line[], tally: Line, columns: number): Line[] {
  const last = lines.at(-1) ?? []
  const gap = columns - lineWidth(last) - lineWidth(tally)
  if (tally.length === 0) return [...lines]
  if (gap < 3) return [...lines, [['     '], ...tally]]
  return [...lines.slice(0, -1), [...last, [' '.repeat(gap)], ...tally]]
}

function stateText(document: StatusDocument, state: StateWord, canvas: StatusCanvas): string {
  const { override, health_since, state_since, flap } = document
  const lasted = sinceText(document, state_since ?? health_since, canvas)
  switch (state) {
    case 'serving':
      return ` for ${lasted}: ${heldText(document)}`
    case 'probation': {
      const owedMs = number(flap.probation_ms)
      const left = owedMs > 0 ? `, ${shortDuration(owedMs)} until failback` : ''
      return `: healthy${left}${repeatsText(number(flap.repeat_failures))}`
    }
    case 'drained':
    case 'isolated':
      if (override !== null) return ` ${drainedText(override, document, canvas)}`
      return `: not in the order file of ${unlistedIn(document)}`
    case 'starting':
    case 'degraded':
    case 'failed': {
      const reasons = reasonsOf(document)
      return ` for ${lasted}${reasons.length === 0 ? '' : `: ${reasons.map(words).join('; ')}`}`
    }
    default:
      return state satisfies never
  }
}

function repeatsText(repeats: number): string {
  if (repeats === 0) return ''
  return ` (${repeats} repeat ${repeats === 1 ? 'failure' : 'failures'})`
}

function heldText({ instances }: StatusDocument): string {
  const held = instances.filter(({ holding }) => holding).map(({ name }) => words(name))
  return held.length === 0 ? 'holds no address' : `holds ${held.join(', ')}`
}

function unlistedIn({ instances }: StatusDocument): string {
  const clusters = instances
    .filter(({ rank }) => rank === null)
    .map(({ cluster }) => words(cluster))
  return [...new Set(clusters)].join(', ')
}

/** "by root 21s ago: kernel update" */
function drainedText(
  { by, reason, sinceWallMs, instances, corrupt }: Override,
  { written_at }: StatusDocument,
  { sinceWrittenMs }: StatusCanvas,
): string {
  if (corrupt !== undefined) return `because override.json cannot be read: ${words(corrupt)}`
  const where = instances === undefined ? '' : `in ${instances.map(words).join(', ')} `
  const agoMs = Math.max(0, Date.parse(written_at) + sinceWrittenMs - number(sinceWallMs))
  const why = words(reason) === '' ? '' : `: ${reason}`
  return `${where}by ${words(by)} ${shortDuration(agoMs)} ago${why}`
}

/** What comes next, and what to type. */
function nextLines(document: StatusDocument, state: StateWord, canvas: StatusCanvas): Line[] {
  const { override, shadow } = document
  const lines: Line[] = []
  if (shadow)
    lines.push(...sentenceLines('shadow mode is on, so drain refuses', canvas, 'doubtful'))
  if (state === 'failed') {
    if (override !== null)
      lines.push(
        ...sentenceLines(`also ${drainLine(document, override, canvas)}`, canvas, 'doubtful'),
      )
    lines.push(...sentenceLines('try: holdfast doctor', canvas, 'plain'))
  }
  if (state === 'drained' || state === 'isolated') {
    const reasons = reasonsOf(document)
    if (reasons.length > 0)
      lines.push(
        ...sentenceLines(`health: ${document.health}: ${reasons.join('; ')}`, canvas, 'doubtful'),
      )
    if (override !== null) lines.push(...sentenceLines(undoText(override), canvas, 'plain'))
  }
  return lines
}

function drainLine(document: StatusDocument, override: Override, canvas: StatusCanvas): string {
  return `${override.mode} ${drainedText(override, document, canvas)}`
}

function undoText({ untilWallMs }: Override): string {
  const end = untilWallMs === null ? 'none' : isoTime(number(untilWallMs))
  return `undo: holdfast undrain   automatic end: ${end}`
}

/** How many endpoints pass, or real servers are in the pool: the right of the first line. */
function tallied({ endpoints, backends = [] }: StatusDocument): Line {
  if (backends.length > 0) {
    const fit = backends.filter(isInPool).length
    const text = `${fit} of ${backends.length} real servers in the pool`
    return [[text, fit === backends.length ? 'good' : 'doubtful']]
  }
  const all = endpoints.length
  if (all === 0) return [['checks: no endpoints', 'doubtful']]
  const passed = endpoints.filter(({ outcome }) => outcome !== null && isPass(outcome)).length
  return [[`checks: ${passed}/${all} ok`, passed === all ? 'good' : 'doubtful']]
}

/** A sentence below the first line. */
export function sentenceLines(
  sentence: string,
  { columns, signs }: Canvas,
  tone: Span[1] = 'plain',
): Line[] {
  return folded(signs.clean(sentence), columns, '     ', '       ').map(
    (line): Line => [[line, tone]],
  )
}
