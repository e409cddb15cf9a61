// The picture of one run: who held each address, what every server was worth, and what befell it.
import {
  element,
  LINE_COLOURS,
  line,
  type Markup,
  nth,
  rect,
  SERVER_COLOURS,
  svgFile,
  words,
} from './svg.ts'

/** A stretch of time; an instant ends where it begins. */
export interface Stretch<T> {
  readonly fromMs: number
  readonly toMs: number
  readonly what: T
}

export type Worth =
  | 'healthy'
  | 'probation'
  | 'degraded'
  | 'drained'
  | 'failed'
  | 'isolated'
  | 'silent'

export interface Timeline {
  readonly title: string
  readonly subtitle: string
  readonly endMs: number
  readonly servers: readonly {
    readonly name: string
    readonly worth: readonly Stretch<Worth>[]
    /** Faults by their kinds. */
    readonly faults: readonly Stretch<string>[]
  }[]
  readonly instances: readonly {
    readonly name: string
    /** Who held it, as an index of `servers`; stretches of two holders overlap. */
    readonly holders: readonly Stretch<number>[]
  }[]
  /** Faults that affect no single server. */
  readonly faults: readonly Stretch<string>[]
}

const WIDTH = 1000
const LEFT = 130
const RIGHT = 34
const SPAN = WIDTH - LEFT - RIGHT
const BAND = 18
const MARKS = 9
const GAP = 12

const WORTH_COLOURS: Readonly<Record<Worth, string>> = {
  healthy: '#4caf50',
  probation: '#c5d84a',
  degraded: '#f0a830',
  drained: '#9aa0a6',
  failed: '#d0342c',
  isolated: '#7a4b94',
  silent: '#b8bcc0',
}

const WORTHS = Object.keys(WORTH_COLOURS) as readonly Worth[]

/** One file, however long the run: what would be narrower than a pixel is drawn as one. */
export function timelinePicture(timeline: Timeline): string {
  const parts: Markup[] = [
    words(24, 28, timeline.title, 'title', 'start'),
    words(24, 48, timeline.subtitle, 'faint', 'start'),
  ]
  const kinds = kindsOf(timeline)
  const at = (ms: number) => LEFT + (ms / timeline.endMs) * SPAN
  let top = 72
  parts.push(words(24, top, 'Who held the address', 'label', 'start'))
  top += 12
  const begin = top
  for (const { name, holders } of timeline.instances) {
    parts.push(rowName(name, top))
    parts.push(...band(holders, at, top, BAND, (server) => nth(SERVER_COLOURS, server)))
    top += BAND + GAP / 2
  }
  top += GAP + 10
  parts.push(
    words(24, top, 'What each server was worth, and the faults that struck it', 'label', 'start'),
  )
  top += 12
  for (const { name, worth, faults } of timeline.servers) {
    parts.push(rowName(name, top))
    parts.push(...band(worth, at, top, BAND, (text) => WORTH_COLOURS[text]))
    parts.push(...marks(faults, kinds, at, top + BAND + 2))
    top += BAND + MARKS + GAP
  }
  if (timeline.faults.length > 0) {
    parts.push(words(LEFT - 10, top + 9, 'all', undefined, 'end'))
    parts.push(...marks(timeline.faults, kinds, at, top))
    top += MARKS + GAP
  }
  parts.unshift(...timeAxis(timeline.endMs, at, begin, top))
  top += 34
  const legends = [
    timeline.servers.map(
      ({ name }, index) => [`held by ${name}`, nth(SERVER_COLOURS, index)] as const,
    ),
    usedWorths(timeline).map((worth) => [worth, WORTH_COLOURS[worth]] as const),
    kinds.map((kind, index) => [kind, nth(LINE_COLOURS, index)] as const),
  ]
  for (const entries of legends) {
    if (entries.length === 0) continue
    const { drawn, height } = legend(entries, top)
    parts.push(...drawn)
    top += height
  }
  const { title } = timeline
  return svgFile({ width: WIDTH, height: top + 6, title }, parts)
}

function kindsOf({ servers, faults }: Timeline): string[] {
  const all = [...servers.flatMap((server) => server.faults), ...faults]
  return [...new Set(all.map(({ what }) => what))].sort()
}

function usedWorths({ servers }: Timeline): Worth[] {
  const used = new Set(servers.flatMap((server) => server.worth.map(({ what }) => what)))
  return WORTHS.filter((worth) => used.has(worth))
}

