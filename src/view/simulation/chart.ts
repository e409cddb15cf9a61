// Line charts: series over a common x axis, each with a colour and a mark of its own.
import { element, type Markup } from '../svg.ts'
import { LINE_COLOURS } from './palette.ts'
import type { Scale } from './scale.ts'

export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Panel {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly x: Scale
  readonly y: Scale
  readonly series: readonly Series[]
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
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
  ])
}

/** Names beside their lines' samples, in rows of `columns`. */
export function drawLegend(names: readonly string[], box: Box, columns: number): Markup {
  const cell = box.width / columns
  const entries = names.map((name, index) => {
    const x = box.left + (index % columns) * cell
    const y = box.top + Math.floor(index / columns) * 20
    return element('g', {}, [
      drawSeries(
        [
          { x, y },
          { x: x + 24, y },
        ],
        index,
      ),
      words(x + 32, y + 4, name, index === 0 ? 'label' : undefined, 'start'),
    ])
  })
  return element('g', {}, entries)
}

export function words(
  x: number,
  y: number,
  text: string,
  style: string | undefined,
  anchor: 'start' | 'middle' | 'end',
): Markup {
  return element('text', { x, y, class: style, 'text-anchor': anchor }, [text])
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): Markup {
  return element('line', { x1, y1, x2, y2, class: style })
}

interface Place {
  readonly x: number
  readonly y: number
}

function drawSeries(points: readonly Place[], index: number): Markup {
  const colour = LINE_COLOURS[index % LINE_COLOURS.length] as string
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
      return element('rect', {
        x: x - size,
        y: y - size,
        width: 2 * size,
        height: 2 * size,
        ...paint,
      })
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
