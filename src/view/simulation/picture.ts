// The picture of a simulation's results: lines over the error rate for curves, bars for other scenarios.
import { type AxisScale, drawPanel, linearScale, logScale, type Series } from './chart.ts'
import { countText, percentText } from './results-table.ts'
import type { PolicyResult, ScenarioResult, SimulationDocument } from './simulation-document.ts'
import { type Box, element, LINE_COLOURS, line, type Markup, rect, svgFile, words } from './svg.ts'

const WIDTH = 1000
const MARGIN = 80
/** Room for the names at the ends of a panel's lines. */
const NAMES = 130
const GUTTER = 80
const PANEL_WIDTH = (WIDTH - MARGIN - GUTTER) / 2 - NAMES
const PANEL_HEIGHT = 260
const PANEL_BELOW = 58
const BAR_HEIGHT = 18
const NAME_WIDTH = 150

interface Measure {
  readonly title: string
  readonly axis: string
  readonly pick: (result: PolicyResult) => number
  readonly isLog: boolean
  readonly text: (value: number) => string
}

const MEASURES: readonly [Measure, Measure] = [
  {
    title: 'Moves of a service address',
    axis: 'moves an hour (log)',
    pick: (result) => result.failoversPerHour.mean,
    isLog: true,
    text: countText,
  },
  {
    title: 'Time on a bad server',
    axis: '% of time, while a good one was there',
    pick: (result) => result.badShare.mean * 100,
    isLog: false,
    text: (percent) => percentText(percent / 100),
  },
]

/** A part of the picture that knows its height. */
interface Section {
  readonly height: number
  draw(top: number): Markup
}

/** One picture of all scenarios, one below another. */
export function simulationChart(document: SimulationDocument): string {
  const names = document.policies.map((policy) => policy.name)
  const sections = [
    titleSection(document),
    ...document.scenarios.map((scenario) =>
      scenario.points.length > 1 ? curveSection(scenario) : barSection(scenario),
    ),
  ]

  let top = 0
  const drawn = sections.map((section) => {
    const markup = section.draw(top)
    top += section.height
    return markup
  })
  const title = `Simulation of ${names.join(', ')}`
  return svgFile({ width: WIDTH, height: top + 10, title }, drawn)
}

function titleSection({ servers, hours, runs, seed, vrrp }: SimulationDocument): Section {
  const text = `${servers} servers, ${runs} × ${hours} h a point, VRRPv${vrrp.version} adverts every ${vrrp.advertMs} ms, seed ${seed}`
  return { height: 40, draw: () => words(24, 28, text, 'faint', 'start') }
}

function curveSection(scenario: ScenarioResult): Section {
  return {
    height: 66 + PANEL_HEIGHT + PANEL_BELOW,
    draw(top) {
      const shown = measuresOf(scenario)
      const width = shown.length > 1 ? PANEL_WIDTH : WIDTH - MARGIN - NAMES
      const panels = shown.map((measure, index) => {
        const left = MARGIN + index * (PANEL_WIDTH + NAMES + GUTTER)
        const box: Box = { left, top: top + 66, width, height: PANEL_HEIGHT }
        return drawPanel(panelOf(scenario, measure), box)
      })
      return element('g', {}, [scenarioTitle(scenario, top), ...panels])
    },
  }
}

/** A panel in which every line lies on zero shows nothing: its place goes to the other, whose title says so. */
function measuresOf(scenario: ScenarioResult): readonly Measure[] {
  const [first, second] = MEASURES
  if (mostOf(scenario, second) > 0) return MEASURES
  return [{ ...first, title: `${first.title} (${second.title.toLowerCase()}: none)` }]
}

function mostOf({ points }: ScenarioResult, { pick }: Measure): number {
  return Math.max(0, ...points.flatMap(({ policies }) => policies.map(pick)))
}

function panelOf(scenario: ScenarioResult, measure: Measure) {
  const rates = scenario.points.map((point) => point.ratePercent ?? 0)
  const series = scenario.points[0]?.policies.map(
    ({ policy }, row): Series => ({
      name: policy,
      points: scenario.points.map((point, index) => ({
        x: rates[index] ?? 0,
        y: measure.pick(point.policies[row] as PolicyResult),
      })),
    }),
  )
  const values = (series ?? []).flatMap((line) => line.points.map((point) => point.y))
  const most = mostOf(scenario, measure)
  const y = measure.isLog ? logScale(values) : linearScale(most === 0 ? 1 : most, 5, measure.text)
  const title = most === 0 ? `${measure.title}: none` : measure.title
  const xTitle = 'queries lost on the servers concerned, %'
  return { title, xTitle, yTitle: measure.axis, x: stepScale(rates), y, series: series ?? [] }
}

/** The rates at even distances: the low ones matter as much, and are the crowded ones. */
function stepScale(values: readonly number[]): AxisScale {
  const last = Math.max(1, values.length - 1)
  return {
    at: (value) => values.indexOf(value) / last,
    ticks: values.map((value) => ({ value, text: String(value) })),
  }
}

function barSection(scenario: ScenarioResult): Section {
  const policies = scenario.points[0]?.policies ?? []
  return {
    height: 66 + policies.length * BAR_HEIGHT + 22,
    draw(top) {
      const below = top + 66
      const names = policies.map(({ policy }, row) => {
        const y = below + row * BAR_HEIGHT + 13
        return words(NAME_WIDTH - 4, y, policy, row === 0 ? 'label' : undefined, 'end')
      })
      const blocks = MEASURES.map((measure, index) => {
        const width = (WIDTH - NAME_WIDTH - 60) / 2 - 70
        const left = NAME_WIDTH + 10 + index * (width + 110)
        return drawBars(policies, measure, { left, top: below, width, height: 0 })
      })
      return element('g', {}, [scenarioTitle(scenario, top), ...names, ...blocks])
    },
  }
}

function drawBars(policies: readonly PolicyResult[], measure: Measure, box: Box): Markup {
  const values = policies.map(measure.pick)
  const most = Math.max(...values, Number.MIN_VALUE)
  const unit = measure.isLog ? 'an hour' : '% of time'
  const bars = values.flatMap((value, row) => {
    const y = box.top + row * BAR_HEIGHT
    const width = Math.max(1, (value / most) * box.width)
    const fill = LINE_COLOURS[row === 0 ? 0 : 1]
    return [
      rect(box.left, y + 3, width, BAR_HEIGHT - 6, { fill }),
      words(box.left + width + 6, y + 13, measure.text(value), 'small', 'start'),
    ]
  })
  const bottom = box.top + policies.length * BAR_HEIGHT
  return element('g', {}, [
    words(box.left, box.top - 10, `${measure.title}, ${unit}`, 'label', 'start'),
    line(box.left, box.top, box.left, bottom, 'axis'),
    ...bars,
  ])
}

function scenarioTitle({ scenario, summary }: ScenarioResult, top: number): Markup {
  return element('g', {}, [
    words(24, top + 20, scenario, 'title', 'start'),
    words(24 + 14 + scenario.length * 9.5, top + 20, summary, 'faint', 'start'),
  ])
}