function rowName(name: string, top: number): Markup {
  return words(LEFT - 10, top + 13, name, undefined, 'end')
}

type At = (ms: number) => number

/** Narrower than this nothing is seen. */
const NARROWEST = 0.7
const MIN_MARK_WIDTH = 2.5

function band<T>(
  stretches: readonly Stretch<T>[],
  at: At,
  top: number,
  height: number,
  colour: (what: T) => string,
): Markup[] {
  const drawn: Markup[] = [rect(LEFT, top, SPAN, height, { class: 'axis', 'stroke-width': 0.5 })]
  const half = height / 2
  // What overlaps with another lies on the lower half of it: two that hold at once.
  let [upperX, lowerX, upperMs] = [LEFT, LEFT, 0]
  for (const { fromMs, toMs, what } of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const isLower = fromMs < upperMs
    const reachedX = isLower ? lowerX : upperX
    const endX = at(toMs)
    upperMs = Math.max(upperMs, toMs)
    // What ends before the last one that could be seen does cannot be seen.
    if (endX <= reachedX) continue
    const x = Math.max(at(fromMs), reachedX)
    const width = Math.max(NARROWEST, endX - x)
    const lane = isLower ? { y: top + half, height: half } : { y: top, height }
    drawn.push(element('rect', { x, width, ...lane, fill: colour(what) }))
    if (isLower) lowerX = x + width
    else upperX = x + width
  }
  return drawn
}

/** Faults as marks; two of a kind in the same place are one, and what lasts throughout is a thin line. */
function marks(
  faults: readonly Stretch<string>[],
  kinds: readonly string[],
  at: At,
  top: number,
): Markup[] {
  const drawn: Markup[] = []
  const reachedX = new Map<string, number>()
  for (const { fromMs, toMs, what } of faults) {
    const endX = Math.max(at(fromMs) + MIN_MARK_WIDTH, at(toMs))
    const x = Math.max(at(fromMs), reachedX.get(what) ?? LEFT)
    // Half a mark beside another of its kind would not be told apart from it.
    if (endX - x < MIN_MARK_WIDTH / 2) continue
    const width = endX - x
    reachedX.set(what, endX)
    const fill = nth(LINE_COLOURS, kinds.indexOf(what))
    const isThroughout = width > SPAN / 2
    if (isThroughout) drawn.unshift(rect(x, top, width, 2, { fill }))
    else drawn.push(rect(x, top, width, MARKS, { fill }))
  }
  return drawn
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const STEPS_MS = [1, 5, 10, 30].flatMap((count) => [count * SECOND, count * MINUTE])
const ALL_STEPS_MS = [...STEPS_MS, ...[1, 2, 4, 6, 12, 24, 48, 120].map((hours) => hours * HOUR)]
const MAX_TICKS = 12

function timeAxis(endMs: number, at: At, top: number, bottom: number): Markup[] {
  const stepMs =
    ALL_STEPS_MS.sort((a, b) => a - b).find((step) => endMs / step <= MAX_TICKS) ??
    endMs / MAX_TICKS
  const count = Math.floor(endMs / stepMs + 1e-9) + 1
  return Array.from({ length: count }, (_, index) => {
    const x = at(index * stepMs)
    return element('g', {}, [
      line(x, top, x, bottom, 'grid'),
      words(x, bottom + 14, clockText(index * stepMs), 'small', 'middle'),
    ])
  })
}

/** "0:05:30": hours, minutes and seconds, whatever the length of the run. */
function clockText(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${Math.floor(ms / HOUR)}:${two((ms % HOUR) / MINUTE)}:${two((ms % MINUTE) / SECOND)}`
}

function legend(
  entries: readonly (readonly [string, string])[],
  top: number,
): { readonly drawn: Markup[]; readonly height: number } {
  const drawn: Markup[] = []
  let x = LEFT
  let y = top
  for (const [text, fill] of entries) {
    const width = 34 + text.length * 7.2
    if (x + width > WIDTH - RIGHT) {
      x = LEFT
      y += 20
    }
    drawn.push(rect(x, y, 14, 12, { fill }))
    drawn.push(words(x + 20, y + 10, text, 'small', 'start'))
    x += width
  }
  return { drawn, height: y - top + 24 }
}
