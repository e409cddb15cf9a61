// The pictures: well-formed, bounded, without scripts, and of what was found.
import { describe, expect, test } from 'bun:test'
import { tasksOf } from '../../src/simulate/experiment.ts'
import type { Task } from '../../src/simulate/task.ts'
import { drawTimeline, recordTimeline } from '../../src/simulate/timeline.ts'
import { linearScale, logScale } from '../../src/view/simulation/chart.ts'
import { simulationChart } from '../../src/view/simulation/picture.ts'
import { type Timeline, timelinePicture } from '../../src/view/simulation/timeline-picture.ts'
import { carriedOut, experimentOf } from './experiment.ts'

/** Throws unless every element is closed in its turn and every attribute quoted; hands back the names. */
function elementsOf(svg: string): string[] {
  const names: string[] = []
  const open: string[] = []
  for (const [token] of svg.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!token.startsWith('<')) {
      if (/>|&(?!(amp|lt|gt|quot);)/.test(token)) throw new Error(`stray character in "${token}"`)
      continue
    }
    const tag = /^<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>$/.exec(token)
    if (tag === null) throw new Error(`no tag: ${token.slice(0, 60)}`)
    const [, closing, name = '', , selfClosing] = tag
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes something else`)
      continue
    }
    names.push(name)
    if (selfClosing === '') open.push(name)
  }
  if (open.length > 0) throw new Error(`unclosed: ${open.join(' ')}`)
  return names
}

function expectPicture(svg: string): void {
  const names = elementsOf(svg)
  expect(names[0]).toBe('svg')
  expect(names).toContain('title')
  expect(names).not.toContain('script')
  expect(svg).not.toMatch(/ on[a-z]+=|javascript:|href=|url\(/)
  expect(svg).toContain('prefers-color-scheme:dark')
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
}

describe('the chart', () => {
  const document = carriedOut(experimentOf(['curve', 'curve-one', 'crash']))

  test('is well-formed, and has a line for each policy and panel and a bar for each otherwise', () => {
    const svg = simulationChart(document)
    expectPicture(svg)
    // Three policies each: two panels where one server is bad, and one where all are.
    expect(svg.match(/<polyline/g)).toHaveLength((2 + 1) * 3)
    expect(svg).toContain('log')
  })

  test('takes names as text, whatever they are', () => {
    const scenarios = document.scenarios.map((scenario) => ({
      ...scenario,
      scenario: '<b>&"\u0007',
    }))
    const svg = simulationChart({ ...document, scenarios })
    expectPicture(svg)
    expect(svg).toContain('&lt;b&gt;&amp;&quot; ')
  })

  test('has the name of each line at its end, none upon another', () => {
    const svg = simulationChart({ ...document, scenarios: document.scenarios.slice(0, 1) })
    const names = document.policies.map(({ name }) => name)
    const label = new RegExp(`y="([\\d.]+)"[^>]*>(?:${names.join('|')})<`, 'g')
    const ys = [...svg.matchAll(label)].map(([, y]) => Number(y)).sort((a, b) => a - b)
    expect(ys).toHaveLength(names.length)
    for (const [index, y] of ys.slice(1).entries())
      expect(y - (ys[index] ?? 0)).toBeGreaterThanOrEqual(14)
  })

  test('gives no panel to what is zero throughout, and says so', () => {
    const scenarios = document.scenarios.map((scenario) => ({
      ...scenario,
      points: scenario.points.map((point) => ({
        ...point,
        policies: point.policies.map((policy) => ({
          ...policy,
          badShare: { mean: 0, deviation: 0, least: 0, most: 0 },
        })),
      })),
    }))
    const svg = simulationChart({ ...document, scenarios })
    expectPicture(svg)
    expect(svg.match(/<polyline/g)).toHaveLength(2 * 3)
    expect(svg).toContain('(time on a bad server: none)')
  })

  test('draws nothing but zeros as well', () => {
    const scenarios = document.scenarios.map((scenario) => ({
      ...scenario,
      points: scenario.points.map((point) => ({
        ...point,
        policies: point.policies.map((policy) => ({
          ...policy,
          failoversPerHour: { mean: 0, deviation: 0, least: 0, most: 0 },
        })),
      })),
    }))
    expectPicture(simulationChart({ ...document, scenarios }))
  })
})

describe('the timeline', () => {
  test('is well-formed for every scenario', () => {
    for (const name of ['curve', 'bad-server', 'mixed', 'partition', 'link-flaps', 'upstream'])
      expectPicture(drawTimeline(experimentOf([name])))
  })

  test('covers the whole run: every server has a worth at any time, and holders do not overlap alone', () => {
    const [task] = tasksOf(experimentOf(['crash'], { hours: 1 })) as [Task]
    const timeline = recordTimeline(task, 'title', 'subtitle')
    for (const { worth } of timeline.servers) {
      expect(worth[0]?.fromMs).toBe(0)
      expect(worth.at(-1)?.toMs).toBe(3_600_000)
      for (const [index, { fromMs }] of worth.entries())
        if (index > 0) expect(fromMs).toBe(worth[index - 1]?.toMs as number)
    }
    expect(timeline.instances.map(({ name }) => name)).toEqual(['recdns0', 'recdns1'])
    for (const { holders } of timeline.instances) {
      const heldMs = holders.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
      expect(heldMs / 3_600_000).toBeGreaterThan(0.95)
    }
  })

  test('stays small however much happens', () => {
    const often = Array.from({ length: 200_000 }, (_, index) => ({
      fromMs: index * 100,
      toMs: index * 100 + 50,
    }))
    const timeline: Timeline = {
      title: 'busy',
      subtitle: '',
      endMs: 20_000_000,
      servers: [
        {
          name: 's1',
          worth: often.map((entry, index) => ({
            ...entry,
            what: index % 2 === 0 ? 'failed' : 'healthy',
          })),
          faults: often.map((entry) => ({ ...entry, what: 'crash' })),
        },
      ],
      instances: [{ name: 'i', holders: often.map((entry) => ({ ...entry, what: 0 })) }],
      faults: [],
    }
    const svg = timelinePicture(timeline)
    expectPicture(svg)
    expect(svg.length).toBeLessThan(400_000)
  })
})

describe('scales', () => {
  test('a logarithmic one has a place for 0 when there is a 0', () => {
    const scale = logScale([0, 0.2, 300])
    expect(scale.ticks.map(({ text }) => text)).toEqual(['0', '0.1', '1', '10', '100', '1000'])
    expect(scale.at(0)).toBe(0)
    expect(scale.at(1000)).toBe(1)
    expect(logScale([1, 10]).at(1)).toBe(0)
  })

  test('a linear one reaches beyond its highest value, with round ticks', () => {
    const scale = linearScale(34, 5, String)
    expect(scale.ticks.map(({ value }) => value)).toEqual([0, 10, 20, 30, 40])
    expect(scale.at(40)).toBe(1)
  })
})
