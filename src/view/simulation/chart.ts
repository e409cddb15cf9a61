// Line charts: series over a common x axis, each with a colour and a mark of its own, and their scales.
import { type Box, element, LINE_COLOURS, line, type Markup, nth, rect, words } from './svg.ts'

export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Panel {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly x: AxisScale
  readonly y: AxisScale
  readonly series: readonly Series[]
}

/** The axes and lines of one panel, within a box that leaves room for what is written around it. */
export function drawPanel(panel: Panel, box: Box): Markup {
  const { left, top, width, height } = box
  const atX = (value: number) => left + panel.x.at(value) * width
  const atY = (value: number) => top + (1 - panel.y.at(value)) * height
  const bottom = top + height
  const rows = panel.y.ticks.flatMap(({ value, text }) => [
    line(left, atY(value), left + width, atY(value), 'grid'),
    words(left - 7, atY(value) + 4, text, 'small', 'end'),
  ])
  const columns = panel.x.ticks.flatMap(({ value, text }) => [
    line(atX(value), bottom, atX(value), bottom + 4, 'axis'),
    words(atX(value), bottom + 18, text, 'small', 'middle'),
  ])
  const middle = top + height / 2
  const turned = `rotate(-90 ${left - 52} ${middle})`
  // The first series is the one that the picture is about: drawn last, it lies on top.
  const drawn = [...panel.series.entries()].reverse().map(([index, series]) => {
    const points = series.points.map(({ x, y }) => ({ x: atX(x), y: atY(y) }))
    return drawSeries(points, index)
  })
  const ends = panel.series.map((series, index) => {
    const y = atY(series.points.at(-1)?.y ?? 0)
    return { y, index, name: series.name }
  })
  return element('g', {}, [
    words(left, top - 14, panel.title, 'label', 'start'),
    ...rows,
    line(left, bottom, left + width, bottom, 'axis'),
    ...columns,
    words(left + width / 2, bottom + 38, panel.xTitle, 'faint', 'middle'),
    element(
      'text',
      { x: left - 52, y: middle, class: 'faint', 'text-anchor': 'middle', transform: turned },
      [panel.yTitle],
    ),
    ...drawn,
    ...drawNames(ends, left + width + 12, bottom),
  ])
}

/** Lines end where they please, so that their names are moved apart, from the lowest up. */
const NAME_HEIGHT = 14

interface LineEnd {
  readonly y: number
  readonly index: number
  readonly name: string
}

/** The name of each line at its end. Two lines that lie upon each other have their names one above the other. */
function drawNames(ends: readonly LineEnd[], x: number, bottom: number): Markup[] {
  let free = bottom
  return ends
    .toSorted((one, other) => other.y - one.y || other.index - one.index)
    .map(({ y, index, name }) => {
      const at = Math.min(y, free)
      free = at - NAME_HEIGHT
      return element('g', {}, [
        mark({ x, y: at }, index, nth(LINE_COLOURS, index)),
        words(x + 10, at + 4, name, index === 0 ? 'label' : 'small', 'start'),
      ])
    })
}

interface Place {
  readonly x: number
  readonly y: number
}

function drawSeries(points: readonly Place[], index: number): Markup {
  const colour = nth(LINE_COLOURS, index)
  const path = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  const style = index === 0 ? 'line best' : 'line'
  // After the colours have come round, dashes tell the next ones apart.
  const dashes = index < LINE_COLOURS.length ? undefined : '6 3'
  return element('g', {}, [
    element('polyline', { points: path, class: style, stroke: colour, 'stroke-dasharray': dashes }),
    ...points.map((point) => mark(point, index, colour)),
  ])
}

/** A shape for each series, so that colour is not all that tells them apart. */
function mark({ x, y }: Place, index: number, colour: string): Markup {
  const size = index === 0 ? 4.5 : 3.5
  const paint = { fill: colour, stroke: 'none' }
  switch (index % 4) {
    case 0:
      return element('circle', { cx: x, cy: y, r: size, ...paint })
    case 1:
      return rect(x - size, y - size, 2 * size, 2 * size, paint)
    case 2:
      return shape(
        [
          [x, y - size * 1.3],
          [x + size * 1.2, y + size],
          [x - size * 1.2, y + size],
        ],
        paint,
      )
    default:
      return shape(
        [
          [x, y - size * 1.3],
          [x + size * 1.3, y],
          [x, y + size * 1.3],
          [x - size * 1.3, y],
        ],
        paint,
      )
  }
}

function shape(
  corners: readonly (readonly [number, number])[],
  paint: Record<string, string>,
): Markup {
  const points = corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  return element('polygon', { points, ...paint })
}

export interface AxisScale {
  /** From 0 at the low end to 1 at the high one. */
  at(value: number): number
  readonly ticks: readonly { readonly value: number; readonly text: string }[]
}

/** From 0 up, with about `count` round ticks. */
export function linearScale(
  most: number,
  count: number,
  text: (value: number) => string,
): AxisScale {
  const step = roundStep(most / count)
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step)
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
  return { at: (value) => value / top, ticks: ticks.map((value) => ({ value, text: text(value) })) }
}

/** Powers of ten, with a place for 0 below the lowest of them. */
export function logScale(values: readonly number[]): AxisScale {
  const positive = values.filter((value) => value > 0)
  const low = positive.length === 0 ? -1 : Math.floor(Math.log10(Math.min(...positive)) + 1e-9)
  const high = positive.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...positive)) - 1e-9)
  const top = Math.max(high, low + 1)
  const hasZero = positive.length < values.length
  const bottom = hasZero ? low - 1 : low
  const powers = Array.from({ length: top - low + 1 }, (_, index) => low + index)
  const ticks = powers.map((power) => ({ value: 10 ** power, text: powerText(power) }))
  return {
    at: (value) => (value <= 0 ? 0 : (Math.log10(value) - bottom) / (top - bottom)),
    ticks: hasZero ? [{ value: 0, text: '0' }, ...ticks] : ticks,
  }
}

function powerText(power: number): string {
  return power >= 0 ? String(10 ** power) : (10 ** power).toFixed(-power)
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function roundStep(rough: number): number {
  if (!(rough > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-12) ?? 10
  return step * power
}
