// Experiments: the same for the same seed, the same faults for all policies, and what is printed of them.
import { describe, expect, test } from 'bun:test'
import { tasksOf } from '../../src/simulate/experiment.ts'
import { runTask, type Task } from '../../src/simulate/task.ts'
import type { WorldEvent } from '../../src/simulate/world.ts'
import { simulationCsv, simulationTables } from '../../src/view/simulation/results-table.ts'
import { carriedOut, experimentOf } from './experiment.ts'

function faultsOf(task: Task): WorldEvent[] {
  const faults: WorldEvent[] = []
  runTask(task, {
    onEvent(event) {
      if (event.kind === 'fault') faults.push(event)
    },
  })
  return faults
}

describe('an experiment', () => {
  test('with the same seed is the same to the byte, and with another it is not', () => {
    const once = JSON.stringify(carriedOut(experimentOf(['mixed', 'curve'])))
    expect(JSON.stringify(carriedOut(experimentOf(['mixed', 'curve'])))).toBe(once)
    expect(
      JSON.stringify(carriedOut(experimentOf(['mixed', 'curve'], { seed: 'other' }))),
    ).not.toBe(once)
  })

  test('strikes all policies with the same faults, and each run with others', () => {
    const tasks = tasksOf(experimentOf(['mixed'], { hours: 1 }))
    const [holdfast, again, rival] = [tasks[0], tasks[1], tasks[2]] as [Task, Task, Task]
    expect(rival.policy.name).not.toBe(holdfast.policy.name)
    expect(faultsOf(holdfast).length).toBeGreaterThan(10)
    expect(faultsOf(rival)).toEqual(faultsOf(holdfast))
    expect(faultsOf(again)).not.toEqual(faultsOf(holdfast))
  })

  test('tells of its progress', () => {
    const [task] = tasksOf(experimentOf(['crash'], { hours: 1 })) as [Task]
    const told: number[] = []
    runTask(task, { onProgress: (ms) => told.push(ms) })
    expect(told).toEqual([600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000])
  })

  test('has one result for each scenario, point and policy', () => {
    const { scenarios } = carriedOut(experimentOf(['curve', 'crash']))
    expect(scenarios.map(({ points }) => points.length)).toEqual([10, 1])
    for (const { points } of scenarios)
      for (const { policies } of points)
        expect(policies.map(({ policy }) => policy)).toEqual([
          'holdfast',
          'keepalived 1/1',
          'keepalived 3/3',
        ])
  })
})

describe('what is printed', () => {
  const document = carriedOut(experimentOf(['curve', 'crash', 'bad-server']))

  test('as CSV has as many fields in each line, and numbers where they belong', () => {
    const [head = '', ...lines] = simulationCsv(document).split('\n')
    const names = head.split(',')
    expect(names.slice(0, 5)).toEqual([
      'scenario',
      'rate_percent',
      'policy',
      'runs',
      'failovers_per_hour',
    ])
    expect(lines).toHaveLength((10 + 1 + 1) * 3)
    for (const line of lines) {
      const fields = line.split(',')
      expect(fields).toHaveLength(names.length)
      for (const field of fields.slice(3)) expect(field).toMatch(/^(|-?[\d.]+(e-?\d+)?)$/)
    }
  })

  test('as CSV is quoted where a name has a comma', () => {
    const scenarios = document.scenarios.map((scenario) => ({ ...scenario, scenario: 'a,"b"' }))
    expect(simulationCsv({ ...document, scenarios }).split('\n')[1]).toStartWith('"a,""b""",1,')
  })

  test('as tables fits 80 columns and names every policy', () => {
    const text = simulationTables(document)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const figures = text
      .split('\n')
      .filter((line) => /^(error rate|holdfast|keepalived)/.test(line))
    expect(figures.length).toBeGreaterThan(8)
    expect(text).toContain('crash: named crashes')
    expect(text).not.toContain('\u001b')
  })

  test('as JSON survives the way there and back: nothing in it is no number', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})
